/**
 * wmbusmeters, which no one here wrote, reads our telegrams with the driver file that we ship, and made-up telegrams of
 * Kamstrup's meters with its own; every field is compared. It says nothing of a telegram that it refuses, so the
 * number of answers is compared, too.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { downlinkTelegram } from "../../../firmware/radio/downlink";
import { frameA, frameB } from "../../../firmware/radio/frames";
import { CREDIT_FIRST, SIGNED_FIRST, TOKEN_FIRST } from "../../../firmware/radio/radio_results";
import { meterTelegram, putAnswers, statusOf, uplinkRecords, uplinkTelegram } from "../../../firmware/radio/uplink";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { hex } from "../../../tools/hex";
import { compactText, sessionContent } from "../../../tools/radio/encode";
import { fieldsOf } from "../../../tools/radio/meters";
import { decodeTelegram } from "../../../tools/radio/telegram";
import { bytes, CONTENT, contents, GATEWAY, HEADER, KEY, LONGEST, METER } from "../../firmware/radio/samples";
import { telegramsOf } from "../../vectors";

const DRIVER = join(__dirname, "..", "..", "..", "tools", "radio", "curbstop.xmq");
const NAME = "Cellar";
const SEED = 20_261_122;
const TELEGRAMS = 150;
/** Fields that only we print: README.md of tools/radio. */
const OURS_ALONE = /^(message_counter_nr|answer(_\d+)?_request_nr|answer_\d+|verdict_version_nr)$/;
const crypto = createNodeCrypto();

type Answer = Record<string, unknown>;

/** What wmbusmeters prints, without the time of hearing. */
function answersOf(words: string[], input: string): Answer[] {
  const { stdout, stderr } = spawnSync("wmbusmeters", words, { input, encoding: "utf8", timeout: 60_000 });
  assert.equal(stderr, "");
  return stdout.split("\n").flatMap((line) => {
    if (line === "") return [];
    const { timestamp, ...answer } = JSON.parse(line) as Answer;
    assert.equal(typeof timestamp, "string");
    return [answer];
  });
}

/** Telegrams without sums, all heard by one receiver, in their order. */
function heard(telegrams: number[][], driver: string, id: string, key: number[]): Answer[] {
  const words = ["--silent", "--format=json", "stdin:hex", NAME, driver, id, hex(key)];
  return answersOf(words, telegrams.map((telegram) => `${hex(telegram)}\n`).join(""));
}

/** A frame as it is on the air. */
function heardFrame(frame: number[], driver: string, id: string, key: number[]): Answer[] {
  return answersOf(["--silent", "--format=json", hex(frame), NAME, driver, id, hex(key)], "");
}

/**
 * What we say of them. wmbusmeters goes on printing what a telegram before has said and this one has not, so that is
 * added here.
 */
function ours(telegrams: number[][], key: number[]): Answer[] {
  let known: Answer = {};
  return telegrams.map((telegram) => {
    const fields = fieldsOf(decodeTelegram(telegram, { key }), NAME);
    known = { ...known, ...Object.fromEntries(Object.entries(fields).filter(([name]) => !OURS_ALONE.test(name))) };
    return known;
  });
}

/** Content, differing in its counter, so that none is taken for a repetition. */
const uplinks = (list: readonly (typeof CONTENT)[]) =>
  list.map((content, counter) => uplinkTelegram(crypto, KEY, { ...HEADER, counter, access: counter & 255 }, content));

describe("radio: wmbusmeters", function () {
  before(function () {
    if (spawnSync("wmbusmeters", ["--version"]).error !== undefined) this.skip();
  });

  it("reads our telegram with our driver, and prints the numbers that went in", () => {
    const [answer] = heard(uplinks([CONTENT]), DRIVER, METER.id, KEY);
    assert.deepEqual(answer, {
      _: "telegram",
      media: "water",
      meter: "curbstop",
      name: NAME,
      id: "00420001",
      total_m3: 123.456,
      total_backward_m3: 0.012,
      target_m3: 120,
      target_date: "2026-10-31",
      flow_m3h: 0.25,
      meter_datetime: "2026-11-21 19:05",
      battery_d: 3650,
      credit_nr: 123.456,
      debit_nr: 3.001,
      tariff_version_nr: 7,
      valve: "OPEN",
      shut_reasons: "",
      status: "LEAK",
      time_dry: "",
      time_reversed: "",
      time_leaking: "4-7 days",
      time_bursting: "",
    });
  });

  it(`agrees with us on ${TELEGRAMS} random meters, field by field (seed ${SEED})`, () => {
    const telegrams = uplinks([LONGEST, ...fc.sample(contents, { numRuns: TELEGRAMS, seed: SEED })]);
    assert.deepEqual(heard(telegrams, DRIVER, METER.id, KEY), ours(telegrams, KEY));
  });

  it("names every answer and every verdict as we do, and those of firmware to come alike", () => {
    const codes = Array.from({ length: 256 }, (_, code) => code);
    const telegrams = codes.map((code) => {
      const records = [...uplinkRecords(CONTENT)];
      const answers = [code, 255 - code].map((one, place) => ({ request: 0xabcdef + place, code: one }));
      const verdict = { version: 0x7fffff00 + code, code };
      assert.equal(putAnswers(records, verdict, answers), answers.length);
      const header = { ...HEADER, counter: code, access: code };
      return meterTelegram(crypto, KEY, header, statusOf(CONTENT), records);
    });
    const fields = ours(telegrams, KEY);
    assert.deepEqual(heard(telegrams, DRIVER, METER.id, KEY), fields);
    assert.equal(fields[TOKEN_FIRST].answer, "TOKEN_ACCEPTED");
    assert.equal(fields[CREDIT_FIRST].answer, "CREDIT_ACCEPTED");
    assert.equal(fields[SIGNED_FIRST].verdict, "SIGNED_UNKNOWN_FORMAT");
  });

  it("reads both frame formats, a report and an installation", () => {
    const [report] = uplinks([CONTENT]);
    const installation = uplinkTelegram(crypto, KEY, { ...HEADER, kind: "installation", counter: 9 }, CONTENT);
    const expected = ours([report], KEY);
    for (const frame of [frameA(report), frameB(report), frameA(installation), frameB(installation)])
      assert.deepEqual(heardFrame(frame, DRIVER, METER.id, KEY), expected);
  });

  it("refuses what we refuse: another key, and a telegram with a bit turned over", () => {
    const [telegram] = uplinks([CONTENT]);
    assert.deepEqual(heard([telegram], DRIVER, METER.id, bytes("00".repeat(16))), []);
    const damaged = [40, 70, 115].map((at) => telegram.map((byte, index) => (index === at ? byte ^ 1 : byte)));
    for (const one of damaged) assert.throws(() => decodeTelegram(one, { key: KEY }), { code: "wrong_mac" });
    assert.deepEqual(heard(damaged, DRIVER, METER.id, KEY), []);
  });

  it("takes our message to a meter for none of its telegrams", () => {
    const header = { gateway: GATEWAY, meter: METER, access: 1, counter: 1, is_next: false };
    assert.deepEqual(heard([downlinkTelegram(crypto, KEY, header, bytes("01FD1A00"))], DRIVER, METER.id, KEY), []);
  });

  it("agrees with us on made-up telegrams of Kamstrup's meters, full and compact", () => {
    const telegrams = kamstrupTelegrams();
    assert.deepEqual(heard(telegrams, "kamwater", KAMSTRUP.id, KEY), ours(telegrams, KEY));
  });

  telegramsOf(
    "prints for itself what has been published for it",
    ({ wmbusmeters_json }) => wmbusmeters_json !== undefined && wmbusmeters_json.meter !== "auto",
    ({ telegram, key, wmbusmeters_json: published }) => {
      const { name, ...expected } = published!;
      assert.equal(typeof name, "string");
      const answers = heard([bytes(telegram!)], expected.meter as string, expected.id as string, bytes(key!));
      assert.deepEqual(answers, [{ ...expected, name: NAME }]);
    },
  );
});

const KAMSTRUP = { manufacturer: "KAM", id: "76348799", version: 27, device_type: 22 };
/** Heads of Kamstrup's formats, each with the bytes of its value and what bounds it. */
const FORMATS: [head: string, length: number, mask: number][][] = [
  [
    ["02FF20", 2, 0xffff],
    ["0413", 4, 0x7fffffff],
    ["4413", 4, 0x7fffffff],
    ["615B", 1, 0x7f],
    ["6167", 1, 0x7f],
  ],
  [
    ["02FF20", 2, 0xffff],
    ["0413", 4, 0x7fffffff],
    ["92013B", 2, 0x7fff],
    ["A1015B", 1, 0x7f],
    ["8101E7FF0F", 1, 0x7f],
  ],
  [
    ["02FF20", 2, 0xffff],
    ["0413", 4, 0xffffffff],
    ["523B", 2, 0x7fff],
  ],
  [
    ["02FF20", 2, 0xffff],
    ["0413", 4, 0x7fffffff],
    ["4413", 4, 0x7fffffff],
  ],
];

function kamstrupTelegrams(): number[][] {
  const samples = fc.sample(fc.tuple(fc.nat(FORMATS.length - 1), fc.boolean(), fc.infiniteStream(fc.nat(0xffffffff))), {
    numRuns: TELEGRAMS,
    seed: SEED,
  });
  return samples.map(([format, is_compact, numbers], index) => {
    const heads = FORMATS[format].map(([head]) => bytes(head));
    const values = FORMATS[format].map(([, length, mask]) => {
      const value = Buffer.alloc(4);
      value.writeUInt32LE(Number(BigInt(numbers.next().value as number) & BigInt(mask)));
      return [...value.subarray(0, length)];
    });
    const full = [0x78, ...heads.flatMap((head, at) => [...head, ...values[at]])];
    const text = is_compact ? compactText(heads, values) : full;
    const session = [index & 255, index >> 8, 0x7c, 0x21];
    return sessionContent(
      { c_field: 0x44, sender: KAMSTRUP, communication: 0x20, access: index & 255, session },
      KEY,
      text,
    );
  });
}
