/**
 * Variables of a board's whole program: in use once it has booted a meter with a usual journal, its drivers with it, less
 * what the bare interpreter and the stand-in for the hardware take. They are counted by the Linux build, one of whose
 * variables holds 23 bytes of a text where a board's holds 10 or so: long texts in RAM take more there.
 */
import type { Measured } from "../../sim/bench/espruino_cost";
import { runChild } from "../../sim/engines/child";
import { espruinoMissing, findEspruino } from "../../sim/engines/espruino";
import { BOOT_FILE } from "../flash/boot_file";
import { NAMEPLATE_FILE } from "../provision/espruino";
import type { Board } from "./board_schema";
import { makeUsualJournal } from "./boot_journals";
import { CHIP_FILE, notCounted, programOf, storedFiles } from "./boot_stand_in";

const RUN_LIMIT_MS = 120_000;

/** The memory that stands in for the chip is given up before the second count. */
const RUN = `
function used() { return process.memory().usage; }
ends_recovered = false;
var bare = used();
eval(require("Storage").read("${BOOT_FILE}"));
pages = undefined;
print("@T" + (used() - bare) + " " + curbstop.identity());
print(curbstop_boot.fault === "" ? "@Rok" : "@Rthe boot ended with: " + curbstop_boot.fault);
quit();
`;

/** JsVars in use after a boot of this bundle. */
export async function boardVariables(board: Board, code: string): Promise<Measured<number>> {
  const espruino = findEspruino();
  if (espruino === undefined) return { reason: espruinoMissing() ?? "espruino is missing" };
  const reason = notCounted(board);
  if (reason !== undefined) return { reason };
  const { nameplate, image } = makeUsualJournal(board.nvm.geometry);
  const { script, files } = programOf(board, code);
  const { lines, texts } = storedFiles({ ...files, [NAMEPLATE_FILE]: nameplate, [CHIP_FILE]: image });
  let said = "";
  await runChild({
    engine: "espruino",
    command: espruino,
    arguments: ["run.js"],
    files: { ...texts, "run.js": `function mark() {}\n${script}${lines}${RUN}` },
    run_limit_ms: RUN_LIMIT_MS,
    on_line: (line) => (said = line),
  });
  const [, count, meter] = /^(\d+) .* meter=(\d+) /.exec(said) ?? [];
  if (count === undefined || meter === undefined) throw new Error(`no meter runs on the stand-in: ${said}`);
  return { value: Number(count) };
}
