/**
 * The chart below the summary of a run: balance and flow over virtual time, in block characters, from the lines of the
 * trace that tell of the books. No wider than the terminal.
 *
 *    balance from -0.12 to 5.37
 *       5.37 ┤      ▂█▇▆▅
 *            │▆▄▂   █████▇▅▃
 *      -0.12 ┤███▆▁▁████████
 *    flow, the mean of each 2 h 48 min, up to 61 l/h
 *         61 ┤ ▂   ▁
 *          0 ┤▄█▁▂▁█▂▁▁▂▃▁▂▃
 *             00:00:00    6d 23:59:59
 */
import { timeText } from "../sim/scenario/times";
import { centsText } from "./money";
import type { Output } from "./output";

type Colors = Output["colors"];

interface Point {
  t: number;
  volume_l: number;
  balance_milli: number;
}

/** More than any terminal has columns, so that halving them is not seen. */
const POINTS_MAX = 20_000;
const WIDTH_MAX = 92;
const COLUMNS_MIN = 52;
const LABEL_WIDTH = 11;
const BALANCE_ROWS = 4;
const FLOW_ROWS = 2;
const EIGHTHS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const HOUR_MS = 3_600_000;

/** Points of the books as a trace passes by. */
export class Books {
  private points: Point[] = [];

  take(line: string): void {
    if (!line.includes('"event":"books"')) return;
    this.points.push(JSON.parse(line) as Point);
    if (this.points.length > POINTS_MAX) this.points = this.points.filter((_, index) => index % 2 === 1);
  }

  all(): readonly Point[] {
    return this.points;
  }
}

interface Column {
  balance_milli: number;
  flow_l_h: number;
}

/** What stood in the books at the end of each column, and the mean flow in it. */
function columnsOf(points: readonly Point[], end_ms: number, count: number): Column[] {
  const span_ms = end_ms / count;
  let next = 0;
  let last = points[0];
  return Array.from({ length: count }, (_, place) => {
    const before_l = last.volume_l;
    while (next < points.length && points[next].t <= (place + 1) * span_ms) last = points[next++];
    const flow_l_h = ((last.volume_l - before_l) * HOUR_MS) / span_ms;
    return { balance_milli: last.balance_milli, flow_l_h };
  });
}

/** Bars of so many rows, the highest row first; `low` is an empty column, `high` a full one. */
function bars(values: readonly number[], low: number, high: number, rows: number): string[] {
  const steps = values.map((value) => (high === low ? 0 : Math.ceil(((value - low) / (high - low)) * rows * 8)));
  return Array.from({ length: rows }, (_, row) => {
    const below = (rows - 1 - row) * 8;
    return steps.map((step) => EIGHTHS[Math.max(0, Math.min(8, step - below))]).join("");
  });
}

/** Labels at the top and at the bottom, an axis, and the bars. */
function framed(lines: readonly string[], top: string, bottom: string, paint: (text: string) => string): string[] {
  return lines.map((line, row) => {
    const label = row === 0 ? top : row === lines.length - 1 ? bottom : "";
    return `${label.padStart(LABEL_WIDTH - 1)} ${label === "" ? "│" : "┤"}${paint(line)}`;
  });
}

function spanText(span_ms: number): string {
  const minutes = Math.round(span_ms / 60_000);
  if (minutes < 1) return `${Math.round(span_ms / 1000)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The chart as text; empty where there are no books, no time or no room. */
export function runChart(points: readonly Point[], end_ms: number, columns: number, colors: Colors): string {
  const width = Math.min(columns - 1, WIDTH_MAX);
  const count = width - LABEL_WIDTH - 1;
  if (points.length === 0 || end_ms <= 0 || columns < COLUMNS_MIN) return "";
  const series = columnsOf(points, end_ms, count);
  const balances = series.map(({ balance_milli }) => balance_milli);
  const flows = series.map(({ flow_l_h }) => Math.max(0, flow_l_h));
  const [low, high, most] = [Math.min(0, ...balances), Math.max(0, ...balances), Math.max(...flows)];
  const [first, last] = ["00:00:00", timeText(end_ms)];
  const lines = [
    `balance, from ${centsText(Math.min(...balances))} to ${centsText(Math.max(...balances))}`,
    ...framed(bars(balances, low, high, BALANCE_ROWS), centsText(high), centsText(low), colors.green),
    `flow, the mean of each ${spanText(end_ms / count)}, up to ${Math.round(most)} l/h`,
    ...framed(bars(flows, 0, most, FLOW_ROWS), String(Math.round(most)), "0", colors.cyan),
    " ".repeat(LABEL_WIDTH + 1) + first + last.padStart(count - first.length),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
