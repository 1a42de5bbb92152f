/**
 * Boot cost: instructions of Espruino from the first line of the boot file to a recovered journal, for a board's whole
 * program as `curbstop flash` leaves it: boot file, both slots, nameplate, and the journal in the board's own geometry.
 *
 *   begin      the boot file's first line
 *   counting   the valve's bridge is off and the flow sensor is watched (tools/flash/boot_file.ts)
 *   loaded     the slots are checked, the bundle is evaluated, and the firmware takes its first pin
 *   recovery   the ports and the meter are made, and the journal's first byte is asked for
 *   recovered  the watchdog is started: from here on the meter commits and drives its valve
 *
 * The interpreter's hardware calls are replaced by ones that do as little as they can, so that the program is what is
 * counted: pins are high, chips acknowledge and answer zeros, waiting takes no instructions, and the journal's chip is
 * a file in Storage. The memory is not written: what comes after "recovered" is not counted here.
 */
import { crc32 } from "node:zlib";
import { countBetweenMarks, MARK_SOURCE } from "../../sim/bench/espruino_marks";
import type { Measured } from "../../sim/bench/espruino_cost";
import { layoutOf } from "../../firmware/journal/layout";
import { CORTEX_M4_INSTRUCTIONS_PER_S, type BenchRow } from "../../sim/bench/benches";
import { BOOT_FILE, bootFileText } from "../flash/boot_file";
import { bodyText, headerText, SLOT_FILES, type Slot } from "../flash/slots";
import { NAMEPLATE_FILE } from "../provision/espruino";
import { JOURNALS, makeJournals, type JournalName } from "./boot_journals";
import type { Board } from "./board_schema";
import { bundleBoard } from "./bundle";

/** Until the valve is safe and pulses are counted. */
const COUNTING_MAX_INSTRUCTIONS = 5_000_000;
/** A recovery reads the journal, and may take no longer than its blocks are many. */
const RECOVERY_MAX_INSTRUCTIONS_A_BLOCK = 2_000_000;

/** What the interpreter on a desktop calls itself; on another one the program touches no pin. */
const STAND_IN = "LINUX";
const CHIP_FILE = "chip";
const FRAM_ADDRESS = 0x50;

const PHASES = ["counting", "loaded", "ports", "recovered"] as const;

export interface BootCost extends Readonly<Record<(typeof PHASES)[number], number>> {
  readonly journal: JournalName;
}

/** `NAMES` is replaced by a JSON of the board's pins; everything else stands as it is. */
const HARDWARE = `
var names = NAMES, told = {}, now_s = 5000, chip_at = 0, spi_out;
function tell(name) { if (!told[name]) { told[name] = 1; mark(); } }
function store(name, size_bytes) {
  var file = E.openFile(name + ".txt", "r"), at = 0, part;
  while ((part = file.read(512))) { require("Storage").write(name, part, at, size_bytes); at += part.length; }
}
function chip(at, count) { tell("recovery"); return require("Storage").read("${CHIP_FILE}", at, count); }
global.getTime = function () { now_s += 1; return now_s; };
global.setTimeout = function () { return 1; };
global.clearTimeout = function () {};
global.setWatch = function (run, pin) { if (pin === names.last_flow) tell("counting"); return 1; };
global.clearWatch = function () {};
global.pinMode = function () {};
global.digitalRead = function () { return 1; };
global.digitalWrite = function (pin) {
  if (pin === names.valve_open && told.counting) tell("loaded");
  if (pin === names.cs) spi_out = undefined;
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
  if (to.address === names.fram) chip_at = data.charCodeAt(0) * 256 + data.charCodeAt(1);
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
  curbstop_boot.list = [];
  throw "recovered";
};
`;

const RUN = `
mark();
eval(require("Storage").read("${BOOT_FILE}"));
print(curbstop_boot.fault === "recovered" ? "@Rok" : "@Rthe boot ended with: " + curbstop_boot.fault);
quit();
`;

/** Why this board's boot cannot be counted, or undefined. */
function notCounted(board: Board): string | undefined {
  if (board.engine !== "espruino") return `${board.name} is no Espruino board`;
  const on_bus = board.nvm.type === "spi_nor" || (board.nvm.type === "fram" && board.nvm.bus === "i2c");
  return on_bus ? undefined : `nothing stands in for a memory of type ${board.nvm.type} on ${board.nvm.bus}`;
}

/** The files of Storage, and the script that puts them there, replaces the hardware and boots. */
async function programOf(board: Board): Promise<{ script: string; files: Record<string, string> }> {
  const { code } = await bundleBoard({ ...board, interpreter: STAND_IN });
  const header = { sequence: 1, length_bytes: code.length, crc: crc32(Buffer.from(code, "latin1")) };
  const slot = headerText(header) + bodyText(code);
  // Both slots are looked at and checked, and are one file here: the desktop's Storage has no room for two.
  const place: Slot = { file: SLOT_FILES[0], from: 0, address: 0, size_bytes: slot.length };
  const { valve_open, flow, flow_direction } = board.pins;
  const names = {
    ...{ valve_open, last_flow: flow_direction ?? flow, cs: board.buses.spi?.cs },
    fram: board.parts.nvm_i2c_address ?? FRAM_ADDRESS,
  };
  return {
    script: MARK_SOURCE + HARDWARE.replace("NAMES", JSON.stringify(names)),
    files: {
      [SLOT_FILES[0]]: slot,
      [BOOT_FILE]: bootFileText([place, place], { ...board, interpreter: STAND_IN }),
    },
  };
}

/** Counts a board's boot with each of these journals. */
export async function bootCosts(
  board: Board,
  journals: readonly JournalName[],
  on_step: (journal: JournalName) => void,
): Promise<Measured<BootCost[]>> {
  const reason = notCounted(board);
  if (reason !== undefined) return { reason };
  const { nameplate, images } = makeJournals(board.nvm.geometry);
  const { script, files } = await programOf(board);
  const costs: BootCost[] = [];
  for (const journal of journals) {
    on_step(journal);
    const stored = { ...files, [NAMEPLATE_FILE]: nameplate, [CHIP_FILE]: images[journal] };
    const stores = Object.entries(stored).map(([name, text]) => `store(${JSON.stringify(name)},${text.length});\n`);
    const texts = Object.fromEntries(Object.entries(stored).map(([name, text]) => [`${name}.txt`, text]));
    const counted = await countBetweenMarks(
      { script: script + stores.join("") + RUN, files: texts },
      PHASES.length + 1,
    );
    if ("reason" in counted) return counted;
    const [counting, loaded, ports, recovered] = counted.value;
    costs.push({ journal, counting, loaded, ports, recovered });
  }
  return { value: costs };
}

function journalBlocks({ nvm }: Board): number {
  const layout = layoutOf(nvm.geometry);
  return layout === undefined ? 0 : layout.image_first * layout.sector_blocks;
}

/** The figures beside their limits. */
export function bootRows(board: Board, costs: Measured<readonly BootCost[]>): BenchRow[] {
  const counted = "value" in costs ? costs.value : [];
  const unit = "instructions";
  const figure = (name: string, value: number | undefined, at_most?: number): BenchRow => ({
    name: `${board.name}, ${name}`,
    unit,
    ...("reason" in costs ? { pending: costs.reason } : {}),
    ...(value === undefined ? {} : { value }),
    ...(at_most === undefined ? {} : { at_most }),
  });
  const recovery_max = journalBlocks(board) * RECOVERY_MAX_INSTRUCTIONS_A_BLOCK;
  const longest = Math.max(...counted.map((cost) => PHASES.reduce((sum, phase) => sum + cost[phase], 0)));
  const longest_s = counted.length === 0 ? undefined : Number((longest / CORTEX_M4_INSTRUCTIONS_PER_S).toFixed(1));
  return [
    figure("boot until valve safe and counting", counted[0]?.counting, COUNTING_MAX_INSTRUCTIONS),
    figure("then slots checked, firmware loaded", counted[0]?.loaded),
    figure("then ports and meter made", counted[0]?.ports),
    ...JOURNALS.map((journal) => {
      const found = counted.find((one) => one.journal === journal);
      return figure(`then recovery, ${journal} journal`, found?.recovered, recovery_max);
    }),
    { ...figure("all together at most", longest_s), unit: "s at 64 MHz, estimate" },
  ];
}
