/**
 * Instructions between marks of one run of Espruino under callgrind: a script that calls `mark()` cuts the count there.
 *
 * `mark` is the interpreter's own E.kickWatchdog, kept before the script replaces it: nothing on a desktop needs it,
 * and callgrind can be told to write down its count whenever a function is entered. What reads flash is not counted: a
 * board's flash stands in its memory, the Linux build opens a file for every sixteen bytes. Both need the names of the
 * interpreter's functions; a stripped one is reported as such.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOnPath, runChild } from "../engines/child";
import { espruinoMissing, findEspruino } from "../engines/espruino";
import { RUN_LIMIT_MS, type Measured } from "./espruino_cost";

const MARK_FUNCTION = "jswrap_espruino_kickWatchdog";
const FLASH_FUNCTION = "jshFlashRead";

export interface MarkedRun {
  readonly script: string;
  /** Beside the script, by name; a byte a character. */
  readonly files: Readonly<Record<string, string>>;
}

/** Stands in front of a script, before anything replaces the call. */
export const MARK_SOURCE = "var mark = E.kickWatchdog;\n";

/** Counts of callgrind's parts, in the order in which they were written. */
function partsIn(folder: string): number[] {
  const parts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
  const numbers = parts.map((text) => [/^part: (\d+)$/m.exec(text)?.[1], /^totals: (\d+)$/m.exec(text)?.[1]]);
  return numbers
    .map(([part, total]) => ({ part: Number(part), total: Number(total) }))
    .sort((one, other) => one.part - other.part)
    .map(({ total }) => total);
}

/**
 * Instructions from each mark to the next; the script must say "@Rok" and come by `marks` marks. One less than there
 * are marks: what is before the first and after the last is nobody's question.
 */
export async function countBetweenMarks(run: MarkedRun, marks: number): Promise<Measured<number[]>> {
  const [espruino, valgrind] = [findEspruino(), findOnPath("valgrind")];
  if (espruino === undefined) return { reason: espruinoMissing() ?? "espruino is missing" };
  if (valgrind === undefined) return { reason: "valgrind is not on PATH (apt-get install valgrind)" };
  const folder = mkdtempSync(join(tmpdir(), "curbstop-marks-"));
  try {
    await runChild({
      engine: "espruino",
      command: valgrind,
      arguments: [
        "--tool=callgrind",
        `--callgrind-out-file=${join(folder, "count")}`,
        `--dump-before=${MARK_FUNCTION}`,
        // Turned off while the function runs: the order of these two matters.
        `--toggle-collect=${FLASH_FUNCTION}`,
        "--collect-atstart=yes",
        espruino,
        "run.js",
      ],
      files: { ...run.files, "run.js": run.script },
      run_limit_ms: RUN_LIMIT_MS,
      on_line: () => undefined,
    });
    const parts = partsIn(folder);
    if (parts.length === 1) return { reason: "the interpreter's functions have no names (build it without -s)" };
    if (parts.length !== marks + 1) throw new Error(`the script came by ${parts.length - 1} of its ${marks} marks`);
    return { value: parts.slice(1, marks) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
