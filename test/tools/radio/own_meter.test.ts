/**
 * Our meter: the fields are what went into the telegram. The expectation is computed from the content alone.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ERROR_NAMES,
  meterTelegram,
  putAnswers,
  statusOf,
  uplinkRecords,
  uplinkTelegram,
  type UplinkContent,
} from "../../../firmware/radio/uplink";
import type { Day } from "../../../firmware/radio/records";
import { REASON_NAMES } from "../../../firmware/valve/reasons";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { fieldsOf } from "../../../tools/radio/meters";
import { decodeTelegram } from "../../../tools/radio/telegram";
import { CONTENT, contents, HEADER, KEY } from "../../firmware/radio/samples";

/** What a technician would call the state of each error. */
const STATUS_OF: Record<string, string> = {
  valve_fault: "PERMANENT_ERROR",
  flow_while_shut: "ALARM",
  sensor_cable_cut: "PERMANENT_ERROR",
  case_open: "ALARM",
  magnet: "ALARM",
  reader_cover: "ALARM",
  storage_fault: "PERMANENT_ERROR",
  battery_low: "POWER_LOW",
  clock_not_set: "TEMPORARY_ERROR",
  flow_impossible: "TEMPORARY_ERROR",
};

const chosen = (names: readonly string[], flags: readonly boolean[]): string[] =>
  names.filter((_, index) => flags[index]).map((name) => name.toUpperCase());
const sorted = (names: string[]): string => [...new Set(names)].sort().join(" ");
const dayText = ({ year, month, day }: Day): string =>
  [year, month, day].map((part) => String(part).padStart(2, "0")).join("-");

function durationText(hours: number): string {
  if (hours === 0) return "";
  if (hours <= 8) return "1-8 hours";
  if (hours <= 24) return "9-24 hours";
  const days = Math.ceil(hours / 24);
  const steps: [number, string][] = [
    [3, "2-3 days"],
    [7, "4-7 days"],
    [14, "8-14 days"],
    [21, "15-21 days"],
    [31, "22-31 days"],
  ];
  return steps.find(([most]) => days <= most)?.[1] ?? "none";
}

function expectedFields(content: UplinkContent): Record<string, unknown> {
  const errors = chosen(ERROR_NAMES, content.errors);
  const codes = chosen(["dry", "reverse", "leak", "burst"], content.info_active);
  const states = errors.map((name) => STATUS_OF[name.toLowerCase()]);
  const [dry, reversed, leaking, bursting] = content.info_hours.map(durationText);
  const { due, time } = content;
  const clock = time === undefined ? [] : [time.hour, time.minute].map((part) => String(part).padStart(2, "0"));
  return {
    _: "telegram",
    media: "water",
    meter: "curbstop",
    id: "00420001",
    total_m3: content.volume_l / 1000,
    total_backward_m3: content.reverse_l / 1000,
    ...(due === undefined ? {} : { target_m3: due.volume_l / 1000, target_date: dayText(due.date) }),
    flow_m3h: content.flow_l_h / 1000,
    ...(time === undefined ? {} : { meter_datetime: `${dayText(time.date)} ${clock.join(":")}` }),
    battery_d: Math.min(content.battery_days, 32_767),
    credit_nr: Math.floor(content.balance_milli / 100) / 1000,
    debit_nr: Math.ceil(content.debt_milli / 100) / 1000,
    tariff_version_nr: content.tariff_id,
    valve: content.valve.toUpperCase(),
    shut_reasons: sorted(chosen(REASON_NAMES, content.shut_reasons)),
    status: sorted([...errors, ...codes, ...states]) || "OK",
    time_dry: dry,
    time_reversed: reversed,
    time_leaking: leaking,
    time_bursting: bursting,
    message_counter_nr: HEADER.counter,
  };
}

describe("radio: our meter", () => {
  it("gives the fields that went into its telegram, for random meters", () => {
    fc.assert(
      fc.property(contents, (content) => {
        const telegram = uplinkTelegram(createNodeCrypto(), KEY, HEADER, content);
        assert.deepEqual(fieldsOf(decodeTelegram(telegram, { key: KEY })), expectedFields(content));
      }),
      { numRuns: 500 },
    );
  });

  it("names what came of messages and of a signed content, with their numbers", () => {
    const records = [...uplinkRecords(CONTENT)];
    const answers = [
      { request: 70_000, code: 0 },
      { request: 70_001, code: 67 },
      { request: 70_002, code: 200 },
    ];
    putAnswers(records, { version: 9, code: 100 }, answers);
    const telegram = meterTelegram(createNodeCrypto(), KEY, HEADER, statusOf(CONTENT), records);
    const fields = fieldsOf(decodeTelegram(telegram, { key: KEY }));
    assert.deepEqual([fields.answer, fields.answer_request_nr], ["ACCEPTED", 70_000]);
    assert.deepEqual([fields.answer_2, fields.answer_2_request_nr], ["TOKEN_OVERFLOW", 70_001]);
    assert.deepEqual([fields.answer_3, fields.answer_3_request_nr], ["ANSWER_C8000000", 70_002]);
    assert.deepEqual([fields.verdict, fields.verdict_version_nr], ["SIGNED_OLD_VERSION", 9]);
  });
});
