/** Runs what is made for a board in an interpreter of this machine, and gives the lines that it wrote. */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { findOnPath, runChild, type ChildRun } from "../../sim/engines/child";

const RUN_LIMIT_MS = 240_000;
const LUA = "lua5.3";

export async function linesOf(run: Pick<ChildRun, "engine" | "command" | "arguments" | "files">): Promise<string[]> {
  const lines: string[] = [];
  await runChild({ ...run, run_limit_ms: RUN_LIMIT_MS, on_line: (line) => lines.push(line) });
  return lines;
}

export function luaMissing(): string | undefined {
  return findOnPath(LUA) === undefined ? `${LUA} is not on PATH (apt-get install ${LUA})` : undefined;
}

/** Runs the first of these files of a folder with the others, and with texts that are made, beside it. */
export function runLua(
  folder: string,
  names: readonly string[],
  made: Readonly<Record<string, string>>,
): Promise<string[]> {
  const found = Object.fromEntries(names.map((name) => [basename(name), readFileSync(join(folder, name), "latin1")]));
  const files = { ...found, ...made };
  return linesOf({ engine: LUA, command: findOnPath(LUA) ?? LUA, arguments: [names[0]], files });
}
