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
 * The hardware is a stand-in (boot_stand_in.ts), so that the program is what is counted.
 */
import { countBetweenMarks, MARK_SOURCE } from "../../sim/bench/espruino_marks";
import type { Measured } from "../../sim/bench/espruino_cost";
import { layoutOf } from "../../firmware/journal/layout";
import { CORTEX_M4_INSTRUCTIONS_PER_S, type BenchRow } from "../../sim/bench/benches";
import { BOOT_FILE } from "../flash/boot_file";
import { NAMEPLATE_FILE } from "../provision/espruino";
import { JOURNALS, makeJournals, type JournalName } from "./boot_journals";
import type { Board } from "./board_schema";
import { bundleBoard } from "./bundle";
import { CHIP_FILE, notCounted, programOf, standInBootFile, standInScript, storedFiles } from "./boot_stand_in";

/** Until the valve is safe and pulses are counted. */
const COUNTING_MAX_INSTRUCTIONS = 5_000_000;
/** A recovery reads the journal, and may take no longer than its blocks are many. */
const RECOVERY_MAX_INSTRUCTIONS_A_BLOCK = 2_000_000;

const PHASES = ["counting", "loaded", "ports", "recovered"] as const;

export interface BootCost extends Readonly<Record<(typeof PHASES)[number], number>> {
  readonly journal: JournalName;
}

/** The boot, which must end as it is said to. */
const runText = (fault: string): string => `
mark();
eval(require("Storage").read("${BOOT_FILE}"));
print(curbstop_boot.fault === "${fault}" ? "@Rok" : "@Rthe boot ended with: " + curbstop_boot.fault);
quit();
`;

/** Counts a boot with these files in Storage, from mark to mark. */
async function countBoot(
  script: string,
  stored: Readonly<Record<string, string>>,
  fault: string,
  phases: number,
): Promise<Measured<number[]>> {
  const { lines, texts } = storedFiles(stored);
  return countBetweenMarks({ script: MARK_SOURCE + script + lines + runText(fault), files: texts }, phases + 1);
}

/**
 * Counts only until water is counted, on a board whose slots hold nothing: what is before they are looked at is the
 * same with any firmware, and the rest takes callgrind minutes.
 */
export async function countingCost(board: Board): Promise<Measured<number>> {
  const reason = notCounted(board);
  if (reason !== undefined) return { reason };
  const counted = await countBoot(standInScript(board), { [BOOT_FILE]: standInBootFile(board, 0) }, "no firmware", 1);
  return "reason" in counted ? counted : { value: counted.value[0] };
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
  const { script, files } = programOf(board, (await bundleBoard(board)).code);
  const costs: BootCost[] = [];
  for (const journal of journals) {
    on_step(journal);
    const stored = { ...files, [NAMEPLATE_FILE]: nameplate, [CHIP_FILE]: images[journal] };
    const counted = await countBoot(script, stored, "recovered", PHASES.length);
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
