import assert from "node:assert/strict";
import { ANNEX_MAX_BYTES, ANNEX_SECTOR_BLOCKS } from "../../firmware/annex";
import { HOT_LIST_MAX_BYTES } from "../../firmware/card/books";
import { BLOCKS_MAX, NO_LIMIT_L, PRICE_MAX_MILLI } from "../../firmware/credit/tariff";
import { EVENTS_UNSAVED_MAX_BYTES } from "../../firmware/event_log";
import { HOURS_MAX_BYTES } from "../../firmware/history";
import { readFields, writeFields } from "../../firmware/journal/fields";
import { layoutOf } from "../../firmware/journal/layout";
import { blocksOf } from "../../firmware/journal/record";
import { DAYS_KEPT } from "../../firmware/metrology/info_codes";
import { documentTariff, stateFields, tariffDocument } from "../../firmware/saved_state";
import type { Meter } from "../../firmware/state";
import { running } from "./rig";
import { blocks, tariff } from "./samples";

const SAFE = Number.MAX_SAFE_INTEGER;
/** What the journal puts in front: version, length, wear of thirteen sectors, two heads. */
const OWN_BYTES_MAX = 3 + 13 * 4 + 2 * 11;

function fill(meter: Meter): void {
  const { register, account, info, log, history } = meter;
  for (const key of ["volume_l", "reverse_l", "refused_pulses"] as const) register[key] = SAFE;
  for (const key of ["forward_seen", "reverse_seen"] as const) register[key] = 2 ** 32;
  account.balance_milli = -SAFE;
  for (const key of ["charged_milli", "credited_milli", "debt_milli", "standing_milli", "month_l"] as const) {
    account[key] = SAFE;
  }
  account.credit_sequence = -SAFE;
  for (const key of ["last_credit_milli", "lifeline_today_l", "lifeline_l"] as const) account[key] = SAFE;
  for (const key of ["day", "month", "paid_day", "lifeline_day"] as const) account[key] = 10_000_000;
  account.tariff = {
    id: SAFE,
    start_utc_s: SAFE,
    standing_milli: PRICE_MAX_MILLI,
    limits_l: new Array<number>(BLOCKS_MAX).fill(NO_LIMIT_L),
    prices_milli: new Array<number>(BLOCKS_MAX).fill(PRICE_MAX_MILLI),
  };
  info.days = new Array<number>(DAYS_KEPT).fill(1_048_575);
  log.count = SAFE;
  log.unsaved = "x".repeat(EVENTS_UNSAVED_MAX_BYTES);
  history.hours = "x".repeat(HOURS_MAX_BYTES);
  history.hour_l = SAFE;
}

function fillCards(meter: Meter): void {
  const { books } = meter.card;
  books.voucher_key = books.card_key = "x".repeat(16);
  books.sequence = books.order_sequence = 2 ** 32 - 1;
  books.cumulative_milli = 2 ** 48 - 1;
  books.moved_milli = SAFE;
  books.hot_list = "x".repeat(HOT_LIST_MAX_BYTES);
  books.visits = Array.from({ length: 8 }, () => ({ uid: "1234567", state: 1, from_milli: SAFE, used_milli: SAFE }));
}

describe("saved state", () => {
  it("at its longest, with cards and annex, fits a sector that attaching the annex asks for", () => {
    const { meter } = running();
    fill(meter);
    fillCards(meter);
    meter.annex.kept = "x".repeat(ANNEX_MAX_BYTES);
    const fields = writeFields();
    stateFields(fields, meter, { utc_s: 2 ** 36, pending_id: SAFE, resets: 1_000_000 });
    const layout = layoutOf({
      size_bytes: 65536,
      sector_bytes: 4096,
      page_bytes: 256,
      word_bytes: 8,
      programs_per_erase: 1,
      erase_limit: 10000,
    });
    assert.ok(layout !== undefined);
    const taken = blocksOf(layout, OWN_BYTES_MAX + fields.text.length);
    assert.equal(taken + 2, ANNEX_SECTOR_BLOCKS);
  });

  it("carries what an annex keeps along, and refuses more of it than it may be", () => {
    const { meter } = running();
    meter.annex.kept = "\x00\xffabc";
    const fields = writeFields();
    stateFields(fields, meter, { utc_s: 7, pending_id: 0, resets: 0 });
    const other = running().meter;
    const reading = readFields(fields.text);
    stateFields(reading, other, { utc_s: 0, pending_id: 0, resets: 0 });
    assert.ok(reading.ok);
    assert.equal(other.annex.kept, "\x00\xffabc");
    const long = readFields(fields.text + "x".repeat(ANNEX_MAX_BYTES));
    stateFields(long, other, { utc_s: 0, pending_id: 0, resets: 0 });
    assert.ok(!long.ok);
  });

  it("at its longest fits a sector of the smallest part, with its lanes", () => {
    const { meter } = running();
    fill(meter);
    const fields = writeFields();
    stateFields(fields, meter, { utc_s: 2 ** 36, pending_id: SAFE, resets: 1_000_000 });
    const layout = layoutOf({
      size_bytes: 32768,
      sector_bytes: 2048,
      page_bytes: 256,
      word_bytes: 8,
      programs_per_erase: 1,
      erase_limit: 10000,
    });
    assert.ok(layout !== undefined);
    const taken = blocksOf(layout, OWN_BYTES_MAX + fields.text.length);
    assert.ok(taken + 2 <= layout.sector_blocks, `${fields.text.length} bytes take ${taken} blocks`);
  });

  it("comes back as it was, in every field", () => {
    const rig = running({ tariff: blocks([[10, 1500], [0, 2500]]) }).litres(25); // prettier-ignore
    const fields = writeFields();
    stateFields(fields, rig.meter, { utc_s: 7, pending_id: 3, resets: 2 });
    const { meter } = running();
    const saved = { utc_s: 0, pending_id: 0, resets: 0 };
    const reading = readFields(fields.text);
    stateFields(reading, meter, saved);
    assert.ok(reading.ok);
    assert.equal(reading.place, fields.text.length);
    assert.deepEqual(saved, { utc_s: 7, pending_id: 3, resets: 2 });
    assert.deepEqual(meter.register, rig.meter.register);
    const again = writeFields();
    stateFields(again, meter, saved);
    assert.equal(again.text, fields.text);
  });

  it("is refused when it is cut short anywhere, and the register it still had is kept", () => {
    const { meter } = running().litres(25);
    const fields = writeFields();
    stateFields(fields, meter, { utc_s: 7, pending_id: 0, resets: 0 });
    // The last byte says that nothing is known of tokens; a commit without it is one from before them.
    for (let length = 0; length < fields.text.length - 1; length++) {
      const other = running().meter;
      const reading = readFields(fields.text.substring(0, length));
      stateFields(reading, other, { utc_s: 0, pending_id: 0, resets: 0 });
      assert.ok(!reading.ok);
      if (length > 10) assert.equal(other.register.volume_l, 25);
    }
  });

  it("is refused under another pulse fraction, in which the parts of a litre would be another volume", () => {
    const fields = writeFields();
    stateFields(fields, running().meter, { utc_s: 7, pending_id: 0, resets: 0 });
    const reading = readFields(fields.text);
    stateFields(reading, running({ settings: { pulse_pulses: 10 } }).meter, { utc_s: 0, pending_id: 0, resets: 0 });
    assert.ok(!reading.ok);
  });

  it("reads a tariff's document back, and only under its own id", () => {
    const sent = blocks([[10, 1500], [20, 0], [0, 2500]], { id: 9, start_utc_s: 77, standing_milli: 5 }); // prettier-ignore
    const text = tariffDocument(sent);
    assert.deepEqual(documentTariff(text, 9, tariff()), sent);
    assert.equal(documentTariff(text, 8, tariff()), undefined);
    assert.equal(documentTariff(text.slice(0, -1), 9, tariff()), undefined);
  });
});
