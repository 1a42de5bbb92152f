import assert from "node:assert/strict";
import { RADIO_PART_MAX_BYTES } from "../../firmware/nameplate";
import {
  blankRadioPlate,
  keylessRadioPlate,
  radioPlateBytes,
  readRadioPlate,
  type RadioPlate,
} from "../../firmware/radio_plate";

const digits = (seed: number, bytes: number): string =>
  Buffer.from(Array.from({ length: bytes }, (_, place) => (seed + place * 37) % 256))
    .toString("hex")
    .toUpperCase();

/** The longest of everything. */
const FULL: RadioPlate = {
  station: {
    interval_s: 86_400,
    master_key: digits(1, 16),
    region_key: digits(2, 60),
    region_key_revision: 255,
    region_key_next: digits(3, 60),
    group: 65_535,
    listen_minute: 1439,
    listen_s: 3600,
  },
  update_key: digits(4, 60),
  update_key_revision: 255,
  update_key_next: digits(5, 60),
  modem: {
    wmbus: { mode: "T" },
    lorawan: {
      device_eui: digits(6, 8),
      join_eui: digits(7, 8),
      app_key: digits(8, 16),
      port: 223,
      frame_max_bytes: 242,
      multicast: `C:01020304:${digits(9, 16)}:${digits(10, 16)}:869525000:3:0`,
    },
  },
};

describe("radio's part of a nameplate", () => {
  const bytes = radioPlateBytes(FULL);

  it("gives back what was put in, and the longest of everything fits a nameplate", () => {
    assert.deepEqual(readRadioPlate(bytes), FULL);
    assert.ok(bytes.length <= RADIO_PART_MAX_BYTES, `${bytes.length} bytes`);
    for (const mode of ["C", "T"] as const) {
      const plate = { ...FULL, modem: { wmbus: { mode }, lorawan: undefined } };
      assert.deepEqual(readRadioPlate(radioPlateBytes(plate)), plate);
    }
    assert.deepEqual(readRadioPlate(radioPlateBytes(blankRadioPlate())), blankRadioPlate());
  });

  it("is none when it is empty, cut short, goes on, or has another form", () => {
    for (let length = 0; length < bytes.length; length++)
      assert.equal(readRadioPlate(bytes.slice(0, length)), undefined);
    assert.equal(readRadioPlate(`${bytes}\0`), undefined);
    assert.equal(readRadioPlate(`\x04${bytes.slice(1)}`), undefined);
  });

  it("without keys has every setting and no byte of a key, public ones neither", () => {
    const keyless = keylessRadioPlate(bytes);
    const { station, modem, update_key_revision } = readRadioPlate(keyless) ?? blankRadioPlate();
    const { interval_s, group, listen_minute, listen_s, region_key_revision } = FULL.station;
    assert.deepEqual(
      [station.interval_s, station.group, station.listen_minute, station.listen_s, station.region_key_revision],
      [interval_s, group, listen_minute, listen_s, region_key_revision],
    );
    assert.deepEqual([modem.wmbus, update_key_revision], [FULL.modem.wmbus, 255]);
    assert.deepEqual([modem.lorawan?.device_eui, modem.lorawan?.port], [FULL.modem.lorawan?.device_eui, 223]);
    const shown = Buffer.from(keyless, "latin1").toString("hex").toUpperCase();
    for (const key of [1, 2, 3, 4, 5, 8].map((seed) => digits(seed, 16).slice(0, 8)))
      assert.ok(!shown.includes(key), key);
    assert.ok(!keyless.includes("869525000"), "the group's keys stand in the same text");
    assert.equal(keylessRadioPlate("no part of a nameplate"), "");
  });
});
