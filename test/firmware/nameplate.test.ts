import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { NAMEPLATE_MAX_BYTES, nameplateBytes, readNameplate } from "../../firmware/nameplate";
import { HOLIDAYS_MAX } from "../../firmware/settings";
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

describe("nameplate", () => {
  const bytes = nameplateBytes(PLATE, checksum);

  it("gives back every setting and the tariff, and fits its limit with the longest of them", () => {
    assert.deepEqual(readNameplate(bytes, checksum), PLATE);
    assert.ok(bytes.length <= NAMEPLATE_MAX_BYTES);
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
