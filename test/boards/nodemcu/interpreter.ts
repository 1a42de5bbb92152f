/** Runs an entry of device/ in lua5.3, in pieces as a board has it, with hardware.lua in the place of NodeMCU's modules. */
import { join } from "node:path";
import { bundleLuaPieces } from "../../../sim/bundle/lua";
import { runLua } from "../interpreter";

/** What the entry wrote for this program. */
export function runOnNodemcu(entry: string, program: string): Promise<string[]> {
  return runLua(__dirname, ["run.lua", "hardware.lua", "sha256.lua"], {
    "bundle.lua": bundleLuaPieces(join(__dirname, "device", "entries.ts")),
    "program.txt": `${entry}\n${program}\n`,
  });
}
