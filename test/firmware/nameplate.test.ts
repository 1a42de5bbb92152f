import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { WHOLE_MAX, wholeField, writeFields } from "../../firmware/journal/fields";
import {
  NAMEPLATE_MAX_BYTES,
  RADIO_PART_MAX_BYTES,
  nameplateBytes,
  readNameplate,
  type Nameplate,
} from "../../firmware/nameplate";
import { HOLIDAYS_MAX } from "../../firmware/settings";
import { tokenSettingsFault } from "../../firmware/token/settings";
import { blocks, ROME, settings } from "./samples";

const checksum = (bytes: string): number => crc32(Buffer.from(bytes, "latin1"));
const PLATE = {
  settings: settings({
    ...ROME,
    meter_number: "600100000000000017",
    transport_key: "00112233445566778899AABBCCDDEEFF",
    utc_offset_min: -210,
    holidays: Array.from({ length: HOLIDAYS_MAX }, (_, day) => 20_000 + day),
    lifeline: "flow_limit",
    lifeline_open_s: 60,
    lifeline_period_s: 3600,
    friendly_weekends: true,
    tamper_shuts: true,
  }),
  tariff: blocks([
    [5000, 120_011],
    [12_000, 240_337],
    [0, 480_999],
  ]),
  radio: "",
};

const TABLED = {
  ...PLATE,
  settings: {
    ...PLATE.settings,
    tokens: {
      ...PLATE.settings.tokens,
      key: "00112233445566FF",
      paygo_key: "00112233445566778899AABBCCDDEEFF",
      tables: {
        first: Array.from({ length: 16 }, (_, place) => (place + 3) % 16),
        second: Array.from({ length: 16 }, (_, place) => 15 - place),
        permutation: Array.from({ length: 64 }, (_, place) => (place * 5 + 7) % 64),
      },
    },
  },
};

/** The longest of all that may be in it. */
const FULL = { ...TABLED, radio: "\xff".repeat(RADIO_PART_MAX_BYTES) };

/** What firmware before the radio's part has written. */
function version2Bytes(plate: Nameplate): string {
  // With a checksum of 0, the last two bytes are the length of the radio's part and that.
  const body = `\x04${nameplateBytes({ ...plate, radio: "" }, () => 0).slice(1, -2)}`;
  const sum = writeFields();
  wholeField(sum, checksum(body), 0, WHOLE_MAX);
  return body + sum.text;
}

describe("nameplate", () => {
  const bytes = nameplateBytes(PLATE, checksum);

  it("gives back every setting and the tariff, and fits its limit with the longest of them", () => {
    assert.deepEqual(readNameplate(bytes, checksum), PLATE);
    assert.ok(bytes.length <= NAMEPLATE_MAX_BYTES);
  });

  it("carries an operator's tables of EA07, and a meter takes them only when every place is in them once", () => {
    const tabled = nameplateBytes(TABLED, checksum);
    assert.deepEqual(readNameplate(tabled, checksum), TABLED);
    assert.ok(tabled.length <= NAMEPLATE_MAX_BYTES);
    assert.equal(tokenSettingsFault(TABLED.settings.tokens), "");
    for (const name of ["first", "second", "permutation"] as const) {
      const tables = { ...TABLED.settings.tokens.tables };
      tables[name] = [tables[name][1], ...tables[name].slice(1)];
      const read = readNameplate(
        nameplateBytes(
          { ...TABLED, settings: settings({ ...TABLED.settings, tokens: { ...TABLED.settings.tokens, tables } }) },
          checksum,
        ),
        checksum,
      );
      assert.equal(tokenSettingsFault(read?.settings.tokens ?? TABLED.settings.tokens), "token_tables", name);
    }
  });

  it("carries the radio's part as it is, whatever it says, and fits its limit with the longest of everything", () => {
    const full = nameplateBytes(FULL, checksum);
    assert.deepEqual(readNameplate(full, checksum), FULL);
    assert.ok(full.length <= NAMEPLATE_MAX_BYTES, `${full.length} bytes`);
  });

  it("of firmware before the radio's part is read, as that of a meter without a radio", () => {
    for (const plate of [PLATE, TABLED]) {
      const old = version2Bytes(plate);
      assert.deepEqual(readNameplate(old, checksum), { ...plate, radio: "" });
      for (let bit = 0; bit < old.length * 8; bit += 3) {
        const torn = Buffer.from(old, "latin1");
        torn[bit >> 3] ^= 1 << (bit & 7);
        assert.equal(readNameplate(torn.toString("latin1"), checksum), undefined, `bit ${bit}`);
      }
    }
  });

  it("holds every setting there is", () => {
    const read = readNameplate(bytes, checksum);
    assert.deepEqual(Object.keys(read?.settings ?? {}).sort(), Object.keys(settings()).sort());
    assert.deepEqual(Object.keys(read?.settings.tokens ?? {}).sort(), Object.keys(settings().tokens).sort());
  });

  it("is refused when any one bit of it is another", () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const torn = Buffer.from(bytes, "latin1");
      torn[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(readNameplate(torn.toString("latin1"), checksum), undefined, `bit ${bit}`);
    }
  });

  it("is refused when it is cut short, goes on, or is far too long", () => {
    for (let length = 0; length < bytes.length; length++)
      assert.equal(readNameplate(bytes.slice(0, length), checksum), undefined, `${length} bytes`);
    assert.equal(readNameplate(`${bytes}\0`, checksum), undefined);
    assert.equal(readNameplate(bytes.padEnd(NAMEPLATE_MAX_BYTES + 1, "\xff"), checksum), undefined);
  });
});
