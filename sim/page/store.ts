/**
 * Store: what the page knows of the session behind it, and who is told when it changes.
 *
 * State comes thirty times a second. A part of the page names what it looks at (`useStore`) and is drawn again only when
 * that has changed, at most once a frame.
 */
import { useEffect, useState } from "preact/hooks";
import type { ExpectationResult } from "../run";
import type {
  Answer,
  DeskView,
  Inspection,
  LoggedEvent,
  Sample,
  ScenarioEntry,
  Snapshot,
  State,
  TelegramView,
  Welcome,
} from "../serve/messages";
import { addSample } from "../serve/samples";
import { saveFile } from "./files";

const EVENTS_KEPT = 1000;
const LINES_KEPT = 1000;
const NOTICES_KEPT = 4;
const TELEGRAMS_KEPT = 40;

export interface Notice {
  id: number;
  kind: "refused" | "recorded";
  text: string;
}

/** As much as is shown of a meter that another one stands before. */
export interface Glimpse {
  name: string;
  state: State;
}

export interface Known {
  connected: boolean;
  /** The meter that is shown, and how many there are. */
  meter: number;
  meters: number;
  meters_max: number;
  /** All meters by their numbers, also the one that is shown. */
  glimpses: Record<number, Glimpse>;
  inspection: Inspection | undefined;
  welcome: Welcome | undefined;
  state: State | undefined;
  samples: Sample[];
  events: LoggedEvent[];
  lines: string[];
  expectations: ExpectationResult[];
  snapshots: Snapshot[];
  scenarios: ScenarioEntry[];
  /** Null where no desk has the keys of this meter. */
  desk: DeskView | null;
  /** The newest first. */
  telegrams: TelegramView[];
  telegram_count: number;
  notices: Notice[];
  recorded: Extract<Answer, { kind: "recorded" }> | undefined;
  /** Grow with each change of a list, which itself stays the same object. */
  samples_version: number;
  log_version: number;
}

export const known: Known = {
  connected: false,
  meter: 1,
  meters: 1,
  meters_max: 1,
  glimpses: {},
  inspection: undefined,
  welcome: undefined,
  state: undefined,
  samples: [],
  events: [],
  lines: [],
  expectations: [],
  snapshots: [],
  scenarios: [],
  desk: null,
  telegrams: [],
  telegram_count: 0,
  notices: [],
  recorded: undefined,
  samples_version: 0,
  log_version: 0,
};

const listeners = new Set<() => void>();
let is_frame_due = false;
let notice_count = 0;

/** Tells everyone in the next frame. */
export function changed(): void {
  if (is_frame_due) return;
  is_frame_due = true;
  requestAnimationFrame(() => {
    is_frame_due = false;
    for (const listener of listeners) listener();
  });
}

/** What `select` gives, followed: the caller is drawn again when it is another value. */
export function useStore<Value>(select: (store: Known) => Value): Value {
  const [value, setValue] = useState(() => select(known));
  useEffect(() => {
    const listener = (): void => setValue(() => select(known));
    listeners.add(listener);
    listener();
    return () => void listeners.delete(listener);
    // A selection is a plain function of the store: it never changes its meaning.
  }, []);
  return value;
}

/** The same, at most so often: for what is costly to draw. */
export function useStoreEvery<Value>(interval_ms: number, select: (store: Known) => Value): Value {
  const [value, setValue] = useState(() => select(known));
  useEffect(() => {
    const timer = setInterval(() => setValue(() => select(known)), interval_ms);
    return () => clearInterval(timer);
  }, []);
  return value;
}

function notify(kind: Notice["kind"], text: string): void {
  known.notices = [...known.notices, { id: notice_count++, kind, text }].slice(-NOTICES_KEPT);
}

export function dismiss(id: number): void {
  known.notices = known.notices.filter((notice) => notice.id !== id);
  changed();
}

/** Shows a refusal of the page itself. */
export function refuse(text: string): void {
  notify("refused", text);
  changed();
}

function append<Entry>(list: Entry[], more: readonly Entry[], most: number): void {
  list.push(...more);
  if (list.length > 2 * most) list.splice(0, list.length - most);
}

function takeWelcome(welcome: Welcome, state: State): void {
  known.welcome = welcome;
  known.state = state;
  known.samples = welcome.samples;
  known.events = welcome.events.slice(-EVENTS_KEPT);
  known.lines = welcome.lines;
  known.expectations = welcome.expectations;
  known.snapshots = welcome.snapshots;
  known.scenarios = welcome.scenarios;
  known.desk = welcome.desk;
  known.telegrams = welcome.telegrams.toReversed();
  known.telegram_count = welcome.telegram_count;
  known.samples_version++;
  known.log_version++;
}

function takeState(answer: Extract<Answer, { kind: "state" }>): void {
  known.state = answer.state;
  for (const sample of answer.samples) addSample(known.samples, sample);
  if (answer.samples.length > 0) known.samples_version++;
  if (answer.events.length + answer.lines.length > 0) known.log_version++;
  append(known.events, answer.events, EVENTS_KEPT);
  append(known.lines, answer.lines, LINES_KEPT);
  if (answer.expectations.length > 0) known.expectations = [...known.expectations, ...answer.expectations];
}

/** What is seen of each meter, whichever is shown. */
function glimpse(answer: Answer, meter: number): void {
  if (answer.kind !== "welcome" && answer.kind !== "state") return;
  const name = answer.kind === "welcome" ? answer.welcome.scenario.name : (known.glimpses[meter]?.name ?? "");
  known.glimpses[meter] = { name, state: answer.state };
}

/** Takes what the session of a meter says. */
export function take(answer: Answer, meter: number): void {
  glimpse(answer, meter);
  if (meter === known.meter || answer.kind === "meters") takeShown(answer);
  changed();
}

function takeShown(answer: Answer): void {
  switch (answer.kind) {
    case "welcome":
      takeWelcome(answer.welcome, answer.state);
      break;
    case "state":
      takeState(answer);
      break;
    case "desk":
      known.desk = answer.desk;
      break;
    case "telegrams":
      known.telegrams = [...answer.telegrams.toReversed(), ...known.telegrams].slice(0, TELEGRAMS_KEPT);
      known.telegram_count = answer.count;
      break;
    case "snapshots":
      known.snapshots = answer.snapshots;
      break;
    case "scenarios":
      known.scenarios = answer.scenarios;
      break;
    case "recorded":
      known.recorded = answer;
      break;
    case "meters":
      known.meters = answer.count;
      known.meters_max = answer.count_max;
      break;
    case "inspected":
      known.inspection = answer.inspection;
      break;
    case "bundle":
      saveFile(answer.name, answer.text);
      break;
    case "refused":
      notify("refused", answer.text);
      break;
  }
}
