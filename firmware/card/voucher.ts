/**
 * Voucher, 64 bytes (card file 2): what has ever been bought for one meter, on one card.
 *
 *    0   1  version, 1; 0 on a card that carries none yet
 *    1   2  utility
 *    3   3  region, supply group code as BCD
 *    6   9  meter, 18 digits as BCD (MeterPAN, IEC 62055-41 6.1.2)
 *   15   7  UID of the card; zeros: it comes by radio
 *   22   1  generation of the card
 *   23   4  sequence, one more with each voucher for this meter
 *   27   6  cumulative amount in milli-units: all that was ever bought by card for this meter
 *   33   4  version (id) of the tariff at which it was sold; 0: not said
 *   37   5  expiry, UTC seconds; 0: never
 *   42   4  point of sale
 *   46   2  zeros
 *   48  16  AES-CMAC (RFC 4493) over bytes 0 to 47 under the meter's own voucher key
 *
 * Why cumulative: a voucher says how much was ever bought, not how much is added. The meter credits the difference to
 * what it has taken, so a replayed, cloned or half-taken card can never credit twice, and one that was never shown is
 * made good by the next. Why under the meter's own key: an opened meter yields a key that makes vouchers for itself
 * alone; and the card's keys, which every meter of the region can derive, make none.
 */
import type { CmacKey } from "../crypto/cmac";
import { bytesAt, digitsAt, putDigits, putWhole, wholeAt } from "./bytes";
import { REGION_BYTES, VOUCHER_BYTES } from "./files";
import { signedBytes } from "./signature";

export const VOUCHER_VERSION = 1;
/** Where region and meter stand, as in read-backs. */
export const VOUCHER_PLACE = 3;
export const METER_BYTES = 9;
export const METER_DIGITS = 18;
export const UID_BYTES = 7;
/** UID in a voucher that no card carries: it comes by radio. */
export const NO_CARD: number[] = [0, 0, 0, 0, 0, 0, 0];

export interface Voucher {
  utility: number;
  region: string;
  /** 18 digits. */
  meter: string;
  uid: number[];
  generation: number;
  sequence: number;
  cumulative_milli: number;
  /** Tariff at which it was sold; 0: not said. */
  tariff_id: number;
  /** 0: never. */
  expiry_utc_s: number;
  point_of_sale: number;
}

/** What a meter takes of a voucher, once it has been found to be for it. */
export interface Purchase {
  uid: number[];
  generation: number;
  sequence: number;
  cumulative_milli: number;
  expiry_utc_s: number;
}

/** The voucher as bytes, signed under the meter's voucher key. */
export function voucherBytes(key: CmacKey, voucher: Voucher): number[] {
  let bytes = [VOUCHER_VERSION];
  putWhole(bytes, voucher.utility, 2);
  putDigits(bytes, voucher.region, REGION_BYTES);
  putDigits(bytes, voucher.meter, METER_BYTES);
  bytes = bytes.concat(voucher.uid);
  putWhole(bytes, voucher.generation, 1);
  putWhole(bytes, voucher.sequence, 4);
  putWhole(bytes, voucher.cumulative_milli, 6);
  putWhole(bytes, voucher.tariff_id, 4);
  putWhole(bytes, voucher.expiry_utc_s, 5);
  putWhole(bytes, voucher.point_of_sale, 4);
  putWhole(bytes, 0, 2);
  return signedBytes(key, bytes);
}

/** What the bytes of a voucher say was bought. */
export function purchaseOf(bytes: number[]): Purchase {
  return {
    uid: bytesAt(bytes, 15, UID_BYTES),
    generation: bytes[22],
    sequence: wholeAt(bytes, 23, 4),
    cumulative_milli: wholeAt(bytes, 27, 6),
    expiry_utc_s: wholeAt(bytes, 37, 5),
  };
}

/** What these bytes say, whoever wrote them; undefined when it is no voucher of this version, "none" on a new card. */
export function readVoucher(bytes: number[]): Voucher | "none" | undefined {
  if (bytes.length !== VOUCHER_BYTES) {
    return undefined;
  }
  if (bytes[0] === 0) {
    return "none";
  }
  const region = digitsAt(bytes, 3, REGION_BYTES);
  const meter = digitsAt(bytes, 6, METER_BYTES);
  if (bytes[0] !== VOUCHER_VERSION || region === "" || meter === "") {
    return undefined;
  }
  const bought = purchaseOf(bytes);
  return {
    utility: wholeAt(bytes, 1, 2),
    region: region,
    meter: meter,
    uid: bought.uid,
    generation: bought.generation,
    sequence: bought.sequence,
    cumulative_milli: bought.cumulative_milli,
    tariff_id: wholeAt(bytes, 33, 4),
    expiry_utc_s: bought.expiry_utc_s,
    point_of_sale: wholeAt(bytes, 42, 4),
  };
}
