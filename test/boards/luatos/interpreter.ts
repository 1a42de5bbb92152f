/** Runs an entry of device/ in lua5.3, with hardware.lua in the place of LuatOS's modules. */
import { join } from "node:path";
import { bundleLua } from "../../../sim/bundle/lua";
import { runLua } from "../interpreter";

/** What the entry wrote for this program. */
export function runOnLuatos(entry: string, program: string): Promise<string[]> {
  return runLua(__dirname, ["run.lua", "hardware.lua", "aes.lua", "../nodemcu/sha256.lua"], {
    "bundle.lua": bundleLua(join(__dirname, "device", "entries.ts"), "5.3"),
    "program.txt": `${entry}\n${program}\n`,
  });
}
