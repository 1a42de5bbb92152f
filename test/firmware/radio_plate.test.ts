import assert from "node:assert/strict";
import { RADIO_PART_MAX_BYTES } from "../../firmware/nameplate";
import { bg96SettingsFault, type Bg96Settings } from "../../firmware/modem/bg96_commands";
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

const BG96: Bg96Settings = {
  apn: "a".repeat(64),
  apn_authentication: "chap",
  apn_user: "b".repeat(64),
  apn_password: "secret".padEnd(64, "1"),
  network: "lte_m",
  host: "h".repeat(100),
  port: 65_535,
  tls: true,
  ca_file: "f".repeat(64),
  client_id: "c".repeat(64),
  user: "u".repeat(64),
  password: "secret".padEnd(64, "2"),
  up_topic: "curbstop/meter/00420001/up".padEnd(40, "x"),
  down_topic: "curbstop/meter/00420001/down".padEnd(40, "x"),
  broadcast_topic: "curbstop/meters/down".padEnd(40, "x"),
  keepalive_s: 3600,
  edrx_s: 2622,
  psm_period_s: 35_712_000,
  psm_active_s: 11_160,
  watch_ms: 86_400_000,
};

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
      data_rate: 15,
      frame_max_bytes: 242,
      multicast: `C:01020304:${digits(9, 16)}:${digits(10, 16)}:869525000:3:0`,
    },
    bg96: undefined,
  },
};
/** The same with the longest of the other kind: a board has one modem. */
const MOBILE: RadioPlate = { ...FULL, modem: { wmbus: undefined, lorawan: undefined, bg96: BG96 } };

describe("radio's part of a nameplate", () => {
  const bytes = radioPlateBytes(FULL);

  it("gives back what was put in, and the longest of everything fits a nameplate", () => {
    assert.deepEqual(readRadioPlate(bytes), FULL);
    assert.ok(bytes.length <= RADIO_PART_MAX_BYTES, `${bytes.length} bytes`);
    assert.equal(bg96SettingsFault(BG96), "");
    assert.deepEqual(readRadioPlate(radioPlateBytes(MOBILE)), MOBILE);
    assert.ok(radioPlateBytes(MOBILE).length <= RADIO_PART_MAX_BYTES, `${radioPlateBytes(MOBILE).length} bytes`);
    for (const apn_authentication of ["none", "pap"] as const) {
      const bg96 = { ...BG96, apn_authentication, network: "nb_iot" as const, tls: false };
      const plate = { ...MOBILE, modem: { ...MOBILE.modem, bg96 } };
      assert.deepEqual(readRadioPlate(radioPlateBytes(plate)), plate);
    }
    for (const mode of ["C", "T"] as const) {
      const plate = { ...FULL, modem: { wmbus: { mode }, lorawan: undefined, bg96: undefined } };
      assert.deepEqual(readRadioPlate(radioPlateBytes(plate)), plate);
    }
    assert.deepEqual(readRadioPlate(radioPlateBytes(blankRadioPlate())), blankRadioPlate());
  });

  it("is none when it is empty, cut short, goes on, or has another form", () => {
    for (const whole of [bytes, radioPlateBytes(MOBILE)])
      for (let length = 0; length < whole.length; length++)
        assert.equal(readRadioPlate(whole.slice(0, length)), undefined);
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
    const mobile = keylessRadioPlate(radioPlateBytes(MOBILE));
    assert.deepEqual(readRadioPlate(mobile)?.modem.bg96, { ...BG96, apn_password: "", password: "" });
    assert.ok(!mobile.includes("secret"));
    assert.equal(keylessRadioPlate("no part of a nameplate"), "");
  });
});
