/**
 * What the firmware costs on Espruino: instructions per litre, bytes of the bundle, variables in use.
 *
 * Instructions are those of the Linux build (x86, 32 bit, -O2) under callgrind: the same on every machine and every
 * run to within a few hundred, and the difference of two runs takes out the start. Variables are counted with the code
 * in Storage, as on a board; one of the Linux build holds 23 bytes where a board's holds 13 or 14, so long texts in RAM
 * take more there.
 */
import { gzipSync } from "node:zlib";
import { bundleEspruino } from "../bundle/espruino";
import type { Room } from "../bundle/rooms";
import { findOnPath, runChild } from "../engines/child";
import { espruinoMissing, espruinoScript, findEspruino } from "../engines/espruino";
import { programText } from "../engines/program_text";

/** A measured value, or one line that says why there is none here. */
export type Measured<T> = { readonly value: T } | { readonly reason: string };

export const RUN_LIMIT_MS = 600_000;

export interface InstructionsQuestion {
  /** The file that exports runProgram. */
  readonly entry: string;
  readonly shorter: Iterable<string>;
  readonly longer: Iterable<string>;
  /** Litres that the longer program counts more than the shorter one. */
  readonly difference_l: number;
}

/** Instructions for one litre, as the difference of two runs. */
export async function instructionsPerLitre(question: InstructionsQuestion): Promise<Measured<number>> {
  const [espruino, valgrind] = [findEspruino(), findOnPath("valgrind")];
  if (espruino === undefined) return { reason: espruinoMissing() ?? "espruino is missing" };
  if (valgrind === undefined) return { reason: "valgrind is not on PATH (apt-get install valgrind)" };
  const { code } = await bundleEspruino(question.entry);
  const script = espruinoScript(code);
  const count = async (program: Iterable<string>): Promise<number> =>
    (await countInstructions(valgrind, espruino, script, programText("espruino", program))).instructions;
  const [shorter, longer] = await Promise.all([count(question.shorter), count(question.longer)]);
  return { value: Math.round((longer - shorter) / question.difference_l) };
}

export interface CountedRun {
  readonly instructions: number;
  /** The last line of the trace. */
  readonly last_line: string;
}

/** Runs a script of Espruino under callgrind. */
export async function countInstructions(
  valgrind: string,
  espruino: string,
  script: string,
  program_text: string,
): Promise<CountedRun> {
  let collected: number | undefined;
  let last_line = "";
  await runChild({
    engine: "espruino",
    command: valgrind,
    arguments: ["--tool=callgrind", "--callgrind-out-file=/dev/null", espruino, "run.js"],
    files: { "run.js": script, "program.txt": program_text },
    run_limit_ms: RUN_LIMIT_MS,
    on_line: (line) => (last_line = line),
    on_other: (line) => {
      const match = /Collected : (\d+)/.exec(line);
      if (match !== null) collected = Number(match[1]);
    },
  });
  if (collected === undefined) throw new Error("callgrind printed no count (look at valgrind's own messages)");
  return { instructions: collected, last_line };
}

export interface BundleSize {
  readonly minified_bytes: number;
  readonly gzip_bytes: number;
}

/** The size of the bundle of `entry`, for the firmware alone: firmware/index.ts. */
export async function bundleSize(entry: string): Promise<BundleSize> {
  const { code, size_bytes } = await bundleEspruino(entry);
  return { minified_bytes: size_bytes, gzip_bytes: gzipSync(Buffer.from(code, "latin1"), { level: 9 }).length };
}

export interface VariablesQuestion {
  /** The file that is put into Storage. */
  readonly entry: string;
  /**
   * A program for runProgram; the variables are counted when its last line has been read and the next is asked for.
   * Without it the entry's `boot()` is called and its result kept.
   */
  readonly program?: Iterable<string>;
  /** Rooms of the firmware that stay out. */
  readonly absent_rooms?: readonly Room[];
}

export interface Variables {
  /** In use with the firmware, without what the bare interpreter and the measuring itself take. */
  readonly used: number;
  /** In use in all. */
  readonly used_in_all: number;
  /** After loading the bundle, before anything ran: what functions and constants take. */
  readonly used_by_code: number;
  /** Functions of the bundle whose text is read from flash, and those that were copied to RAM. */
  readonly functions_in_flash: number;
  readonly functions_in_ram: number;
}

/** Writes the bundle into Storage, runs it from there, and counts. `@M` marks a count. */
const VARIABLES_DRIVER = `
var storage_file = E.openFile("bundle.txt", "r"), storage_at = 0, storage_part;
while ((storage_part = storage_file.read(512))) {
  require("Storage").write("curbstop", storage_part, storage_at, BUNDLE_BYTES);
  storage_at += storage_part.length;
}
storage_part = storage_file = undefined;
var program_file = E.openFile("program.txt", "r"), program = program_file.read(PROGRAM_BYTES), program_at = 0, counted = false;
program_file = undefined;
function count(name) { print("@M" + name + " " + process.memory().usage); }
function read_line() {
  var end = program.indexOf("\\n", program_at), line;
  if (program === "" || end < 0) {
    if (!counted) count("run");
    counted = true;
    return undefined;
  }
  line = program.substring(program_at, end);
  program_at = end + 1;
  return line;
}
function write_line(line) { }
var booted;
count("bare");
eval(require("Storage").read("curbstop"));
count("code");
trace(curbstop);
try {
  if (curbstop.runProgram) curbstop.runProgram({ read_line: read_line, write_line: write_line });
  else { booted = curbstop.boot(); count("run"); }
  print("@Rok");
} catch (fault) {
  print("@R" + fault);
}
quit();
`;

/** Variables in use while the program is alive, with its code in Storage. */
export async function variablesInUse(question: VariablesQuestion): Promise<Measured<Variables>> {
  const espruino = findEspruino();
  if (espruino === undefined) return { reason: espruinoMissing() ?? "espruino is missing" };
  const { code, size_bytes } = await bundleEspruino(question.entry, { absent_rooms: question.absent_rooms ?? [] });
  const program = programText("espruino", question.program ?? []);
  const driver = VARIABLES_DRIVER.replace("BUNDLE_BYTES", String(size_bytes));
  const counts = new Map<string, number>();
  const functions = { flash: 0, ram: 0 };
  await runChild({
    engine: "espruino",
    command: espruino,
    arguments: ["run.js"],
    files: {
      "run.js": driver.replace("PROGRAM_BYTES", String(Math.max(1, program.length))),
      "bundle.txt": code,
      "program.txt": program,
    },
    run_limit_ms: RUN_LIMIT_MS,
    on_line: () => undefined,
    on_other: (line) => {
      const [, name, count] = /@M(\w+) (\d+)/.exec(line) ?? [];
      if (name !== undefined) counts.set(name, Number(count));
      // The interpreter's own dump of a function: the name of the hidden child that holds the code, then its kind.
      const kind = /"\\xFFcod"\s+#\d+\[[^\]]*\] (\w+)/.exec(line);
      if (kind !== null) functions[kind[1] === "FlashString" || kind[1] === "NativeString" ? "flash" : "ram"] += 1;
    },
  });
  const [bare, code_loaded, run] = ["bare", "code", "run"].map((name) => counts.get(name));
  if (bare === undefined || code_loaded === undefined || run === undefined) {
    throw new Error("the interpreter ended without all its counts (does the program read to its end?)");
  }
  return {
    value: {
      used: run - bare,
      used_in_all: run,
      used_by_code: code_loaded - bare,
      functions_in_flash: functions.flash,
      functions_in_ram: functions.ram,
    },
  };
}
