/**
 * A meter with something to say, and random ones; bytes from digits; a crypto port that counts its blocks.
 */
import fc from "fast-check";
import type { Crypto } from "../../../hal/crypto";
import type { Address } from "../../../firmware/radio/link";
import { ERROR_NAMES, VALVE_POSITIONS } from "../../../firmware/radio/uplink";
import type { UplinkContent, UplinkHeader } from "../../../firmware/radio/uplink";
import { REASON_NAMES } from "../../../firmware/valve/reasons";
import { createNodeCrypto } from "../../../tools/keys/crypto";

export const bytes = (digits: string): number[] => [...Buffer.from(digits.replace(/\s/g, ""), "hex")];

export const KEY = bytes("000102030405060708090A0B0C0D0E0F");
export const METER: Address = { manufacturer: "CSB", id: "00420001", version: 1, device_type: 7 };
export const GATEWAY: Address = { manufacturer: "CSB", id: "99000001", version: 1, device_type: 0x31 };

export const HEADER: UplinkHeader = { address: METER, kind: "report", access: 5, counter: 77, listens: true };

export const CONTENT: UplinkContent = {
  volume_l: 123_456,
  reverse_l: 12,
  due: { volume_l: 120_000, date: { year: 2026, month: 10, day: 31 } },
  flow_l_h: 250,
  info_active: [false, false, true, false],
  info_hours: [0, 0, 100, 0],
  errors: ERROR_NAMES.map(() => false),
  battery_days: 3650,
  valve: "open",
  shut_reasons: REASON_NAMES.map(() => false),
  balance_milli: 12_345_678,
  debt_milli: 300_001,
  tariff_id: 7,
  time: { date: { year: 2026, month: 11, day: 21 }, hour: 19, minute: 5, summer_time: false },
};

/** The longest telegram there can be: every volume beyond 32 bits, the flow beyond 16. */
export const LONGEST: UplinkContent = {
  ...CONTENT,
  volume_l: 2 ** 40,
  reverse_l: 2 ** 40,
  due: { volume_l: 2 ** 40, date: { year: 2099, month: 12, day: 31 } },
  flow_l_h: 10_000_000,
  info_active: [true, true, true, true],
  info_hours: [720, 720, 720, 720],
  errors: ERROR_NAMES.map(() => true),
  shut_reasons: REASON_NAMES.map(() => true),
  balance_milli: -(2 ** 45),
  debt_milli: 2 ** 45,
  tariff_id: 2 ** 32 - 1,
};

/** Counts blocks of AES at the port. */
export function countingCrypto(): { crypto: Crypto; blocks: () => number } {
  const real = createNodeCrypto();
  let blocks = 0;
  const counted =
    (compute: Crypto["aes_cbc_encrypt"]): Crypto["aes_cbc_encrypt"] =>
    (key, initial, data) => {
      blocks += data.length / 16;
      return compute(key, initial, data);
    };
  const crypto = {
    aes_cbc_encrypt: counted(real.aes_cbc_encrypt.bind(real)),
    aes_cbc_decrypt: counted(real.aes_cbc_decrypt.bind(real)),
    sha256: undefined,
  };
  return { crypto, blocks: () => blocks };
}

const flags = (count: number) => fc.array(fc.boolean(), { minLength: count, maxLength: count });
const days = fc.record({
  year: fc.integer({ min: 2020, max: 2099 }),
  month: fc.integer({ min: 1, max: 12 }),
  day: fc.integer({ min: 1, max: 28 }),
});
/** Mostly a household's, sometimes beyond what 32 bits hold. */
const volumes = fc.oneof({ weight: 3, arbitrary: fc.nat(2 ** 31 - 1) }, fc.integer({ min: 2 ** 31, max: 2 ** 40 }));
const amounts = fc.oneof(fc.nat(2 ** 31 - 1), fc.integer({ min: 0, max: 2 ** 42 }));

export const contents: fc.Arbitrary<UplinkContent> = fc.record({
  volume_l: volumes,
  reverse_l: volumes,
  due: fc.option(fc.record({ volume_l: volumes, date: days }), { nil: undefined }),
  flow_l_h: fc.oneof(fc.nat(10_000), fc.nat(10_000_000)),
  info_active: flags(4),
  info_hours: fc.array(fc.nat(720), { minLength: 4, maxLength: 4 }),
  errors: flags(ERROR_NAMES.length),
  battery_days: fc.nat(40_000),
  valve: fc.constantFrom(...VALVE_POSITIONS),
  shut_reasons: flags(REASON_NAMES.length),
  balance_milli: fc.oneof(amounts, fc.integer({ min: -(2 ** 40), max: 0 })),
  debt_milli: amounts,
  tariff_id: fc.nat(2 ** 32 - 1),
  time: fc.option(fc.record({ date: days, hour: fc.nat(23), minute: fc.nat(59), summer_time: fc.boolean() }), {
    nil: undefined,
  }),
});
