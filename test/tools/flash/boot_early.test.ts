/**
 * What the boot file does before anything is loaded, in the real interpreter: its hardware calls are replaced, its
 * Storage and flash are its own. Checking a slot calls E.CRC32; the test lets water run there, seconds before the
 * firmware.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { runChild } from "../../../sim/engines/child";
import { espruinoMissing, findEspruino } from "../../../sim/engines/espruino";
import { makeUsualJournal } from "../../../tools/build/boot_journals";
import { bundleBoard } from "../../../tools/build/bundle";
import { BOOT_FILE, bootFileText } from "../../../tools/flash/boot_file";
import { bodyText, headerText, type Slot } from "../../../tools/flash/slots";
import { NAMEPLATE_FILE } from "../../../tools/provision/espruino";
import { BOOKS_FILE_BYTES, standInBoard } from "./own_board";

const HARDWARE = readFileSync(join(__dirname, "../../boards/espruino/hardware.js"), "utf8");
const LITRES = 5;

const SCRIPT = `
function store(name, size_bytes) {
  var file = E.openFile(name + ".txt", "r"), at = 0, part;
  while ((part = file.read(512))) { require("Storage").write(name, part, at, size_bytes); at += part.length; }
}
require("Storage").write("books", "\\xFF\\xFF\\xFF\\xFF", 0, ${BOOKS_FILE_BYTES});
STORES
var native_crc32 = E.CRC32, litres = ${LITRES}, bridge = "";
hardware.set("D2", 1);
hardware.set("D3", 1);
E.CRC32 = function (bytes) {
  if (bridge === "") bridge = "bridge " + hardware.level("D2") + hardware.level("D3");
  for (; litres > 0; litres--) {
    hardware.set("D1", 0); hardware.busy(1000);
    hardware.set("D1", 1); hardware.busy(1000);
  }
  return native_crc32(bytes);
};
eval(require("Storage").read("${BOOT_FILE}"));
print("@T" + bridge);
print("@Tboot " + curbstop_boot.fault + "watches " + hardware.watches("D1"));
hardware.pass(3000);
hardware.hear("read\\n");
print("@T" + /volume_l=\\d+/.exec(hardware.written)[0]);
print("@Rok");
quit();
`;

/** What a board says that boots by this boot file. */
async function boot(change: (text: string) => string): Promise<string[]> {
  const stand_in = standInBoard();
  const board = { ...stand_in, parts: { ...stand_in.parts, service: "Serial1" as const } };
  const { code } = await bundleBoard(board);
  const header = { sequence: 1, length_bytes: code.length, crc: crc32(Buffer.from(code, "latin1")) };
  const slot = headerText(header) + bodyText(code);
  const place: Slot = { file: "curbstop.a", from: 0, address: 0, size_bytes: slot.length };
  const files = {
    "curbstop.a": slot,
    [BOOT_FILE]: change(bootFileText([place, place], board)),
    [NAMEPLATE_FILE]: makeUsualJournal(board.nvm.geometry).nameplate,
  };
  const stores = Object.entries(files).map(([name, text]) => `store(${JSON.stringify(name)}, ${text.length});`);
  const lines: string[] = [];
  await runChild({
    engine: "espruino",
    command: findEspruino() ?? "espruino",
    arguments: ["run.js"],
    files: {
      "run.js": HARDWARE + SCRIPT.replace("STORES", stores.join("\n")),
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`${name}.txt`, text])),
    },
    run_limit_ms: 120_000,
    on_line: (line) => lines.push(line),
  });
  return lines;
}

describe("the boot file, before the firmware", function () {
  before(function () {
    if (espruinoMissing() !== undefined) this.skip();
  });

  it("turns the valve's bridge off and keeps the edges of the flow sensor until the firmware counts them", async () => {
    assert.deepEqual(await boot((text) => text), ["bridge 00", "boot watches 1", `volume_l=${LITRES}`]);
  });

  it("touches no pin on the interpreter of another board: that water is nobody's", async () => {
    const other = (text: string) => text.replace('process.env.BOARD=="LINUX"', 'process.env.BOARD=="PUCKJS"');
    assert.deepEqual(await boot(other), ["bridge 11", "boot watches 1", "volume_l=0"]);
  });
});
