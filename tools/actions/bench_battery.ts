/**
 * What `curbstop bench --battery` does: it counts on Espruino what the model of the battery needs, and prints the model
 * line by line, whatever comes of it.
 */
import { batteryCounts, BATTERY_STEPS, type BatteryCounts } from "../../sim/bench/battery_counts";
import {
  batteryLife,
  batteryLines,
  CELL_MAH,
  LIFE_LEAST_YEARS,
  LISTENING_S,
  lineMahAYear,
  type BatteryLine,
} from "../../sim/bench/battery";
import type { Measured } from "../../sim/bench/espruino_cost";
import type { Context } from "../context";
import { table } from "../output";
import { createProgress } from "../progress";

function timesText(times_a_day: number): string {
  return times_a_day >= 1 ? times_a_day.toFixed(0) : `1 in ${(1 / times_a_day).toFixed(0)}`;
}

function cells(line: BatteryLine): string[] {
  const { what, times_a_day, charge_uas, source } = line;
  return [what, timesText(times_a_day), (charge_uas / 1000).toFixed(3), lineMahAYear(line).toFixed(1), source];
}

/** The model for people. */
export function batteryText(counts: BatteryCounts): string {
  const lines = batteryLines(counts);
  const { mah_a_year, years, most, listening_most_s } = batteryLife(lines);
  const head = ["what", "times a day", "mAs each", "mAh a year", "source"];
  const total = ["all together", "", "", mah_a_year.toFixed(1), `${CELL_MAH / 1000} Ah last ${years.toFixed(1)} years`];
  const verdict = years >= LIFE_LEAST_YEARS ? "ok" : "too short";
  const window =
    listening_most_s >= 0
      ? `${LIFE_LEAST_YEARS} years would bear a daily window of ${listening_most_s} s instead of ${LISTENING_S} s`
      : `no daily window at all would still not bring ${LIFE_LEAST_YEARS} years`;
  return (
    table([head, ...lines.map(cells), total]) +
    `\nat least ${LIFE_LEAST_YEARS} years: ${verdict}; most is drawn by: ${most.what}, ` +
    `${((100 * lineMahAYear(most)) / mah_a_year).toFixed(0)} %\n${window}\n`
  );
}

/** Counts, and prints the model. */
export async function benchBattery(
  json: boolean,
  { output }: Context,
  count: (on_step: (doing: string) => void) => Promise<Measured<BatteryCounts>> = batteryCounts,
): Promise<void> {
  const progress = createProgress(output);
  progress.start(BATTERY_STEPS, 0, { doing: "" });
  let counts: Measured<BatteryCounts>;
  let step = 0;
  try {
    counts = await count((doing) => progress.update(step++, { doing }));
  } finally {
    progress.stop();
  }
  if (!("value" in counts)) {
    output.out(json ? `${JSON.stringify({ pending: counts.reason })}\n` : `the model is pending: ${counts.reason}\n`);
    return;
  }
  if (!json) return output.out(batteryText(counts.value));
  const lines = batteryLines(counts.value).map((line) => ({ ...line, mah_a_year: lineMahAYear(line) }));
  const { mah_a_year, years } = batteryLife(lines);
  const said = { cell_mah: CELL_MAH, counts: counts.value, lines, mah_a_year, years, at_least_years: LIFE_LEAST_YEARS };
  output.out(`${JSON.stringify({ ...said, within_budget: years >= LIFE_LEAST_YEARS }, null, 2)}\n`);
}
