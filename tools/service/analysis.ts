/**
 * Analysis of a support bundle, away from the meter: what its log says in order, how register and balance went, which
 * faults there were and what to do next. It says what the bundle shows, and where it shows nothing.
 */
import { eventText, eventWords, timeText, valueText } from "./event_words";
import type { SupportBundle } from "./support_bundle";

const HOUR_S = 3600;
/** The battery as a share above its empty voltage at which a visit is worth planning. */
const BATTERY_SOON_PERMILLE = 50;
const WORN_PERMILLE = 800;

export interface Point {
  readonly utc_s: number;
  readonly value: number;
  /** What says so: a code, "hours" or "now". */
  readonly source: string;
}

export interface Fault {
  readonly code: string;
  readonly words: string;
  readonly times: number;
  readonly first_utc_s: number;
  readonly last_utc_s: number;
  /** False where a later event says that it has ended. */
  readonly stands: boolean;
  readonly next: string;
}

export interface Analysis {
  readonly meter: string;
  readonly region: string | undefined;
  readonly firmware: string;
  readonly board: string | null;
  readonly log: readonly string[];
  /** Numbers of events that are missing between others. */
  readonly gaps: readonly string[];
  readonly register: readonly Point[];
  readonly balance: readonly Point[];
  readonly faults: readonly Fault[];
  readonly next: readonly string[];
}

/** Which later event ends a fault; one that is not here stands for itself. */
const ENDED_BY: Readonly<Record<string, readonly string[]>> = {
  valve_fault: ["valve_opened", "valve_shut", "valve_exercise"],
  tamper: ["tamper_cleared"],
  leak_on: ["leak_off"],
  burst_on: ["burst_off"],
  dry_on: ["dry_off"],
  reverse_on: ["reverse_off"],
  sensor_cable_cut: ["sensor_ok"],
  impossible_rate: ["sensor_ok"],
  battery_empty: ["battery_ok"],
  brown_out: ["battery_ok"],
  flow_while_shut: ["valve_opened"],
  tariff_lost: ["tariff_accepted", "tariff_active"],
  tariff_refused: ["tariff_accepted"],
  commission_refused: ["commissioned"],
};

/** What stands between a bundle's reasons for the shut valve and water. */
const REASON_NEXT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    no_credit: "sell a credit: the valve is shut for want of it",
    remote_lock: "the utility has locked it: unlock it by radio when that is meant",
    tamper: "clear the tamper with an inspection card, a token or by radio",
    customer_lock: "the customer has locked it at the keypad, and unlocks it there",
    battery: "change the battery",
    not_commissioned: "commission it with a card, or by radio: until then it is shut",
    storage: "nothing can be stored: change the board's memory",
    flow_limit: "a flow limit shuts it for a part of the time: a token lifts it",
  }),
);

function codesEnding(code: string): readonly string[] {
  return code.startsWith("storage_") ? ["storage_ok"] : (ENDED_BY[code] ?? []);
}

function faultsOf({ events }: SupportBundle): Fault[] {
  const codes = [...new Set(events.map(({ code }) => code))].filter((code) => eventWords(code).next !== undefined);
  return codes.map((code) => {
    const own = events.filter((event) => event.code === code);
    const last = own[own.length - 1];
    const ended = events.some((event) => event.sequence > last.sequence && codesEnding(code).includes(event.code));
    const { words, next = "" } = eventWords(code);
    const at = { first_utc_s: own[0].utc_s, last_utc_s: last.utc_s };
    return { code, words, times: own.length, ...at, stands: !ended, next };
  });
}

function gapsOf({ events }: SupportBundle): string[] {
  return events.flatMap((event, index) => {
    const before = index === 0 ? event.sequence : events[index - 1].sequence;
    const missing = event.sequence - before - 1;
    if (missing <= 0) return [];
    return [missing === 1 ? `event ${before + 1}` : `events ${before + 1} to ${event.sequence - 1}`];
  });
}

/** The hours' litres as readings, backwards from the register now; without times where the clock was not set. */
function hourPoints({ hours, readings }: SupportBundle): Point[] {
  const litres = hours.flatMap((run) =>
    run.litres.map((used_l, index) => ({
      used_l,
      utc_s: run.from_utc_s === 0 ? 0 : run.from_utc_s + index * HOUR_S,
    })),
  );
  // What has run since the last hour ended is not in any: the sum of all hours ends at or below the register.
  let value = readings.volume_l;
  const points = litres.reverse().map(({ used_l, utc_s }) => {
    const point = { utc_s, value, source: "hours" };
    value -= used_l;
    return point;
  });
  return points.reverse().filter(({ utc_s, value }) => utc_s > 0 && value >= 0);
}

/** Register and balance where an event's value is one. */
function eventPoints({ events }: SupportBundle, name: "register" | "balance"): Point[] {
  return events
    .filter(({ code, utc_s }) => utc_s > 0 && eventWords(code).value === name)
    .map(({ code, utc_s, value }) => ({ utc_s, value, source: code }));
}

function inOrder(points: readonly Point[]): Point[] {
  return [...points].sort((one, other) => one.utc_s - other.utc_s);
}

function stateAdvice({ readings, settings, storage, self_test }: SupportBundle): string[] {
  const reasons = readings.shut_by === "-" ? [] : readings.shut_by.split("+");
  const empty_mv = Number(settings?.["battery_empty_mv"] ?? 0);
  const soon_mv = empty_mv + Math.floor((empty_mv * BATTERY_SOON_PERMILLE) / 1000);
  const supply_mv = self_test?.supply_mv ?? 0;
  const used_permille = Number(storage["used_permille"] ?? 0);
  const checks: [boolean, string][] = [
    [self_test?.crypto === 0, "its cipher computes wrongly: change the board, no card or token can be trusted on it"],
    [self_test?.random === 0, "its random source fails its test: change the board"],
    [self_test?.flow === "cable_cut", "the cable to the sensor is cut now: mend it"],
    [self_test?.utc_s === 0, "its clock is not set: a card or a radio message sets it"],
    [supply_mv > 0 && supply_mv <= soon_mv, `its supply is ${supply_mv} mV, empty is ${empty_mv}: change the battery`],
    [storage["storage"] !== "ok", `its memory says "${String(storage["storage"])}": change the board's memory`],
    [used_permille >= WORN_PERMILLE, `its memory has used ${used_permille} permille of its erases: plan a change`],
  ];
  const states = checks.filter(([holds]) => holds).map(([, words]) => words);
  return [...reasons.map((reason) => REASON_NEXT.get(reason) ?? `it is shut by ${reason}`), ...states];
}

/** What a bundle shows. */
export function analyse(bundle: SupportBundle): Analysis {
  const in_litres = keepsLitres(bundle);
  const faults = faultsOf(bundle);
  const now = bundle.self_test?.utc_s ?? 0;
  const last = (value: number): Point[] => (now === 0 ? [] : [{ utc_s: now, value, source: "now" }]);
  const standing = faults.filter(({ stands }) => stands);
  const next = [...stateAdvice(bundle), ...standing.map(({ words, next: advice }) => `${words}: ${advice}`)];
  return {
    meter: bundle.identity.meter,
    region: bundle.identity.region,
    firmware: bundle.identity.firmware,
    board: bundle.board,
    log: bundle.events.map((event) => `${event.sequence}  ${eventText(event, in_litres)}`),
    gaps: gapsOf(bundle),
    register: inOrder([...hourPoints(bundle), ...eventPoints(bundle, "register"), ...last(bundle.readings.volume_l)]),
    balance: inOrder([...eventPoints(bundle, "balance"), ...last(bundle.readings.balance_milli)]),
    faults,
    next: [...new Set(next)],
  };
}

/** Whether the meter's account holds litres instead of money. */
export function keepsLitres({ settings }: SupportBundle): boolean {
  const tokens = settings?.["tokens"];
  return typeof tokens === "object" && "mode" in tokens && tokens["mode"] === "volume";
}

/** At most `most` points, the first and last of them kept. */
function thinned(points: readonly Point[], most: number): Point[] {
  const stride = Math.ceil(points.length / most);
  return points.filter((_, index) => index % stride === 0 || index === points.length - 1);
}

const POINTS_SHOWN = 24;

function pointLines(points: readonly Point[], text: (value: number) => string): string[] {
  if (points.length === 0) return ["nothing with a time"];
  return thinned(points, POINTS_SHOWN).map(
    ({ utc_s, value, source }) => `${timeText(utc_s)}  ${text(value)}  ${source}`,
  );
}

function section(title: string, lines: readonly string[]): string {
  return `\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** The analysis for people. */
export function analysisText(bundle: SupportBundle): string {
  const found = analyse(bundle);
  const money = (value: number) => valueText(value, "milli", keepsLitres(bundle));
  const head =
    `meter ${found.meter}${found.region === undefined ? "" : ` of region ${found.region}`}, firmware ` +
    `${found.firmware}, ${found.board ?? "no board named"}, written ${timeText(bundle.made_utc_s)} UTC\n`;
  const faults = found.faults.map(({ words, times, first_utc_s, last_utc_s, stands }) => {
    const span =
      first_utc_s === last_utc_s ? timeText(last_utc_s) : `${timeText(first_utc_s)} to ${timeText(last_utc_s)}`;
    return `${stands ? "stands" : "ended "}  ${words}, ${times} time${times === 1 ? "" : "s"}, ${span.trim()}`;
  });
  return (
    head +
    section("the log, times in UTC", found.log.length === 0 ? ["it is empty"] : found.log) +
    (found.gaps.length === 0 ? "" : section("missing in the log", found.gaps)) +
    section(
      "register",
      pointLines(found.register, (value) => `${value} l`),
    ) +
    section("balance", pointLines(found.balance, money)) +
    section("faults", faults.length === 0 ? ["none in the log"] : faults) +
    section("what to do next", found.next.length === 0 ? ["nothing: all is well as far as this shows"] : found.next) +
    (bundle.missing.length === 0 ? "" : section("what this bundle does not have", bundle.missing))
  );
}
