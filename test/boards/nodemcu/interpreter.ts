/** Runs an entry of device/ in lua5.3, in pieces as a board has it, with hardware.lua in the place of NodeMCU's modules. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleLuaPieces } from "../../../sim/bundle/lua";
import { findOnPath, runChild } from "../../../sim/engines/child";

const fileHere = (name: string): string => readFileSync(join(__dirname, name), "latin1");

export function luaMissing(): string | undefined {
  return findOnPath("lua5.3") === undefined ? "lua5.3 is not on PATH (apt-get install lua5.3)" : undefined;
}

/** What the entry wrote for this program. */
export async function runOnNodemcu(entry: string, program: string): Promise<string[]> {
  const lines: string[] = [];
  await runChild({
    engine: "lua5.3",
    command: findOnPath("lua5.3") ?? "lua5.3",
    arguments: ["run.lua"],
    files: {
      "run.lua": fileHere("run.lua"),
      "hardware.lua": fileHere("hardware.lua"),
      "sha256.lua": fileHere("sha256.lua"),
      "bundle.lua": bundleLuaPieces(join(__dirname, "device", entry)),
      "program.txt": `${program}\n`,
    },
    run_limit_ms: 240_000,
    on_line: (line) => lines.push(line),
  });
  return lines;
}
