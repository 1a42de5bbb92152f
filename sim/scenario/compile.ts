/**
 * Turns a scenario and the rows of its flow into the program that every engine runs; the form of the lines is
 * specified in sim/world/program.ts.
 */
import { SPACED_FIELDS } from "./fields";
import type { FlowRows } from "./flow_csv";
import { RUN_MAX_S } from "./limits";
import type { Expectation, Scenario, Step } from "./schema";
import { madeFrames } from "./radio_frames";
import type { Meter, ScenarioTariff } from "./settings_schema";
import { dayNumber, instantUtcS, minuteOfDay, timeMs, timeText } from "./times";
import { TokenDesk } from "./token_steps";
import { UserError } from "./user_error";

const HOUR_S = 3600;
/** Of a card's image in one line. */
const CARD_PART_BYTES = 64;

export interface CompileOptions {
  scenario: Scenario;
  /** How messages call the scenario. */
  file: string;
  flow?: FlowRows | undefined;
  /** How messages call the flow. */
  flow_file?: string | undefined;
  /** False: the engine writes only expectations and the end. */
  trace: boolean;
  /** Images of the cards by the name that the scenario has for each file. */
  card_images?: ReadonlyMap<string, readonly number[]> | undefined;
  /** True: the cards of image files are written out at the end, as the run has left them. */
  save_cards?: boolean | undefined;
}

/** A flag as the program writes it. */
function flag(value: boolean): number {
  return value ? 1 : 0;
}

function dstSettings(daylight_saving: Meter["time_zone"]["daylight_saving"]): [string, number][] {
  const never = { month: 1, week: 1, weekday: 0, time: "00:00" };
  const { shift_min, start, end } = daylight_saving ?? { shift_min: 0, start: never, end: never };
  return [
    ["dst_shift_min", shift_min],
    ["dst_start_month", start.month],
    ["dst_start_week", start.week],
    ["dst_start_weekday", start.weekday],
    ["dst_start_minute", minuteOfDay(start.time)],
    ["dst_end_month", end.month],
    ["dst_end_week", end.week],
    ["dst_end_weekday", end.weekday],
    ["dst_end_minute", minuteOfDay(end.time)],
  ];
}

function radioSettings(radio: Meter["radio"]): [string, string | number][] {
  if (radio === undefined) return [];
  const { interval_s, master_key, region_key, region_key_revision, region_key_next, group, listen } = radio;
  const [hour, minute] = (listen?.at ?? "00:00").split(":").map(Number);
  return [
    ["radio_interval_s", interval_s],
    ["radio_master_key", master_key],
    ...(region_key === undefined ? [] : [["radio_region_key", region_key] satisfies [string, string]]),
    ["radio_region_key_revision", region_key_revision],
    ...(region_key_next === undefined ? [] : [["radio_region_key_next", region_key_next] satisfies [string, string]]),
    ["radio_group", group],
    ["radio_listen_minute", hour * 60 + minute],
    ["radio_listen_s", listen?.seconds ?? 0],
  ];
}

function tokenSettings({ tokens }: Meter): [string, string | number][] {
  if (tokens === undefined) return [];
  const { mode, key, paygo_key, paygo_start, paygo_unit, repay_permille, ...rest } = tokens;
  return [
    ["token_mode", mode],
    ...(key === undefined ? [] : [["token_key", key] satisfies [string, string]]),
    ...Object.entries(rest).map(([name, value]): [string, number] => [`token_${name}`, value]),
    ...(paygo_key === undefined ? [] : [["paygo_key", paygo_key] satisfies [string, string]]),
    ["paygo_start", paygo_start],
    ["paygo_unit", paygo_unit],
    ["repay_permille", repay_permille],
  ];
}

function meterSettings(meter: Meter): [string, string | number][] {
  const { lifeline, friendly_hours, time_zone, transport_key, standpipe_step_l } = meter;
  return [
    ...(transport_key === undefined ? [] : [["transport_key", transport_key] satisfies [string, string]]),
    ...(standpipe_step_l === undefined ? [] : [["standpipe_step_l", standpipe_step_l] satisfies [string, number]]),
    ["meter_number", meter.meter_number],
    ["region", meter.region],
    ["pulse_litres", meter.pulse.litres],
    ["pulse_pulses", meter.pulse.pulses],
    ["q3_l_h", meter.q3_l_h],
    ["burst_permille", meter.burst_permille],
    ["flow_max_l_h", meter.flow_max_l_h],
    ["utc_offset_min", time_zone.utc_offset_min],
    ...dstSettings(time_zone.daylight_saving),
    ["low_credit_milli", meter.low_credit_milli],
    ["emergency_milli", meter.emergency_milli],
    ...tokenSettings(meter),
    ["friendly_from_minute", minuteOfDay(friendly_hours.from)],
    ["friendly_to_minute", minuteOfDay(friendly_hours.to)],
    ["friendly_weekends", flag(friendly_hours.weekends)],
    ["lifeline", lifeline.kind],
    ["lifeline_daily_l", lifeline.kind === "daily_allowance" ? lifeline.daily_l : 0],
    ["lifeline_open_s", lifeline.kind === "flow_limit" ? lifeline.open_s : 0],
    ["lifeline_period_s", lifeline.kind === "flow_limit" ? lifeline.period_s : 0],
    ["battery_empty_mv", meter.battery_empty_mv],
    ["tamper_shuts", flag(meter.tamper_shuts)],
    ...radioSettings(meter.radio),
  ];
}

function twinSettings(meter: Meter): [string, string | number][] {
  return [
    ["sensor_wrap", meter.sensor.wrap],
    ["sensor_start", meter.sensor.start],
    ["valve_travel_ms", meter.valve_travel_ms],
    ["battery_mv", meter.battery_mv],
    ["sensor_keeps", flag(meter.sensor.keeps)],
    ["clock_keeps", flag(meter.clock_keeps)],
    ["nvm", meter.nvm],
  ];
}

function tariffWords(tariff: ScenarioTariff): string {
  const blocks = tariff.blocks.map((block) => `${block.up_to_l ?? 0}:${block.price_milli}`);
  return ["tariff", tariff.id, instantUtcS(tariff.start ?? 0), tariff.standing_milli, ...blocks].join(" ");
}

function expectationWords(expectation: Expectation): string[] {
  const { field, is, min, max } = expectation;
  const lines: string[] = [];
  if (is !== undefined) {
    lines.push(`expect ${field} is ${SPACED_FIELDS.includes(field) ? String(is).replaceAll(" ", "_") : is}`);
  }
  if (min !== undefined) lines.push(`expect ${field} min ${min}`);
  if (max !== undefined) lines.push(`expect ${field} max ${max}`);
  return lines;
}

function clockWords(clock: NonNullable<Step["clock"]>): string {
  if (clock.set !== undefined) return `clock set ${instantUtcS(clock.set)}`;
  return clock.jump_s !== undefined ? `clock jump ${clock.jump_s}` : "clock lost 0";
}

/** An object of which exactly one field is present, as "verb field value". */
function oneOfWords(verb: string, fields: Record<string, boolean | number | string | undefined>): string {
  const [[name, value]] = Object.entries(fields);
  const word = name === "jump_pulses" ? "jump" : name === "leak_l_h" ? "leak" : name;
  return `${verb} ${word} ${typeof value === "boolean" ? flag(value) : value}`;
}

function cardWords({ in: entering, pull_after, ...others }: NonNullable<Step["card"]>): string {
  if (typeof entering === "string") return `card in ${entering.toUpperCase()}`;
  if (pull_after !== undefined) return `card pull ${pull_after.bytes} ${flag(pull_after.done)}`;
  if (others.slow_ms !== undefined) return `card slow ${others.slow_ms}`;
  return others.spoil === true ? "card spoil 0" : "card out 0";
}

/** Cards of images, numbered from 0 in the order in which they come. */
class CardBox {
  private count = 0;
  private readonly numbers = new Map<string, number>();

  constructor(private readonly options: Pick<CompileOptions, "card_images">) {}

  /** What brings the card of a step into the field: its memory first, when it has not been here before. */
  show({ image, copy }: CardOfImage): string[] {
    const known = copy ? undefined : this.numbers.get(image);
    if (known !== undefined) return [`card show ${known}`];
    const number = this.count++;
    if (!copy) this.numbers.set(image, number);
    return [...partWords(this.options.card_images?.get(image) ?? []), "card make 0", `card show ${number}`];
  }

  /** Number of a card that has come, and is no copy. */
  numberOf(image: string): number | undefined {
    return this.numbers.get(image);
  }

  /** What writes every card out that is not a copy. */
  save(): string[] {
    return [...this.numbers.values()].map((number) => `card save ${number}`);
  }
}

type CardOfImage = Exclude<NonNullable<Step["card"]>["in"], string | undefined>;

/** An image in lines that the smallest host can hold. */
function partWords(image: readonly number[]): string[] {
  const parts: string[] = [];
  for (let first = 0; first < image.length; first += CARD_PART_BYTES) {
    parts.push(
      `card part ${Buffer.from(image.slice(first, first + CARD_PART_BYTES))
        .toString("hex")
        .toUpperCase()}`,
    );
  }
  return parts;
}

type Words = { [V in keyof Omit<Step, "at" | "token">]-?: (value: NonNullable<Step[V]>) => string | string[] };

const WORDS: Words = {
  commission: ({ opening_milli }) => `commission ${opening_milli}`,
  credit: ({ sequence, amount_milli }) => `credit ${sequence} ${amount_milli}`,
  tariff: tariffWords,
  lock: (locked) => `lock ${flag(locked)}`,
  clear_tamper: () => "clear_tamper",
  flow: ({ volume_ml }) => `flow ${volume_ml}`,
  draw: ({ flow_l_h, duration_s }) => `draw ${flow_l_h} ${duration_s * 1000}`,
  household: (on) => `household ${flag(on)}`,
  keys: keyWords,
  tamper: ({ input, active }) => `tamper ${input} ${flag(active)}`,
  sensor: (fields) => oneOfWords("sensor", fields),
  valve: (fields) => oneOfWords("valve", fields),
  battery_mv: (battery_mv) => `battery ${battery_mv}`,
  brown_out: (low) => `brown_out ${flag(low)}`,
  power_cut: ({ off_ms }) => `power_cut ${off_ms}`,
  watchdog_reset: ({ off_ms }) => `watchdog_reset ${off_ms}`,
  nvm: ({ wear, ...others }) =>
    wear === undefined ? oneOfWords("nvm", others) : `nvm wear ${wear.sector} ${wear.operation}`,
  clock: clockWords,
  service: (text) => `service ${text}`,
  card: cardWords,
  radio: (frame) => (typeof frame === "string" ? `radio ${frame.toUpperCase()}` : []),
  modem: (state) => `modem ${state}`,
  expect: expectationWords,
};

function keyWords(keys: string): string[] {
  return Array.from(keys, (key) => `key ${key}`);
}

/** What makes things as the steps come by. */
interface Makers {
  readonly cards: CardBox;
  readonly tokens: TokenDesk;
}

function stepWords(step: Step, { cards, tokens }: Makers, meter: Meter): string[] {
  if (typeof step.radio === "object") return madeFrames(step.radio, meter).map((frame) => `radio ${frame}`);
  if (typeof step.card?.in === "object") return cards.show(step.card.in);
  if (step.token !== undefined) return keyWords(tokens.keys(step.token, timeMs(step.at)));
  for (const [verb, words] of Object.entries(WORDS)) {
    const value = step[verb as keyof Step];
    if (value !== undefined) return [(words as (value: unknown) => string | string[])(value)].flat();
  }
  return [];
}

export function startUtcS(options: Pick<CompileOptions, "scenario" | "file" | "flow">): number {
  const { scenario, file, flow } = options;
  if (scenario.start === null) return 0;
  if (scenario.start !== "flow") return instantUtcS(scenario.start);
  if (flow === undefined) throw new UserError(`${file}: start: "flow" needs a flow CSV (give one with --flow FILE)`);
  // Strictly before the row, so that the valve has opened when the first water is asked for.
  return Math.floor((flow.epoch_s[0] - 1) / HOUR_S) * HOUR_S;
}

function checkFlow(options: CompileOptions, start_utc_s: number): void {
  const { scenario, file, flow, flow_file } = options;
  if (flow === undefined) {
    if (scenario.end === "flow")
      throw new UserError(`${file}: end: "flow" needs a flow CSV (give one with --flow FILE)`);
    return;
  }
  if (start_utc_s === 0) throw new UserError(`${file}: start: null cannot place the rows of a flow CSV in time`);
  if (flow.epoch_s[0] < start_utc_s) {
    throw new UserError(
      `${flow_file}:2: epoch_s: before the start of ${file}, ${start_utc_s} (got ${flow.epoch_s[0]})`,
    );
  }
  const last_s = flow.epoch_s[flow.epoch_s.length - 1];
  const end_s = scenario.end === "flow" ? last_s + 1 : start_utc_s + timeMs(scenario.end) / 1000;
  if (last_s > end_s) {
    throw new UserError(`${file}: end: the flow goes on ${last_s - end_s} s longer (its last row is at ${last_s})`);
  }
  if (last_s - start_utc_s > RUN_MAX_S) throw new UserError(`${flow_file}: the rows span more than 16 years`);
}

/** When the run ends; the flow tells, where the scenario leaves it to the flow. */
function endMs(options: CompileOptions, start_utc_s: number): number {
  const { scenario, file, flow } = options;
  if (scenario.end !== "flow") return timeMs(scenario.end);
  const end_ms = ((flow?.epoch_s.at(-1) ?? start_utc_s) - start_utc_s + 1) * 1000;
  const last = scenario.steps.at(-1);
  if (last !== undefined && timeMs(last.at) > end_ms) {
    const end = timeText(end_ms);
    throw new UserError(`${file}: steps[${scenario.steps.length - 1}].at: after the end of the flow, ${end}`);
  }
  return end_ms;
}

/** The steps and the rows of the flow in time order; at the same instant, steps come first. */
function* timedLines(
  scenario: Scenario,
  flow: FlowRows | undefined,
  start_utc_s: number,
  makers: Makers,
): Iterable<string> {
  let row = 0;
  const row_count = flow?.epoch_s.length ?? 0;
  const rowMs = () => ((flow as FlowRows).epoch_s[row] - start_utc_s) * 1000;
  const rowLine = () => `${rowMs()} flow ${(flow as FlowRows).flow_ml[row]}`;
  for (const step of scenario.steps) {
    const at_ms = timeMs(step.at);
    for (; row < row_count && rowMs() < at_ms; row++) yield rowLine();
    for (const words of stepWords(step, makers, scenario.meter)) yield `${at_ms} ${words}`;
  }
  for (; row < row_count; row++) yield rowLine();
}

/** The lines before the first step. */
function* openingLines({ scenario, trace }: CompileOptions, start_utc_s: number): Iterable<string> {
  yield "program 1";
  for (const [key, value] of meterSettings(scenario.meter)) yield `set ${key} ${value}`;
  for (const [key, value] of twinSettings(scenario.meter)) yield `set ${key} ${value}`;
  for (const holiday of scenario.meter.friendly_hours.holidays) yield `holiday ${dayNumber(holiday)}`;
  yield tariffWords(scenario.tariff);
  yield `begin ${start_utc_s} ${scenario.seed} ${flag(trace)}`;
  if (scenario.commissioned) yield `0 commission ${scenario.opening_credit_milli}`;
  if (scenario.household) yield "0 household 1";
}

function* lines(options: CompileOptions, start_utc_s: number, end_ms: number): Iterable<string> {
  const { scenario, flow } = options;
  yield* openingLines(options, start_utc_s);
  const cards = new CardBox(options);
  const tokens = new TokenDesk(scenario.meter.tokens, start_utc_s);
  yield* timedLines(scenario, flow, start_utc_s, { cards, tokens });
  for (const expectation of scenario.expect) {
    for (const words of expectationWords(expectation)) yield `${end_ms} ${words}`;
  }
  if (options.save_cards === true) {
    for (const words of cards.save()) yield `${end_ms} ${words}`;
  }
  yield `${end_ms} end`;
}

/** The program of a scenario. Everything that can be wrong is found here, before the first line is read. */
export function compileScenario(options: CompileOptions): Iterable<string> {
  const start_utc_s = startUtcS(options);
  checkFlow(options, start_utc_s);
  const end_ms = endMs(options, start_utc_s);
  return { [Symbol.iterator]: () => lines(options, start_utc_s, end_ms)[Symbol.iterator]() };
}

/** The number that the world has for the card of an image after these steps; undefined when it has not come. */
export function cardNumber(steps: readonly Step[], image: string): number | undefined {
  const cards = new CardBox({});
  for (const { card } of steps) if (typeof card?.in === "object") cards.show(card.in);
  return cards.numberOf(image);
}

/** The parts of a program, for a run whose steps are not all known when it begins (sim/serve). */
export interface ProgramParts {
  start_utc_s: number;
  end_ms: number;
  opening: string[];
  /** What must hold at the end, without the time. */
  expected: string[];
  /** A step without its time, after other steps of the same run. */
  step_words: (step: Step, before: readonly Step[]) => string[];
}

/** The same as compileScenario, in parts, with the same checks. */
export function compileParts(options: CompileOptions): ProgramParts {
  const start_utc_s = startUtcS(options);
  checkFlow(options, start_utc_s);
  return {
    start_utc_s,
    end_ms: endMs(options, start_utc_s),
    opening: [...openingLines(options, start_utc_s)],
    expected: options.scenario.expect.flatMap(expectationWords),
    step_words: (step, before) => {
      // A card keeps its number through a run, so the cards of the steps before have to be counted.
      // The same goes for tokens, whose TIDs and keys follow from those before.
      const makers = { cards: new CardBox(options), tokens: new TokenDesk(options.scenario.meter.tokens, start_utc_s) };
      for (const earlier of before) {
        if (typeof earlier.card?.in === "object") makers.cards.show(earlier.card.in);
        if (earlier.token !== undefined) makers.tokens.keys(earlier.token, timeMs(earlier.at));
      }
      return stepWords(step, makers, options.scenario.meter);
    },
  };
}
