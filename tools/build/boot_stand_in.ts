/**
 * A board that boots in the interpreter of a desktop: its whole program as `curbstop flash` leaves it, with the hardware
 * calls replaced by ones that do as little as they can. Pins are high, chips acknowledge and answer zeros, waiting takes no
 * instructions, the journal's chip is a file in Storage, and what is written to it stays in the array `pages`.
 *
 * The script tells of its way with `mark()`, once each; who counts something defines it. It ends the boot when the
 * watchdog is started, unless `ends_recovered` is made false before.
 */
import { crc32 } from "node:zlib";
import { BOOT_FILE, bootFileText } from "../flash/boot_file";
import { bodyText, headerText, SLOT_FILES, type Slot } from "../flash/slots";
import type { Board } from "./board_schema";
import { FRAM_ADDRESS } from "../../boards/drivers/wiring/i2c_addresses";

export const CHIP_FILE = "chip";

/** `NAMES` is replaced by a JSON of the board's pins; everything else stands as it is. */
const HARDWARE = `
var blank = "\\xff";
while (blank.length < 256) blank += blank;
var names = NAMES, told = {}, now_s = 5000, chip_at = 0, spi_out, pages = [], ends_recovered = true;
var memory_used = process.memory, process = { env: { BOARD: names.interpreter }, memory: memory_used };
function tell(name) { if (!told[name]) { told[name] = 1; mark(); } }
function store(name, size_bytes) {
  var file = E.openFile(name + ".txt", "r"), at = 0, part;
  while ((part = file.read(512))) { require("Storage").write(name, part, at, size_bytes); at += part.length; }
}
function page(number) {
  return pages[number] || require("Storage").read("${CHIP_FILE}", number * 256, 256) || blank;
}
function chip(at, count) {
  var text = "", from, part;
  tell("recovery");
  if (pages.length === 0) return require("Storage").read("${CHIP_FILE}", at, count);
  for (; count > 0; count -= part.length) {
    from = at % 256;
    part = page((at - from) / 256).substr(from, count);
    text += part;
    at += part.length;
  }
  return text;
}
function put(at, text) {
  var from, part, old;
  for (; text !== ""; text = text.substr(part.length)) {
    from = at % 256;
    part = text.substr(0, 256 - from);
    old = page((at - from) / 256);
    pages[(at - from) / 256] = old.substr(0, from) + part + old.substr(from + part.length);
    at += part.length;
  }
}
function command(out) {
  var at = out.charCodeAt(1) * 65536 + out.charCodeAt(2) * 256 + out.charCodeAt(3), end = at + 4096;
  if (out.charCodeAt(0) === 2) put(at, out.substr(4));
  if (out.charCodeAt(0) === 32) for (; at < end; at += 256) put(at, blank);
}
global.getTime = function () { now_s += 1; return now_s; };
global.setTimeout = function () { return 1; };
global.clearTimeout = function () {};
global.setWatch = function (run, pin) { if (pin === names.last_flow) tell("counting"); return 1; };
global.clearWatch = function () {};
global.pinMode = function () {};
global.digitalRead = function () { return 1; };
global.digitalWrite = function (pin) {
  if (pin === names.valve_open && told.counting) tell("loaded");
  if (pin === names.cs) {
    if (spi_out !== undefined) command(spi_out);
    spi_out = undefined;
  }
};
global.analogRead = function () { return 0.5; };
global.peek32 = function () { return 0; };
global.poke32 = function () {};
SPI1.setup = function () {};
SPI1.send = function (data) {
  var out = spi_out, text = "";
  if (out === undefined) { spi_out = data; return data; }
  if (out.charCodeAt(0) === 3)
    return chip(out.charCodeAt(1) * 65536 + out.charCodeAt(2) * 256 + out.charCodeAt(3), data.length);
  if (out.charCodeAt(0) === 0x9f) return "\\xef\\x40\\x18";
  while (text.length < data.length) text += "\\0";
  return text;
};
I2C1.setup = function () {};
I2C1.writeTo = function (to, data) {
  var address = to.address === undefined ? to : to.address;
  if (address === names.fram) chip_at = data.charCodeAt(0) * 256 + data.charCodeAt(1);
  if (address === names.fram && data.length > 2) put(chip_at, data.substr(2));
};
I2C1.readFrom = function (address, count) {
  return address === names.fram ? E.toUint8Array(chip(chip_at, count)) : new Uint8Array(count);
};
Serial1.setup = Serial1.write = Serial1.on = function () {};
global.USB = global.Bluetooth = Serial1;
E.getErrorFlags = function () { return []; };
E.getAnalogVRef = function () { return 3.3; };
E.setConsole = E.kickWatchdog = function () {};
E.enableWatchdog = function () {
  tell("recovered");
  if (!ends_recovered) return;
  curbstop_boot.list = [];
  throw "recovered";
};
`;

/** Why this board's boot cannot be counted, or undefined. */
export function notCounted(board: Board): string | undefined {
  if (board.engine !== "espruino") return `${board.name} is no Espruino board`;
  const on_bus = board.nvm.type === "spi_nor" || (board.nvm.type === "fram" && board.nvm.bus === "i2c");
  return on_bus ? undefined : `nothing stands in for a memory of type ${board.nvm.type} on ${board.nvm.bus}`;
}

/** Replaces the hardware, and has the interpreter say that it is the board's. */
export function standInScript(board: Board): string {
  const { valve_open, flow, flow_direction } = board.pins;
  const names = {
    interpreter: board.interpreter,
    ...{ valve_open, last_flow: flow_direction ?? flow, cs: board.buses.spi?.cs },
    fram: board.parts.nvm_i2c_address ?? FRAM_ADDRESS,
  };
  return HARDWARE.replace("NAMES", JSON.stringify(names));
}

/** Both slots are looked at and checked, and are one file here: the desktop's Storage has no room for two. */
export function standInBootFile(board: Board, size_bytes: number): string {
  const place: Slot = { file: SLOT_FILES[0], from: 0, address: 0, size_bytes };
  return bootFileText([place, place], board);
}

/** The files of Storage with the board's bundle, and the script that puts them there, replaces the hardware and boots. */
export function programOf(board: Board, code: string): { script: string; files: Record<string, string> } {
  const header = { sequence: 1, length_bytes: code.length, crc: crc32(Buffer.from(code, "latin1")) };
  const slot = headerText(header) + bodyText(code);
  return {
    script: standInScript(board),
    files: { [SLOT_FILES[0]]: slot, [BOOT_FILE]: standInBootFile(board, slot.length) },
  };
}

/** The files of Storage with these added: lines that store them, and their texts by the names that the lines read. */
export function storedFiles(files: Readonly<Record<string, string>>): { lines: string; texts: Record<string, string> } {
  const stores = Object.entries(files).map(([name, text]) => `store(${JSON.stringify(name)},${text.length});\n`);
  return {
    lines: stores.join(""),
    texts: Object.fromEntries(Object.entries(files).map(([name, text]) => [`${name}.txt`, text])),
  };
}
