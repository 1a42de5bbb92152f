/**
 * The face of a meter as lines of text: what stands on the device, and beside it what a person would ask next.
 *
 * A pure function of what is shown, the size of the terminal and the colours, so that a test can read it.
 */
import type pc from "picocolors";
import { bigText } from "./glyphs";
import { centsText } from "./money";

export interface FaceState {
  title: string;
  /** Local date and time on the meter's clock. */
  clock: string;
  /** 8 characters. */
  display: string;
  /** Letters as hal/display.ts names them. */
  annunciators: string;
  valve: string;
  shut_by: string;
  flow_l_h: number;
  balance_milli: number;
  volume_l: number;
  unit_price_milli: number;
  info: string;
  /** Litres of each hour of the local day; without it, that row is left out. */
  hours_l?: readonly number[];
  /** What stands below the fields, with its label. */
  more?: readonly (readonly [string, string])[];
  /** Newest last. */
  events: readonly string[];
  /** 0 to 1; without it, there is no line for it. */
  progress?: number;
}

export interface Size {
  columns: number;
  rows: number;
}

type Colors = ReturnType<typeof pc.createColors>;

/** A line with the width it takes on the screen, which colour codes do not. */
interface Cell {
  text: string;
  width: number;
}

const LCD_WIDTH = 33;
const SIDE_GAP = 3;
const LABEL_WIDTH = 10;
/** Below this the fields stand under the display instead of beside it. */
const SIDE_BY_SIDE_COLUMNS = 72;
const WIDTH_MAX = 92;
const ANNUNCIATORS: readonly (readonly [string, string])[] = [
  ["V", "SHUT"],
  ["L", "LOW"],
  ["E", "EMERG"],
  ["A", "ALARM"],
  ["T", "TAMPER"],
  ["B", "BATT"],
];
const BARS = "▁▂▃▄▅▆▇█";

function plain(text: string): Cell {
  return { text, width: text.length };
}

function pad(cell: Cell, width: number): string {
  return cell.text + " ".repeat(Math.max(0, width - cell.width));
}

export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function glass(text: string, colors: Colors): Cell {
  const line = ` ${text.padEnd(LCD_WIDTH - 1)} `;
  return { text: colors.bgGreen(colors.black(line)), width: line.length };
}

function lcd(state: FaceState, colors: Colors): Cell[] {
  const width = LCD_WIDTH + 1;
  const lit = (letter: string, word: string) => (state.annunciators.includes(letter) ? word : " ".repeat(word.length));
  const words = ANNUNCIATORS.map(([letter, word]) => lit(letter, word)).join(" ");
  const rim = (left: string, right: string) => plain(left + "━".repeat(width) + right);
  const inside = (cell: Cell): Cell => ({ text: `┃${cell.text}┃`, width: cell.width + 2 });
  return [
    rim("┏", "┓"),
    ...["", ...bigText(state.display), "", words].map((line) => inside(glass(line, colors))),
    rim("┗", "┛"),
  ];
}

function valveCell(state: FaceState, width: number, colors: Colors): Cell {
  if (state.valve === "open") return { text: colors.green("● open"), width: 6 };
  const reason = state.shut_by === "-" ? "" : ` (${state.shut_by.replaceAll("_", " ").replaceAll("+", ", ")})`;
  const text = clip(`■ ${state.valve}${reason}`, width);
  return { text: state.valve === "closed" ? colors.red(text) : colors.yellow(text), width: text.length };
}

function hoursText(hours_l: readonly number[]): string {
  const most_l = Math.max(20, ...hours_l);
  return hours_l
    .map((hour_l) =>
      hour_l === 0 ? "·" : BARS[Math.min(BARS.length - 1, Math.floor((hour_l * BARS.length) / most_l))],
    )
    .join("");
}

function fields(state: FaceState, width: number, colors: Colors): Cell[] {
  const row = (label: string, cell: Cell): Cell => ({
    text: `${colors.dim(label.padEnd(LABEL_WIDTH))}${cell.text}`,
    width: LABEL_WIDTH + cell.width,
  });
  const balance = centsText(state.balance_milli);
  const shown = state.balance_milli > 0 ? colors.bold(balance) : colors.red(balance);
  const rows = [
    row("valve", valveCell(state, width - LABEL_WIDTH, colors)),
    row("flow", plain(`${state.flow_l_h} l/h`)),
    row("balance", { text: shown, width: balance.length }),
    row("register", plain(`${state.volume_l} l`)),
    row("price", plain(`${centsText(state.unit_price_milli)} a m³`)),
    row("codes", plain(state.info === "-" ? "none" : state.info)),
  ];
  if (state.hours_l !== undefined) {
    rows.push(row("today", { text: colors.cyan(hoursText(state.hours_l)), width: state.hours_l.length }));
  }
  const more = (state.more ?? []).map(([label, text]) => row(label, plain(clip(text, width - LABEL_WIDTH))));
  return [...rows, ...more];
}

function progressText(progress: number, width: number, colors: Colors): Cell {
  const percent = `${Math.floor(progress * 100)} %`.padStart(6);
  const length = Math.max(0, width - percent.length);
  const done = Math.round(length * progress);
  return { text: colors.green("━".repeat(done)) + colors.dim("─".repeat(length - done)) + percent, width };
}

/** Display and fields beside one another, or one under the other where there is no room. */
function body(state: FaceState, inner: number, colors: Colors): Cell[] {
  const left = lcd(state, colors);
  if (inner < SIDE_BY_SIDE_COLUMNS - 4) return [...left, ...fields(state, inner, colors)];
  const right = fields(state, inner - left[0].width - SIDE_GAP, colors);
  return left.map((cell, index) => {
    const beside = right[index] ?? plain("");
    return { text: cell.text + " ".repeat(SIDE_GAP) + beside.text, width: cell.width + SIDE_GAP + beside.width };
  });
}

/** The face as lines, none wider than the terminal and no more than it has rows. */
export function renderFace(state: FaceState, size: Size, colors: Colors): string[] {
  const width = Math.min(size.columns - 1, WIDTH_MAX);
  const inner = width - 4;
  const head = clip(` ${state.title} `, inner - state.clock.length - 3);
  const line = "─".repeat(Math.max(0, width - head.length - state.clock.length - 7));
  const framed = (cell: Cell) => `│ ${pad(cell, inner)} │`;
  const top = `╭─${colors.bold(head)}${line}─ ${state.clock} ─╮`;
  const cells = body(state, inner, colors);
  const events_max = Math.max(0, size.rows - cells.length - 6);
  const events = state.events.slice(-Math.min(events_max, 6)).map((event) => plain(clip(event, inner)));
  return [
    top,
    ...cells.map(framed),
    ...(state.progress === undefined ? [] : [framed(progressText(state.progress, inner, colors))]),
    ...events.map(framed),
    `╰${"─".repeat(width - 2)}╯`,
  ];
}
