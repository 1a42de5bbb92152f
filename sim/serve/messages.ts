/**
 * Messages between the page and the session behind it: JSON, one object a WebSocket message. Types and
 * names only, for the page is compiled without the server; requests.ts checks what comes from a page.
 */
import type { ExpectationResult } from "../run";
import type { Step } from "../scenario/schema";
import type { DecodedTelegram, Manner, PushProgress, TariffOrder, TokenOrder } from "./desk";
import type { TrayCard } from "./tray";

/** A step without its time: it happens when it comes. */
export type StepBody = Omit<Step, "at">;

/** What a tariff is to say; it begins at once, or when the meter's clock shows so many local seconds. */
export type TariffWish = Omit<TariffOrder, "start_utc_s"> & { readonly start_local_s: number | null };

/** From the page. */
export type Request =
  /** Virtual seconds a second; 0 pauses, null runs as fast as it goes. */
  | { do: "speed"; speed: number | null }
  /** While paused: so many milliseconds further, or to the next event. */
  | { do: "advance"; by_ms: number }
  | { do: "next_event" }
  /** Steps of a scenario, without their time: they happen now. */
  | { do: "act"; steps: StepBody[] }
  /** Turns the tap; 0 closes it. */
  | { do: "tap"; flow_l_h: number }
  /** A card of the tray comes to the slot, one that is in it leaves before; it is pulled out after so many bytes. */
  | { do: "card"; card: string; copy: boolean; pull_bytes: number | null }
  /** A flow CSV as text: drawn from the next second on. */
  | { do: "flow_csv"; name: string; text: string }
  /** The desk: a top-up onto the household's card, a token, a tariff signed and pushed. */
  | { do: "sell_card"; amount_milli: number }
  | { do: "issue_token"; order: TokenOrder }
  | { do: "push_tariff"; wish: TariffWish }
  | { do: "snapshot" }
  | { do: "restore"; snapshot: number }
  /** Saves what was done as a scenario. */
  | { do: "record"; name: string }
  /** A scenario by its name in the list, or as text. */
  | { do: "load"; scenario: string }
  | { do: "load_text"; name: string; text: string }
  /** The scenario from its beginning. */
  | { do: "reset" }
  /** What is this? A card image, a token or a telegram as text; with the keys of this meter, or a key of one's own. */
  | { do: "inspect"; text: string; own_keys: boolean; key: string }
  /** All that helps someone else to see what has happened, without keys. */
  | { do: "bundle" }
  /** Everything that is known, from the beginning. */
  | { do: "welcome" }
  /** Another meter beside those that there are (meters.ts). */
  | { do: "add_meter" };

export interface LoggedEvent {
  t: number;
  code: string;
  value: number;
}

/** All series of the charts at one time. */
export interface Sample {
  t: number;
  /** Null while the meter is off: nobody can read its books. */
  balance_milli: number | null;
  price_milli: number | null;
  volume_l: number | null;
  flow_l_h: number;
  /** 1 open, 0 closed, between them on its way. */
  valve: number;
}

/** What the desk has handed out: a card for the tray, or a token to key in. */
export interface SaleView {
  t: number;
  receipt: string;
  /** Of a token; "" for a card. */
  digits: string;
  /** Of a card; "" for a token. */
  card: string;
}

/** A tariff on its way: waiting for the meter's window, sent, and what its telegrams have said since. */
export interface PushView {
  id: number;
  t: number;
  version: number;
  manner: Manner;
  words: string;
  sent_t: number | null;
  state: "waiting" | "sent" | PushProgress;
  /** Why it was refused; "" otherwise. */
  reason: string;
}

/** The newest come first. */
export interface DeskView {
  tray: TrayCard[];
  sales: SaleView[];
  pushes: PushView[];
}

export interface TelegramView extends DecodedTelegram {
  t: number;
  /** State of the modem; only with "ok" it was on the air. */
  modem: string;
  frame: string;
}

export interface ScenarioEntry {
  id: string;
  /** Title of the scenario; where it cannot be read, why. */
  name: string;
  recorded: boolean;
}

export interface Snapshot {
  id: number;
  t: number;
}

/** What is wrong with the world at the moment, as the steps have made it. */
export interface Faults {
  case: boolean;
  magnet: boolean;
  reader: boolean;
  empty: boolean;
  cut: boolean;
  stuck: boolean;
  slow: boolean;
  lying: boolean;
  leak_l_h: number;
  memory_low: boolean;
  radio_lost: boolean;
}

/** What the meter is and does, sent many times a second. */
export interface State {
  t: number;
  speed: number | null;
  /** Virtual seconds a second that it really runs at. */
  achieved: number;
  ended: boolean;
  end_ms: number;
  /** The meter's own clock, local time in seconds as if it were UTC; 0 while it is not known. */
  local_s: number;
  numbers: Record<string, number>;
  texts: Record<string, string>;
  powered: boolean;
  /** 0 closed to 1 open. */
  valve_open: number;
  /** What passes the meter, litres an hour, counted or not. */
  passing_l_h: number;
  /** What all open taps ask for together, and the one that the page turns. */
  demand_l_h: number;
  tap_l_h: number;
  household: boolean;
  /** UID of the card in the slot, "" for none, and its name in the tray when it is known. */
  card_uid: string;
  card_id: string;
  faults: Faults;
  trace_lines: number;
}

export interface Welcome {
  scenario: { name: string; description: string; file: string };
  /** The true time at the start; 0 where the scenario has none. */
  start_utc_s: number;
  meter: { number: string; region: string; nvm: string; firmware: string };
  scenarios: ScenarioEntry[];
  tray: TrayCard[];
  snapshots: Snapshot[];
  samples: Sample[];
  events: LoggedEvent[];
  expectations: ExpectationResult[];
  /** What the scenario expects at its end and in its steps. */
  expected: number;
  lines: string[];
  /** Null where no desk has the keys of this meter. */
  desk: DeskView | null;
  telegrams: TelegramView[];
  telegram_count: number;
  /** Whether the meter has a radio, and is told of tokens. */
  has_radio: boolean;
  has_tokens: boolean;
}

/** What an inspection could not say for want of a key; the page has words for each. */
export const UNCHECKED = [
  "token_content",
  "token_history",
  "paygo_token",
  "telegram_content",
  "telegram_origin",
  "card_signatures",
  "card_content",
] as const;
export type Unchecked = (typeof UNCHECKED)[number];

/** What a text is, in the words of those who decode it (tools/inspect). */
export interface Inspection {
  kind: "card" | "token" | "telegram";
  sections: { title: string; rows: [name: string, value: string][] }[];
  /** What is wrong with it, in one line; "" for nothing. */
  problem: string;
  unchecked: Unchecked[];
}

/** To the page. */
export type Answer =
  | { kind: "welcome"; welcome: Welcome; state: State }
  | {
      kind: "state";
      state: State;
      samples: Sample[];
      events: LoggedEvent[];
      expectations: ExpectationResult[];
      lines: string[];
    }
  | { kind: "desk"; desk: DeskView }
  /** Those that are new, oldest first, and how many there were in all. */
  | { kind: "telegrams"; telegrams: TelegramView[]; count: number }
  | { kind: "snapshots"; snapshots: Snapshot[] }
  | { kind: "scenarios"; scenarios: ScenarioEntry[] }
  | { kind: "recorded"; file: string; command: string; trace_lines: number; trace_sha256: string; same: boolean }
  /** Meters behind this server, numbered from 1, and how many there may be. */
  | { kind: "meters"; count: number; count_max: number }
  | { kind: "inspected"; inspection: Inspection }
  | { kind: "bundle"; name: string; text: string }
  | { kind: "refused"; text: string };
