/**
 * The picture of the terminal: the meter's face, below it the log or an open list, and at the bottom how fast it goes,
 * what is wrong, the last answer, and the keys. A pure function, so that a test can read it.
 */
import { DEVICE_FAULTS, FAULTS } from "../../sim/serve/deeds";
import type { State } from "../../sim/serve/messages";
import { clip, renderFace, type FaceState, type Size } from "../face";
import { eventWords, localText } from "../face_words";
import type { Output } from "../output";
import type { Known } from "./known";
import type { Menu } from "./menus";
import { promptText, type Prompt } from "./prompt";
import { elapsedText, named, say } from "./words";

type Colors = Output["colors"];

export interface View {
  known: Known;
  /** What the tap is opened with. */
  flow_l_h: number;
  log: "events" | "trace";
  menu?: { shown: Menu; chosen: number } | undefined;
  prompt?: Prompt | undefined;
  /** Something to read, from a line of it on. */
  sheet?: { lines: readonly string[]; first: number } | undefined;
}

/** Less shows nothing that one could use. */
const COLUMNS_MIN = 48;
const ROWS_MIN = 16;
const BOTTOM_ROWS = 5;
const OPENED_ROWS_MIN = 6;
/** What stands behind a list's title. */
const LIST_HINT_COLUMNS = 30;

const KEYS = [
  "0-9*# keypad  SPACE pause  + - speed  s m h n step  t tap  UP DOWN flow",
  "c cards  o out  d draws  f faults  k b snapshots  r record  l load  ? help",
];

export const HELP: readonly string[] = [
  "0-9 * #   the meter's own keypad",
  "SPACE     pause and go on;  + and - change the speed",
  "s m h n   a second, a minute, an hour further, or to the next event; then it stands still",
  "t         opens and closes the tap;  UP and DOWN change its flow",
  "c o       the tray of cards;  takes the card out",
  "d f       ready-made draws;  faults",
  "k b       takes a snapshot;  goes back to one",
  "r l       records what was done as a scenario;  loads one, or begins anew",
  "v i       a line for the service port;  what is this: a token, a telegram, a card image",
  "e w       the log shows events, or the trace;  saves a support bundle, without keys",
  "q         ends (Ctrl-C too)",
];

function faceOf({ welcome, state }: Known): FaceState {
  const { texts, numbers } = state;
  const display = texts.display === "-" ? "" : texts.display;
  return {
    title: `Curbstop · ${welcome.scenario.name}`,
    clock: state.local_s === 0 ? "clock not set" : localText(state.local_s),
    display,
    annunciators: texts.annunciators,
    valve: texts.valve,
    shut_by: texts.shut_by,
    flow_l_h: state.passing_l_h,
    balance_milli: numbers.balance_milli,
    volume_l: numbers.volume_l,
    unit_price_milli: numbers.unit_price_milli,
    info: texts.info,
    more: [
      ["last card", named("result", texts.card)],
      ["supply", state.powered ? `${(numbers.supply_mv / 1000).toFixed(2)} V` : say("powered_off")],
    ],
    events: [],
  };
}

function paceText({ speed, achieved, ended }: State): string {
  if (ended) return "at the end of the run";
  if (speed === 0) return say("paused");
  return speed === null ? `max, ${Math.round(achieved)}×` : `${speed}×`;
}

function statusText({ known: { state, welcome }, flow_l_h }: View): string {
  const { tap_l_h, card_uid, card_id } = state;
  const tap = tap_l_h === 0 ? `closed (t: ${flow_l_h} l/h)` : `open, ${tap_l_h} l/h`;
  const kind = welcome.tray.find(({ id }) => id === card_id)?.kind;
  const card = card_uid === "" ? "none" : kind === undefined ? card_uid : named("card", kind);
  return ` ${paceText(state)} · ${elapsedText(state.t)} · tap ${tap} · card ${card}`;
}

function wrongText({ state, expectations, welcome }: Known): string {
  const wrong = [...DEVICE_FAULTS, ...FAULTS]
    .filter(({ is_on }) => is_on(state.faults, state.numbers.supply_mv))
    .map(({ key }) => say(key));
  const met = expectations.filter((expectation) => expectation.met).length;
  const failed = expectations.length - met;
  const expected = welcome.expected === 0 ? "" : ` · expected: ${met} of ${welcome.expected} met, ${failed} not`;
  return ` faults: ${wrong.length === 0 ? say("none") : wrong.join(", ")}${expected}`;
}

function logLines({ known, log }: View, rows: number): string[] {
  if (rows <= 0) return [];
  if (log === "trace") return known.lines.slice(-rows);
  return known.events.slice(-rows).map((event) => `${elapsedText(event.t)}  ${eventWords(event)}`);
}

/** Title and items; as many as there is room for, around the chosen one. */
function menuLines({ shown, chosen }: NonNullable<View["menu"]>, rows: number, colors: Colors): string[] {
  const { title, items } = shown;
  const room = Math.max(1, rows - 1);
  const first = Math.max(0, Math.min(chosen - Math.floor(room / 2), items.length - room));
  const lines = items.slice(first, first + room).map(({ label, is_on }, place) => {
    const mark = is_on === undefined ? "   " : is_on ? "[x]" : "[ ]";
    const is_chosen = first + place === chosen;
    const text = `${is_chosen ? "▸" : " "} ${mark} ${label}`;
    return is_chosen ? colors.inverse(text) : text;
  });
  const count = items.length === 0 ? "nothing here yet" : `${chosen + 1} of ${items.length}`;
  return [colors.bold(`${title} (${count})  ENTER, ESC`), ...lines];
}

function middle(view: View, width: number, rows: number, colors: Colors): string[] {
  const { menu, sheet } = view;
  const clipped = (lines: readonly string[]): string[] => lines.slice(0, rows).map((line) => clip(` ${line}`, width));
  if (sheet !== undefined) return clipped(sheet.lines.slice(sheet.first));
  if (menu === undefined) return clipped(logLines(view, rows));
  const { items } = menu.shown;
  const title = clip(menu.shown.title, width - LIST_HINT_COLUMNS);
  const labels = items.map((item) => ({ ...item, label: clip(item.label, width - 8) }));
  return menuLines({ shown: { title, items: labels }, chosen: menu.chosen }, rows, colors).map((line) => ` ${line}`);
}

function noteLine({ known, prompt }: View, width: number, colors: Colors): string {
  if (prompt !== undefined) return ` ${colors.bold(promptText(prompt, width - 1))}`;
  const text = clip(` ${known.note}`, width);
  return known.is_refusal ? colors.red(text) : colors.green(text);
}

/** The whole picture: exactly as many lines as the terminal has, none wider than it. */
export function picture(view: View, size: Size, colors: Colors): string[] {
  const { columns, rows } = size;
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) {
    const words = `the terminal is too small (${COLUMNS_MIN} by ${ROWS_MIN} at least)`;
    return [clip(words, columns - 1), ...Array<string>(Math.max(0, rows - 1)).fill("")];
  }
  const width = columns - 1;
  // What a person has opened is seen, if need be instead of the face's end.
  const kept_rows = BOTTOM_ROWS + (view.menu === undefined && view.sheet === undefined ? 0 : OPENED_ROWS_MIN);
  const face = renderFace(faceOf(view.known), { columns, rows: 0 }, colors).slice(0, rows - kept_rows);
  const room = rows - BOTTOM_ROWS - face.length;
  const shown = middle(view, width, room, colors);
  return [
    ...face,
    ...shown,
    ...Array<string>(room - shown.length).fill(""),
    colors.bold(clip(statusText(view), width)),
    clip(wrongText(view.known), width),
    noteLine(view, width, colors),
    ...KEYS.map((keys) => colors.dim(clip(` ${keys}`, width))),
  ];
}
