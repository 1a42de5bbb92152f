/**
 * A run in a process of its own: a fresh folder with the files it needs, and its output read line by line.
 *
 * The driver in the child marks what counts, so that banners and prompts between do no harm:
 *   @Tline   a line of the trace
 *   @Rok     the end was reached
 *   @Rtext   the program threw
 * A child that ends without @R has failed, whatever its exit code: Espruino exits 0 after running out of memory.
 */
import { spawn } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, sep } from "node:path";
import { createInterface } from "node:readline";
import { EngineError, type EngineName } from "./contract";

export interface ChildRun {
  readonly engine: EngineName;
  readonly command: string;
  readonly arguments: readonly string[];
  /** Written into the folder before the start, by name; a byte a character, because an engine reads bytes. */
  readonly files: Readonly<Record<string, string>>;
  readonly run_limit_ms: number;
  /** Where the child writes its trace instead, without marks: handed on when the child has ended, however it did. */
  readonly trace_file?: string;
  readonly on_line: (line: string) => void;
  /** Sees what is neither trace nor result, from both outputs. */
  readonly on_other?: (line: string) => void;
}

const KEPT_OUTPUT_LINES = 5;
const MARKED = /@([TR])(.*)$/;

/** The full path of the first such command on PATH that is wanted, or undefined. */
export function findOnPath(command: string, is_wanted: (path: string) => boolean = () => true): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, command);
    if (isExecutable(path) && is_wanted(path)) return path;
  }
  return undefined;
}

/** True for a program that npm installed, directly or as a link. */
export function isFromNpm(path: string): boolean {
  return realpathSync(path).split(sep).includes("node_modules");
}

/** True for a file that may be run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Runs the child to its end. Rejects with an EngineError when that is not the end of the program. */
export async function runChild(run: ChildRun): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "curbstop-engine-"));
  try {
    for (const [name, text] of Object.entries(run.files)) writeFileSync(join(folder, name), text, "latin1");
    await runIn(folder, run);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runIn(folder: string, run: ChildRun): Promise<void> {
  return new Promise((resolve, reject) => {
    // stdin stays open and silent: at its end Espruino floods the console.
    const child = spawn(run.command, run.arguments, { cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
    const output: string[] = [];
    let result: string | undefined;
    let failure: Error | undefined;
    const kill = (): void => void child.kill("SIGKILL");
    const limit = setTimeout(() => {
      failure ??= new EngineError(run.engine, `did not end within ${run.run_limit_ms / 1000} s (killed)`);
      kill();
    }, run.run_limit_ms);
    process.once("exit", kill);

    const keep = (line: string): void => {
      run.on_other?.(line);
      if (line.trim() === "") return;
      output.push(line.trim());
      if (output.length > KEPT_OUTPUT_LINES) output.shift();
    };
    const take = (line: string): void => {
      const [, mark, text] = MARKED.exec(line.replace(/\r/g, "")) ?? [];
      if (text === undefined) return keep(line);
      if (mark === "R") result = text;
      else if (failure === undefined) run.on_line(text);
    };
    createInterface({ input: child.stdout, crlfDelay: Infinity }).on("line", (line) => {
      try {
        take(line);
      } catch (error) {
        failure ??= error as Error;
        kill();
      }
    });
    createInterface({ input: child.stderr }).on("line", keep);
    // A child that dies at once makes its stdin fail; its end says more than that.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => (failure ??= new EngineError(run.engine, error.message)));
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      process.off("exit", kill);
      try {
        if (run.trace_file !== undefined) handOn(join(folder, run.trace_file), run.on_line);
      } catch (error) {
        failure ??= error as Error;
      }
      failure ??= failureOf(run.engine, result, output, signal ?? `exit code ${code}`);
      if (failure === undefined) resolve();
      else reject(failure);
    });
  });
}

/** The whole lines of a file; none where the child did not come to write it. */
function handOn(path: string, on_line: (line: string) => void): void {
  if (!existsSync(path)) return;
  const lines = readFileSync(path, "utf8").split("\n");
  for (const line of lines.slice(0, -1)) on_line(line);
}

function failureOf(
  engine: EngineName,
  result: string | undefined,
  output: readonly string[],
  end: string,
): EngineError | undefined {
  if (result === "ok") return undefined;
  if (result !== undefined) return new EngineError(engine, result);
  return new EngineError(engine, `ended before the program did (${end}); last output: ${output.join(" | ") || "none"}`);
}
