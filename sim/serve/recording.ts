/**
 * Recording: what was done with a live meter as a scenario file, with its cards and its flow beside it, so that
 * `curbstop sim run` does all of it again.
 *
 *   NAME.json          the scenario (mode 0600: its meter may have keys)
 *   NAME-cards/        the images of the cards that it holds up, as they were at the start (mode 0600: they hold keys)
 *   NAME-flow.csv      the flow so far, when the scenario has one
 *
 * A recording is run at once, without a page, and its trace compared with the live one: a difference would be a defect
 * of the simulator, and is said.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { saveImage } from "../card/image_file";
import { engineByName } from "../engines/engine";
import { prepareScenario, replayCommand, runPrepared } from "../run";
import { FLOW_HEADER, type FlowRows } from "../scenario/flow_csv";
import type { Expectation, Scenario, Step } from "../scenario/schema";
import { timeText } from "../scenario/times";
import { UserError } from "../scenario/user_error";
import { viewField } from "../world/main";
import type { LiveRun } from "./live_run";

export interface Recorded {
  file: string;
  /** The one command that runs it. */
  command: string;
  trace_lines: number;
  trace_sha256: string;
  /** Whether the run without a page has given the same lines. */
  same: boolean;
}

/** What a recording expects at its end: what a person would have written down. */
const WRITTEN_DOWN = ["volume_l", "balance_milli", "credited_milli", "tariff"] as const;
const WORDS_WRITTEN_DOWN = ["valve", "shut_by", "card"] as const;

function expectations(run: LiveRun): Expectation[] {
  return [
    ...WRITTEN_DOWN.map((field) => ({ field, is: Number(viewField(run.world, field)) })),
    ...WORDS_WRITTEN_DOWN.map((field) => ({ field, is: viewField(run.world, field) })),
  ];
}

/** Names of the images as the recording's folder has them; two that are called the same are told apart by number. */
function imageNames(steps: readonly Step[], folder: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const { card } of steps) {
    if (typeof card?.in !== "object" || names.has(card.in.image)) continue;
    const plain = basename(card.in.image);
    const is_taken = [...names.values()].includes(`${folder}/${plain}`);
    names.set(card.in.image, `${folder}/${is_taken ? `${names.size}-` : ""}${plain}`);
  }
  return names;
}

function renamed(step: Step, names: ReadonlyMap<string, string>): Step {
  if (typeof step.card?.in !== "object") return step;
  const { image, copy } = step.card.in;
  return { ...step, card: { in: { image: names.get(image) ?? image, copy } } };
}

function flowSoFar(flow: FlowRows, last_s: number): string | undefined {
  const rows: string[] = [];
  for (let row = 0; row < flow.epoch_s.length && flow.epoch_s[row] <= last_s; row++) {
    rows.push(`${flow.epoch_s[row]},${flow.flow_ml[row]}`);
  }
  return rows.length === 0 ? undefined : [FLOW_HEADER, ...rows, ""].join("\n");
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw new UserError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Writes the recording and returns its file. */
function save(run: LiveRun, folder: string, name: string, end_ms: number): string {
  const file = join(folder, `${name}.json`);
  if (existsSync(file)) throw new UserError(`${file}: is there already (choose another name)`);
  const { scenario, card_images } = run.plan;
  const { flow } = run;
  const steps = run.doneSteps();
  const cards = `${name}-cards`;
  const names = imageNames(steps, cards);
  mkdirSync(names.size > 0 ? join(folder, cards) : folder, { recursive: true });
  for (const [image, saved] of names) saveImage(join(folder, saved), card_images?.get(image) ?? []);
  const { $schema: _schema, flow: _flow, ...said } = scenario;
  const csv = flow === undefined ? undefined : flowSoFar(flow, run.start_utc_s + Math.floor(end_ms / 1000));
  if (csv !== undefined) write(join(folder, `${name}-flow.csv`), csv);
  const recording: Scenario = {
    ...said,
    name: scenario.name.slice(0, 60) + (scenario.name.endsWith(", recorded") ? "" : ", recorded"),
    start: scenario.start === null ? null : run.start_utc_s,
    ...(csv === undefined ? {} : { flow: `${name}-flow.csv` }),
    steps: steps.map((step) => renamed(step, names)),
    expect: expectations(run),
    end: timeText(end_ms),
  };
  write(file, JSON.stringify(recording, null, 2) + "\n");
  return file;
}

/** Runs a file and hashes the first lines of its trace. */
async function headlessSha256(file: string, lines: number): Promise<string> {
  const hash = createHash("sha256");
  let count = 0;
  const prepared = await prepareScenario({ file });
  await runPrepared(prepared, engineByName("node"), true, (line) => {
    if (count++ < lines) hash.update(`${line}\n`);
  });
  return hash.digest("hex");
}

/** Saves what was done up to now, and runs it without a page. */
export async function record(run: LiveRun, folder: string, name: string): Promise<Recorded> {
  // The end stands in a millisecond of its own, like every step.
  const end_ms = run.runToFree();
  const { count } = run.book;
  const trace_sha256 = run.book.sha256();
  const file = save(run, folder, name, end_ms);
  const same = (await headlessSha256(file, count)) === trace_sha256;
  return { file, command: replayCommand({ file }, "node"), trace_lines: count, trace_sha256, same };
}
