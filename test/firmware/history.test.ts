import assert from "node:assert/strict";
import {
  MONTHS_KEPT,
  MONTH_NUMBERS,
  addHour,
  addMonth,
  createHistory,
  dropHours,
  hourField,
} from "../../firmware/history";
import { readFields } from "../../firmware/journal/fields";
import { documentMonths, monthsDocument } from "../../firmware/saved_state";

function hours(run: string, count: number): number[] {
  const fields = readFields(run);
  return Array.from({ length: count }, () => hourField(fields, 0));
}

describe("history", () => {
  it("books the litres of each hour, and the end of the first", () => {
    const history = createHistory();
    for (const [volume_l, utc_s] of [
      [0, 3600],
      [70, 7200],
      [70, 10800],
      [100070, 14400],
    ]) {
      addHour(history, volume_l, utc_s);
    }
    assert.deepEqual(hours(history.hours, history.hours_count), [0, 70, 0, 100000]);
    assert.equal(history.from_utc_s, 3600);
    assert.equal(history.hours.length, 1 + 1 + 1 + 3);
    dropHours(history);
    addHour(history, 100071, 18000);
    assert.deepEqual(hours(history.hours, history.hours_count), [1]);
    assert.equal(history.from_utc_s, 18000);
  });

  it("keeps the last twelve months", () => {
    const history = createHistory();
    for (let month = 1; month <= 30; month++) addMonth(history, month, month * 10, month * 100);
    assert.equal(history.months.length, MONTHS_KEPT * MONTH_NUMBERS);
    assert.deepEqual(history.months.slice(0, 3), [19, 190, 1900]);
    assert.deepEqual(history.months.slice(-3), [30, 300, 3000]);
  });

  it("books a month once, though it ends again after a power cut", () => {
    const history = createHistory();
    addMonth(history, 7, 10, 100);
    addMonth(history, 8, 20, 200);
    addMonth(history, 8, 21, 210);
    assert.deepEqual(history.months, [7, 10, 100, 8, 21, 210]);
  });

  it("reads months back from their document, and nothing from any other text", () => {
    const months = [7, 10, 100, 8, 21, 210];
    assert.deepEqual(documentMonths(monthsDocument(months)), months);
    assert.deepEqual(documentMonths(monthsDocument([])), []);
    assert.deepEqual(documentMonths(monthsDocument(months.slice(0, 5))), []);
    assert.deepEqual(documentMonths(monthsDocument(months).slice(0, -1)), []);
    assert.deepEqual(documentMonths(""), []);
  });
});
