/**
 * Key matrix: rows are driven, columns are pulled up, and a key that is down joins its row and its column. Without
 * diodes two rows that are joined by keys pull each other down, so three keys of a rectangle show a fourth: a ghost.
 * Not modelled: contact bounce (a test presses and releases several times).
 */
import type { BusTime } from "./bus_time";
import type { PinTwin } from "./pins";
import { createPin, setPin } from "./pins";

export interface KeyMatrix {
  rows: PinTwin[];
  columns: PinTwin[];
  /** By row times the number of columns plus column. */
  down: boolean[];
}

/** Columns that a low row reaches, through any keys. */
function follow(matrix: KeyMatrix): void {
  const low_rows: boolean[] = [];
  for (const row of matrix.rows) {
    low_rows.push(!row.level);
  }
  const low_columns: boolean[] = [];
  for (let column = 0; column < matrix.columns.length; column++) {
    low_columns.push(false);
  }
  // As many turns as there are rows: a level goes from row to column to row.
  for (let turn = 0; turn < matrix.rows.length; turn++) {
    for (let key = 0; key < matrix.down.length; key++) {
      const row = Math.floor(key / matrix.columns.length);
      const column = key % matrix.columns.length;
      if (matrix.down[key] && (low_rows[row] || low_columns[column])) {
        low_rows[row] = true;
        low_columns[column] = true;
      }
    }
  }
  for (let column = 0; column < matrix.columns.length; column++) {
    setPin(matrix.columns[column], !low_columns[column]);
  }
}

export function createKeyMatrix(time: BusTime, rows: number, columns: number): KeyMatrix {
  const matrix: KeyMatrix = { rows: [], columns: [], down: [] };
  const changed = function (): void {
    follow(matrix);
  };
  for (let row = 0; row < rows; row++) {
    const pin = createPin(time, true);
    pin.on_level = changed;
    matrix.rows.push(pin);
  }
  for (let column = 0; column < columns; column++) {
    matrix.columns.push(createPin(time, true));
  }
  for (let key = 0; key < rows * columns; key++) {
    matrix.down.push(false);
  }
  return matrix;
}

export function setKey(matrix: KeyMatrix, key: number, down: boolean): void {
  matrix.down[key] = down;
  follow(matrix);
}
