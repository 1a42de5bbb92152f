/** Runs an entry of device/ in the real interpreter, with hardware.js in the place of its hardware calls. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleEspruino } from "../../../sim/bundle/espruino";
import { espruinoScript, findEspruino } from "../../../sim/engines/espruino";
import { linesOf } from "../interpreter";

const HARDWARE = readFileSync(join(__dirname, "hardware.js"), "utf8");

/** What the entry wrote for this program. */
export async function runOnHardware(entry: string, program: string): Promise<string[]> {
  const { code } = await bundleEspruino(join(__dirname, "device", "entries.ts"));
  return linesOf({
    engine: "espruino",
    command: findEspruino() ?? "espruino",
    arguments: ["run.js"],
    files: { "run.js": `${HARDWARE}\n${espruinoScript(code)}`, "program.txt": `${entry}\n${program}\n` },
  });
}
