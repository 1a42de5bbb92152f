/**
 * What a meter's service port gives, gathered for a support bundle: everything it has, in as many questions as it takes.
 */
import { readNameplate, type Nameplate } from "../../firmware/nameplate";
import { readRadioPlate } from "../../firmware/radio_plate";
import { FlashError } from "../flash/flash_error";
import { IDENTITY, READINGS, SELF_TEST, eventOf, fieldsOf, numbersOf, recordOf, type Event } from "./answers";
import type { Request, ServiceLine } from "./service_line";
import { EVENTS_MAX, HOURS_MAX, KEY_FIELDS, type BundleContent } from "./support_bundle";

/** A flood of events loses some of them; after so many in a row there are none before. */
const GAP_MAX = 40;
const SETTINGS_PARTS_MAX = 20;

/** What questions are put to: a meter's line. */
export type Asked = Pick<ServiceLine, "ask">;

export interface Gathering {
  (doing: string, count: number): void;
}

/** The answer to a request to which every meter has one. */
export async function answerTo(line: Asked, request: Request): Promise<string> {
  const answer = await line.ask(request);
  if (answer === undefined) throw new FlashError(`the meter has no answer to \`${request}\` (try again)`);
  return answer;
}

/** The newest event. */
export async function newestEvent(line: Asked): Promise<Event | undefined> {
  const answer = await line.ask("log");
  return answer === undefined ? undefined : eventOf(answer);
}

/** The event of this number, undefined where the meter no longer has it. */
export async function eventNumber(line: Asked, sequence: number): Promise<Event | undefined> {
  const answer = await line.ask("log", String(sequence));
  return answer === undefined ? undefined : eventOf(answer);
}

async function allEvents(line: Asked, step: Gathering): Promise<Event[]> {
  const newest = await newestEvent(line);
  if (newest === undefined) return [];
  const events = [newest];
  let gap = 0;
  for (let sequence = newest.sequence - 1; sequence > 0 && gap < GAP_MAX && events.length < EVENTS_MAX; sequence--) {
    step("events", events.length);
    const event = await eventNumber(line, sequence);
    gap = event === undefined ? gap + 1 : 0;
    if (event !== undefined) events.push(event);
  }
  return events.reverse();
}

async function allHours(line: Asked, step: Gathering): Promise<BundleContent["hours"]> {
  const runs: BundleContent["hours"] = [];
  for (let back = 0; back < HOURS_MAX; back++) {
    step("hours", back);
    const answer = await line.ask("hours", back === 0 ? "" : String(back));
    if (answer === undefined) break;
    const { from_utc_s = "0", hours = "" } = fieldsOf(answer);
    const [from_s] = numbersOf(from_utc_s);
    // A change that could not be stored takes hours out of the archive again that stay in it: the newer run has them all.
    if (from_s > 0 && from_s === runs.at(-1)?.from_utc_s) continue;
    if (hours !== "") runs.push({ from_utc_s: from_s, litres: numbersOf(hours) });
  }
  return runs.reverse();
}

function monthsOf(answer: string): BundleContent["months"] {
  const { months = "" } = fieldsOf(answer);
  if (months === "") return [];
  return months.split(",").map((entry) => {
    const [month, register_l = 0, charged_milli = 0] = numbersOf(entry.replaceAll(":", ","));
    return { month, register_l, charged_milli };
  });
}

/** The settings and the tariff in force, whose keys the meter keeps to itself (firmware/service/settings_out.ts). */
export async function settingsOf(line: Asked): Promise<Nameplate | undefined> {
  let digits = "";
  for (let part = 0, whole = 1; part < SETTINGS_PARTS_MAX && digits.length < 2 * whole; part++) {
    const { settings = "", of = "0" } = fieldsOf((await line.ask("settings", String(part))) ?? "");
    if (!/^([0-9A-F]{2})+$/.test(settings) || !/^\d{1,4}$/.test(of)) return undefined;
    digits += settings;
    whole = Number(of);
  }
  return readNameplate(Buffer.from(digits, "hex").toString("latin1"), () => 0);
}

/** When the radio sends and hears; empty for a meter without one. */
function shownRadio(part: string): object {
  const plate = readRadioPlate(part);
  if (plate === undefined) return {};
  const { interval_s, group, listen_minute, listen_s } = plate.station;
  const mode = plate.modem.wmbus?.mode;
  return { radio: { interval_s, group, listen_minute, listen_s, ...(mode === undefined ? {} : { mode }) } };
}

/** Settings as a bundle has them: without the fields that hold keys elsewhere, and without tables. */
export function shownSettings({ settings, radio }: Nameplate): NonNullable<BundleContent["settings"]> {
  const keep = (record: object): [string, unknown][] =>
    Object.entries(record).filter(([name, value]) => !KEY_FIELDS.includes(name) && value !== undefined);
  const tokens = Object.fromEntries(keep(settings.tokens));
  const shown = { ...Object.fromEntries(keep(settings)), tokens, ...shownRadio(radio) };
  return shown as NonNullable<BundleContent["settings"]>;
}

function numbersWherePossible(fields: Record<string, string>): Record<string, string | number> {
  const value = (text: string) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text);
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, value(text)]));
}

/** Everything. The line must be open, and a meter on it. */
export async function gather(
  line: Asked,
  board: string | null,
  made_utc_s: number,
  step: Gathering,
): Promise<BundleContent> {
  const identity = recordOf(await answerTo(line, "id"), IDENTITY);
  const readings = recordOf(await answerTo(line, "read"), READINGS);
  const storage = numbersWherePossible(fieldsOf(await answerTo(line, "store")));
  const plate = await settingsOf(line);
  const events = await allEvents(line, step);
  const first = events[0]?.sequence ?? 1;
  return {
    made_utc_s,
    made_by: "monitor",
    board,
    identity,
    readings,
    storage,
    self_test: recordOf(await answerTo(line, "selftest"), SELF_TEST),
    settings: plate === undefined ? null : shownSettings(plate),
    prices: plate === undefined ? null : { ...plate.tariff },
    events,
    hours: await allHours(line, step),
    months: monthsOf(await answerTo(line, "months")),
    missing: [
      ...(plate === undefined ? ["settings: the meter did not give them whole"] : []),
      ...(first > 1 ? [`events 1 to ${first - 1}: the meter no longer has them`] : []),
    ],
  };
}
