/**
 * Whatever comes over the air: a telegram is read, or refused by name. Nothing else is ever thrown, and nothing is
 * genuine that was not sealed. Cases follow from the seed.
 */
import assert from "node:assert/strict";
import { frameA, frameB } from "../../../firmware/radio/frames";
import { uplinkTelegram } from "../../../firmware/radio/uplink";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { compactText, mode5Content, sessionContent } from "../../../tools/radio/encode";
import { explanation } from "../../../tools/radio/explain";
import { Formats } from "../../../tools/radio/compact";
import { readFrame } from "../../../tools/radio/frame";
import { fieldsOf } from "../../../tools/radio/meters";
import { RadioError } from "../../../tools/radio/radio_error";
import { decodeTelegram } from "../../../tools/radio/telegram";
import { wiredLong } from "../../../firmware/radio/wired";
import { bytes, CONTENT, GATEWAY, HEADER, KEY, METER } from "../../firmware/radio/samples";

const SEED = 20_261_122;
const CASES = 20_000;

/** Mulberry32: the same cases on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const RECORDS = bytes("0C1427048502 046D32371F15 02FD170000 0DFD1103434241 017C036D70702A 8480401301000000");
const KAMSTRUP = { manufacturer: "KAM", id: "76348799", version: 27, device_type: 22 };
const SESSION = { c_field: 0x44, sender: KAMSTRUP, communication: 0x20, access: 1, session: bytes("91D37C21") };

/** A good telegram of every kind. */
function samples(): number[][] {
  const own = uplinkTelegram(createNodeCrypto(), KEY, HEADER, CONTENT);
  const mode5 = { c_field: 0x44, sender: GATEWAY, access: 7, status: 0, configuration: 0x2000 };
  const text = [0x2f, 0x2f, ...RECORDS];
  const compact = compactText(
    [bytes("02FF20"), bytes("0413"), bytes("4413")],
    [bytes("0000"), bytes("E8030000"), bytes("84030000")],
  );
  return [
    own,
    frameA(own),
    frameB(own),
    mode5Content(mode5, KEY, text),
    mode5Content({ ...mode5, meter: METER }, KEY, text, RECORDS),
    sessionContent(SESSION, KEY, [0x78, ...RECORDS]),
    sessionContent(SESSION, KEY, compact),
    [14 + RECORDS.length, 0x44, ...own.slice(2, 10), 0x7a, 1, 0, 0, 0, ...RECORDS],
    wiredLong(8, 1, 0x72, [...bytes("78563412931533032A000000"), ...RECORDS]),
  ];
}

describe("radio: fuzz", () => {
  const seen = { read: 0, refused: new Map<string, number>() };

  function attempt(telegram: number[], key: number[] | undefined, formats: Formats, replay: string): boolean {
    try {
      const read = decodeTelegram(telegram, { key, formats });
      assert.ok(explanation(read, fieldsOf(read)).length > 0);
      seen.read += 1;
      return read.transport.mode === 7;
    } catch (error) {
      if (!(error instanceof RadioError)) throw new Error(`${replay}: ${String(error)}`, { cause: error });
      assert.ok(error.message.length < 200 && !error.message.includes("\n"), error.message);
      seen.refused.set(error.code, (seen.refused.get(error.code) ?? 0) + 1);
      return false;
    }
  }

  it("has good samples to begin with", () => {
    for (const [index, sample] of samples().entries())
      assert.doesNotThrow(() => decodeTelegram(sample, { key: KEY }), `sample ${index}`);
  });

  it(`reads or refuses ${CASES} damaged and random telegrams by name (seed ${SEED})`, function () {
    const below = generator(SEED);
    const good = samples();
    const genuine = good[0].slice(13);
    const formats = new Formats();
    for (let index = 0; index < CASES; index++) {
      const telegram = changed(good, below);
      const key = below(8) === 0 ? undefined : KEY;
      const text = Buffer.from(telegram).toString("hex");
      const is_genuine = attempt(telegram, key, formats, `case ${index}, ${text}`);
      // The MAC covers all behind the extended link layer; what is in front of it may differ.
      if (is_genuine) assert.ok(holds(telegram, genuine), `forged: ${text}`);
    }
    assert.ok(seen.read > 100, `${seen.read} read`);
    for (const code of ["truncated", "wrong_length", "unsupported", "wrong_key", "wrong_mac", "key_missing", "bad_crc"])
      assert.ok((seen.refused.get(code) ?? 0) > 10, `${code}: ${seen.refused.get(code) ?? 0}`);
  });
});

/** Whether a telegram, with or without sums, has these layers to its end. */
function holds(telegram: number[], layers: number[]): boolean {
  const { content } = readFrame(telegram);
  return layers.every((byte, index) => content[13 + index] === byte) && content.length === 13 + layers.length;
}

/** A sample with bits turned over, bytes put in, cut off or mixed with another one; or noise. */
function changed(good: number[][], below: (limit: number) => number): number[] {
  const noise = (length: number): number[] => Array.from({ length }, () => below(256));
  const telegram = [...good[below(good.length)]];
  const at = below(telegram.length);
  const kind = below(7);
  if (kind === 0) return noise(below(300));
  if (kind === 1) telegram[at] ^= 1 << below(8);
  else if (kind === 2) telegram.splice(at, below(4), ...noise(below(4)));
  else if (kind === 3) telegram.length = at;
  else if (kind === 4) telegram.splice(at, telegram.length, ...good[below(good.length)].slice(at));
  else if (kind === 5) for (let times = below(6); times >= 0; times--) telegram[below(telegram.length)] = below(256);
  else telegram.splice(10, telegram.length, ...noise(below(246)));
  // Half of them with the right length, so that more than the length is looked at.
  if (below(2) === 0 && telegram.length > 0) telegram[0] = (telegram.length - 1) & 255;
  return telegram;
}
