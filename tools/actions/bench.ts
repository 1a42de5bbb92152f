/**
 * What `curbstop bench` does: it measures, prints and ends with 0 whatever the figures are.
 */
import { BENCHES, withinBudget, type BenchRow } from "../../sim/bench/benches";
import type { BenchName } from "../../sim/bench/names";
import type { Context } from "../context";
import { table } from "../output";
import { createProgress } from "../progress";
import { tokenRows } from "../token/bench";

function budgetText(row: BenchRow): string {
  if (row.at_least !== undefined) return `at least ${row.at_least.toLocaleString("en")}`;
  return row.at_most === undefined ? "" : `at most ${row.at_most.toLocaleString("en")}`;
}

function verdict(row: BenchRow): string {
  const within = withinBudget(row);
  return within === undefined ? "" : within ? "ok" : "over";
}

function benchTable(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => {
    const value = row.value === undefined ? "pending" : row.value.toLocaleString("en", { maximumFractionDigits: 3 });
    return [row.name, value.padStart(12), row.unit, budgetText(row), verdict(row)];
  });
  const pending = rows
    .filter((row) => row.pending !== undefined)
    .map((row) => `${row.name} is pending: ${row.pending}\n`);
  return table(cells) + pending.join("");
}

/** Measures these benches one after another. */
export async function bench(names: readonly BenchName[], json: boolean, context: Context): Promise<void> {
  const { output } = context;
  const progress = createProgress(output);
  const rows: BenchRow[] = [];
  progress.start(names.length, 0, { doing: "" });
  try {
    for (const name of names) {
      progress.update({ doing: name });
      rows.push(...(await BENCHES[name]()));
      progress.increment();
    }
  } finally {
    progress.stop();
  }
  printRows(rows, json, context);
}

/** Measures the vending desk, and the meter that takes what it sells. */
export async function benchTokens(json: boolean, context: Context): Promise<void> {
  printRows([...tokenRows(), ...(await BENCHES["keyed-token"]())], json, context);
}

/** A list for machines, or a table for people. */
export function printRows(rows: readonly BenchRow[], json: boolean, { output }: Context): void {
  if (!json) return output.out(benchTable(rows));
  const judged = rows.map((row) => ({ ...row, within_budget: withinBudget(row) }));
  output.out(JSON.stringify(judged, null, 2) + "\n");
}
