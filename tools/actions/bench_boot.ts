/**
 * What `curbstop bench --boot` does: it counts on Espruino what a board's boot costs, with each journal that it may
 * find.
 */
import { readBoard } from "../build/board_file";
import { bootCosts, bootRows } from "../build/boot_cost";
import { JOURNALS } from "../build/boot_journals";
import type { Context } from "../context";
import { createProgress } from "../progress";
import { printRows } from "./bench";

export async function benchBoot(name: string, json: boolean, context: Context): Promise<void> {
  const board = readBoard(name);
  const progress = createProgress(context.output);
  progress.start(JOURNALS.length, 0, { doing: "" });
  let costs: Awaited<ReturnType<typeof bootCosts>>;
  try {
    costs = await bootCosts(board, JOURNALS, (journal) => {
      progress.update(JOURNALS.indexOf(journal), { doing: `${journal} journal` });
    });
  } finally {
    progress.stop();
  }
  printRows(bootRows(board, costs), json, context);
}
