/**
 * Menus: the lists from which a person chooses, made anew from what is known whenever they are drawn.
 */
import { timeText } from "../../sim/scenario/times";
import { CUTS_MS, DEVICE_FAULTS, DRAWS, FAULTS, PULL_BYTES } from "../../sim/serve/deeds";
import type { Request, StepBody } from "../../sim/serve/messages";
import type { Known } from "./known";
import { named, say, spanText } from "./words";

export type MenuName = "cards" | "draws" | "faults" | "snapshots" | "scenarios";

/** How the next card is put in. */
export interface Manner {
  is_copy: boolean;
  is_pulled: boolean;
}

export interface Item {
  label: string;
  /** Whether it is on; undefined for what is done once. */
  is_on?: boolean;
  /** What is asked for, or what changes about the next card. */
  choose: Request | keyof Manner;
  /** The list stays open. */
  stays?: boolean;
}

export interface Menu {
  title: string;
  items: Item[];
}

function act(...steps: StepBody[]): Request {
  return { do: "act", steps };
}

function cards({ welcome, state }: Known, { is_copy, is_pulled }: Manner): Item[] {
  const pull_bytes = is_pulled ? PULL_BYTES : null;
  return [
    ...welcome.tray.map(({ id, kind }): Item => {
      const is_on = state.card_uid !== "" && state.card_id === id;
      return { label: named("card", kind), is_on, choose: { do: "card", card: id, copy: is_copy, pull_bytes } };
    }),
    { label: say("tray_pull", PULL_BYTES), is_on: is_pulled, choose: "is_pulled", stays: true },
    { label: say("tray_copy"), is_on: is_copy, choose: "is_copy", stays: true },
  ];
}

function draws({ state }: Known): Item[] {
  const { household } = state;
  return [
    ...DRAWS.map(({ key, draw }): Item => ({ label: say(key), choose: act({ draw }) })),
    { label: say("household"), is_on: household, choose: act({ household: !household }) },
  ];
}

function faults({ welcome, state }: Known): Item[] {
  const right_s = welcome.start_utc_s + Math.floor(state.t / 1000);
  const clock: Item[] = [
    { label: say("clock_jump"), choose: act({ clock: { jump_s: 3600 } }) },
    { label: say("clock_lost"), choose: act({ clock: { lost: true } }) },
  ];
  if (welcome.start_utc_s !== 0) clock.push({ label: say("clock_right"), choose: act({ clock: { set: right_s } }) });
  return [
    ...[...DEVICE_FAULTS, ...FAULTS].map(({ key, is_on, set }): Item => {
      const now_on = is_on(state.faults, state.numbers.supply_mv);
      return { label: say(key), is_on: now_on, choose: act(...set(!now_on)), stays: true };
    }),
    ...CUTS_MS.map((off_ms): Item => {
      return { label: say("power_cut", spanText(off_ms)), choose: act({ power_cut: { off_ms } }) };
    }),
    ...clock,
  ];
}

function snapshots(known: Known): Item[] {
  return known.snapshots.map(({ id, t }) => ({
    label: say("restore", timeText(t)),
    choose: { do: "restore", snapshot: id },
  }));
}

function scenarios(known: Known): Item[] {
  return [
    { label: say("reset"), choose: { do: "reset" } },
    { label: say("scenario_new"), choose: { do: "load", scenario: "" } },
    ...known.scenarios.map(({ id, name, recorded }): Item => {
      return { label: recorded ? say("scenario_recorded", id) : name, choose: { do: "load", scenario: id } };
    }),
  ];
}

const MAKERS: Readonly<Record<MenuName, (known: Known, manner: Manner) => Item[]>> = {
  ...{ cards, draws, faults, snapshots, scenarios },
};

const TITLES: Readonly<Record<MenuName, string>> = {
  cards: say("tray"),
  draws: say("draws"),
  faults: say("faults"),
  snapshots: "Snapshots",
  scenarios: say("scenario"),
};

export function menuOf(name: MenuName, known: Known, manner: Manner): Menu {
  return { title: TITLES[name], items: MAKERS[name](known, manner) };
}
