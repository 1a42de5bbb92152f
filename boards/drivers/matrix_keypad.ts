/**
 * Matrix keypad: twelve keys in four rows and three columns, as on a telephone. Rows are outputs (open drain or through
 * diodes), columns inputs that are pulled up.
 *
 *            column 0  column 1  column 2
 *   row 0       1         2         3
 *   row 1       4         5         6
 *   row 2       7         8         9
 *   row 3       *         0         #
 *
 * At rest all rows are low and the columns are watched: nothing runs until a key goes down, but for a look every
 * IDLE_LOOK_MS, because an engine may have removed the watch. Then one row at a time is low, every SCAN_MS: a key
 * counts once it is the only one in SCANS_STEADY scans in a row, and the next one counts after as many scans without
 * any. Two keys at once are none: in a matrix a third one may seem to be down with them.
 *
 * Port: keypad (expander).
 */
import { assert } from "../../firmware/assert";
import type { Keypad } from "../../hal/keypad";
import type { Timer } from "../../hal/timer";
import type { Delay, OutputPin, WatchedPin } from "./bus";

export const SCAN_MS = 10;
export const SCANS_STEADY = 3;
export const IDLE_LOOK_MS = 200;
/** A row's level reaches the columns through the keypad's lines. */
const ROW_SETTLE_US = 20;

const ROWS = 4;
const COLUMNS = 3;
/** By row, then column. */
const KEYS = "123456789*0#";
const NO_KEY = "";
const MANY_KEYS = "+";

interface State {
  rows: OutputPin[];
  columns: WatchedPin[];
  timer: Timer;
  delay: Delay;
  scanning: boolean;
  /** What the last scans saw, and how many in a row. */
  seen: string;
  steady: number;
  /** A key was told, and none of it is told again before all are up. */
  told: boolean;
  listener: (key: string) => void;
}

function setRows(state: State, high: boolean): void {
  for (const row of state.rows) {
    row.set(high);
  }
}

function anyDown(state: State): boolean {
  for (const column of state.columns) {
    if (!column.high()) {
      return true;
    }
  }
  return false;
}

/** The one key that is down, NO_KEY or MANY_KEYS. */
function scanned(state: State): string {
  let key = NO_KEY;
  setRows(state, true);
  for (let row = 0; row < ROWS; row++) {
    state.rows[row].set(false);
    state.delay.wait_us(ROW_SETTLE_US);
    for (let column = 0; column < COLUMNS; column++) {
      if (!state.columns[column].high()) {
        const place = row * COLUMNS + column;
        key = key === NO_KEY ? KEYS.substring(place, place + 1) : MANY_KEYS;
      }
    }
    state.rows[row].set(true);
  }
  return key;
}

function rest(state: State): void {
  state.scanning = false;
  state.seen = NO_KEY;
  state.steady = 0;
  setRows(state, false);
  arm(state);
  state.timer.alarm(state.timer.now_ms() + IDLE_LOOK_MS, function () {
    idleLook(state);
  });
}

function idleLook(state: State): void {
  // An expander may have missed them, or lost them to a dip of its supply.
  setRows(state, false);
  if (anyDown(state)) {
    wake(state);
    return;
  }
  state.timer.alarm(state.timer.now_ms() + IDLE_LOOK_MS, function () {
    idleLook(state);
  });
}

function watchColumn(state: State, column: WatchedPin): void {
  column.watch(function (high) {
    if (!high && !state.scanning) {
      wake(state);
    }
  });
}

function arm(state: State): void {
  for (const column of state.columns) {
    watchColumn(state, column);
  }
}

function wake(state: State): void {
  state.scanning = true;
  state.told = false;
  scan(state);
}

function scan(state: State): void {
  state.timer.alarm(state.timer.now_ms() + SCAN_MS, function () {
    scan(state);
  });
  const key = scanned(state);
  state.steady = key === state.seen ? state.steady + 1 : 1;
  state.seen = key;
  if (state.steady < SCANS_STEADY) {
    return;
  }
  if (key === NO_KEY) {
    rest(state);
  } else if (key !== MANY_KEYS && !state.told) {
    state.told = true;
    state.listener(key);
  }
}

function nobody(key: string): void {
  assert(key.length === 1, "a key has one character");
}

/** The timer must be the keypad's own. */
export function createMatrixKeypad(rows: OutputPin[], columns: WatchedPin[], timer: Timer, delay: Delay): Keypad {
  assert(rows.length === ROWS && columns.length === COLUMNS, "a telephone's keypad has four rows and three columns");
  const state: State = {
    rows: rows,
    columns: columns,
    timer: timer,
    delay: delay,
    scanning: false,
    seen: NO_KEY,
    steady: 0,
    told: false,
    listener: nobody,
  };
  rest(state);
  return {
    on_key: function (listener) {
      state.listener = listener;
      if (!state.scanning) {
        arm(state);
      }
    },
  };
}
