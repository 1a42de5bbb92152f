import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { NAMEPLATE_MAX_BYTES, nameplateBytes, readNameplate } from "../../firmware/nameplate";
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
