/**
 * What `curbstop sim life` does: a life, and what came of it.
 */
import { runLife, type LifeResult } from "../../sim/life/result";
import { readFlowCsv, type FlowRows } from "../../sim/scenario/flow_csv";
import { UserError } from "../../sim/scenario/user_error";
import { EXIT_NO, type Context } from "../context";
import { moneyText } from "../money";
import { table } from "../output";
import { createProgress } from "../progress";

export interface SimLifeOptions {
  years: number;
  seed: number;
  flow?: string[];
  geometry: string;
  litresYear: number;
  sensorKeeps?: boolean;
  erasesMax: number;
  json?: boolean;
}

const MONTHS = 12;

function whole(value: number): string {
  return value.toLocaleString("en");
}

function litresRows({ litres }: LifeResult): string[][] {
  const { delivered_l, registered_l, lost_l, lost_most_l, lost_bound_l, while_off_l, refused_l } = litres;
  return [
    ["delivered", `${whole(delivered_l)} l`],
    ["registered", `${whole(registered_l)} l`],
    ["lost in cuts", `${whole(lost_l)} l, at most ${lost_most_l} l in one (bound ${whole(lost_bound_l)} l)`],
    ["ran while off", `${whole(while_off_l)} l that the sensor did not count, and ${refused_l} l refused`],
  ];
}

function moneyRows({ money, books }: LifeResult): string[][] {
  const balanced = `${whole(books.checks)} checks against an independent sum`;
  return [
    ["credited", `${moneyText(money.credited_milli)} (lent ${moneyText(money.lent_milli)})`],
    ["charged", `${moneyText(money.charged_milli)} (standing ${moneyText(money.standing_milli)})`],
    ["balance", `${moneyText(money.balance_milli)} (owed for emergency credit ${moneyText(money.debt_milli)})`],
    ["books", books.balanced ? `balance to the unit, ${balanced}` : `DO NOT BALANCE: ${books.problem_count} times`],
  ];
}

function meterRows({ memory, cuts, batteries, boots, events, done, logged }: LifeResult): string[][] {
  const { erases, erases_least, erases_most, erases_max, retired } = memory;
  const count = (name: string) => whole(done[name] ?? 0);
  const changed = batteries.map(({ year, supply_mv }) => ` in year ${year}, when ${supply_mv} mV kept the valve shut`);
  return [
    [
      "erases",
      `${whole(erases_least)} to ${whole(erases_most)} a sector (bound ${whole(erases_max)}): ${erases.join(" ")}`,
    ],
    ["memory", `${memory.storage}, ${retired} sectors retired`],
    ["written", `${whole(memory.commits)} commits, ${whole(memory.marks)} marks, ${whole(memory.records)} records`],
    [
      "power cuts",
      `${cuts.warned} warned, ${cuts.unwarned} not, ${cuts.in_write} in a write, ${cuts.watchdog} by the watchdog; ${boots} boots`,
    ],
    ["supply cut", `${whole(logged.supply_cut ?? 0)} times for want of credit`],
    ["asked", `${count("credits")} top-ups, ${count("emergencies")} emergency credits, ${count("tariffs")} tariffs`],
    ["refused", `${count("credits_replayed")} old credits, ${count("tariffs_replayed")} old tariffs`],
    [
      "clock",
      `${count("clock_corrections")} corrections, ${count("clocks_lost")} lost, ${count("clocks_jumped")} jumped, ${count("false_dates")} false dates`,
    ],
    ["battery", batteries.length === 0 ? "never changed" : `changed${changed.join(";")}`],
    ["events", whole(events)],
  ];
}

function summary(result: LifeResult): string {
  const { years, seed, geometry, sensor_keeps, flows, wall_s, years_per_s } = result;
  const flow = flows.length === 0 ? "the built-in household" : flows.join(", ");
  return table([
    ["life", `${years} years, seed ${seed}`],
    ["flow", flow],
    ["meter", `${geometry}; its sensor ${sensor_keeps ? "counts on" : "forgets its count"} without power`],
    ...litresRows(result),
    ...moneyRows(result),
    ...meterRows(result),
    ["time", `${wall_s.toFixed(1)} s, ${years_per_s.toFixed(2)} years a second`],
  ]);
}

async function readFlows(files: readonly string[]): Promise<{ file: string; rows: FlowRows }[]> {
  const flows: { file: string; rows: FlowRows }[] = [];
  for (const file of files) {
    const rows = await readFlowCsv(file);
    if (!rows.flow_ml.some((flow_ml) => flow_ml > 0)) throw new UserError(`${file}: no water runs in it`);
    flows.push({ file, rows });
  }
  return flows;
}

function replayCommand(options: SimLifeOptions): string {
  const words = [`npx curbstop sim life --years ${options.years} --seed ${options.seed}`];
  for (const file of options.flow ?? []) words.push("--flow", file);
  words.push(`--geometry ${options.geometry} --litres-year ${options.litresYear}`);
  if (options.sensorKeeps === true) words.push("--sensor-keeps");
  return words.join(" ");
}

function reportProblems(result: LifeResult, options: SimLifeOptions, context: Context): void {
  if (result.ok) return;
  const err = (text: string) => context.output.err(text);
  const { books, memory } = result;
  for (const problem of books.problems) err(`curbstop: life: ${problem}\n`);
  const more = books.problem_count - books.problems.length;
  if (more > 0) err(`curbstop: life: and ${more} more\n`);
  if (memory.erases_most > memory.erases_max) {
    err(`curbstop: life: a sector has ${memory.erases_most} erases, more than ${memory.erases_max}\n`);
  }
  if (memory.storage !== "ok") err(`curbstop: life: the memory ended as ${memory.storage}\n`);
  err(`curbstop: replay with: ${replayCommand(options)}\n`);
  context.exit_code = EXIT_NO;
}

export async function simLife(options: SimLifeOptions, context: Context): Promise<void> {
  const { output } = context;
  const { years, seed, geometry, litresYear: litres_year, erasesMax: erases_max } = options;
  const flows = await readFlows(options.flow ?? []);
  const progress = createProgress(output);
  progress.start(years * MONTHS, 0, { doing: "months" });
  let result: LifeResult;
  try {
    result = runLife(
      { years, seed, geometry, litres_year, sensor_keeps: options.sensorKeeps === true, flows, erases_max },
      (month) => {
        progress.update(month);
        // The life leaves the bar no turn of its own. One that nobody watches has not begun.
        if (progress.isActive) progress.render();
      },
    );
  } finally {
    progress.stop();
  }
  output.out(options.json === true ? JSON.stringify(result, null, 2) + "\n" : summary(result));
  reportProblems(result, options, context);
}
