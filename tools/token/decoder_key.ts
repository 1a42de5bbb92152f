/**
 * Decoder keys: from a region's vending key, the one key of one meter (IEC 62055-41, decoder key generation).
 *
 *   DKGA04   HMAC-SHA-256 under a vending key of 20 bytes, first 16 bytes (EA11) or 8 (EA07), over
 *              04 | 02 "04" | 02 base | 02 EA | 02 TI | 00 | 04 | 06 SGC | 01 KT | 01 KRN | 12 MeterPAN | bits
 *            where a byte of length stands before each text, base is "93", "14" or "35", and bits are the length of the
 *            key in 4 bytes: 00000040 or 00000080
 *   DKGA02   DES under a vending key of 8 bytes: X := PAN block xor control block; DES(X) xor X xor key. For EA07 alone
 *              PAN block      last 5 digits of the issuer and 11 of DRN, or 3 and 13: digits 2 to 17 of the MeterPAN
 *              control block  KT(1) SGC(6) TI(2) KRN(1) FFFFFF, a digit in each half byte
 *
 * DKGA01 and DKGA03 are not offered: what is known of them is not certain, and a wrong key is a token that nobody can
 * use.
 */
import { createCipheriv } from "node:crypto";
import { EA_STA, decoderKeyBytes } from "../../firmware/token/cipher";
import { KEY_TYPE_COMMON } from "../../firmware/token/books";
import type { BaseDate } from "../keys/names";
import { Secret } from "../keys/secret";
import { TokenError } from "./token_error";

export type KeyAlgorithm = "02" | "04";

export const VENDING_KEY_BYTES: Record<KeyAlgorithm, number> = { "02": 8, "04": 20 };

/** What a decoder key is made from, beside the vending key. */
export interface KeyAttributes {
  readonly dkga: KeyAlgorithm;
  /** Encryption algorithm, 7 or 11. */
  readonly ea: number;
  /** MeterPAN, 18 digits. */
  readonly pan: string;
  /** Supply group code, 6 digits. */
  readonly sgc: string;
  /** Tariff index, 2 digits. */
  readonly ti: string;
  /** Key revision number, 1 to 9. */
  readonly krn: number;
  /** Key type, 0 to 2. */
  readonly kt: number;
  readonly base: BaseDate;
}

function baseText(base: BaseDate): string {
  return String(base % 100).padStart(2, "0");
}

function text(value: string): number[] {
  return [value.length, ...Buffer.from(value, "ascii")];
}

/** The data block of DKGA04. */
export function dkga04Data(attributes: KeyAttributes): number[] {
  const { ea, pan, sgc, ti, krn, kt, base } = attributes;
  const ea_text = String(ea).padStart(2, "0");
  const front = [4, ...text("04"), ...text(baseText(base)), ...text(ea_text), ...text(ti)];
  const back = [0, 4, ...text(sgc), ...text(String(kt)), ...text(String(krn)), ...text(pan)];
  return [...front, ...back, 0, 0, 0, decoderKeyBytes(ea) * 8];
}

function xored(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, place) => byte ^ other[place]));
}

function dkga02(vending: Buffer, { pan, sgc, ti, krn, kt }: KeyAttributes): Buffer {
  const pan_block = Buffer.from(pan.slice(1, 17), "hex");
  const control = Buffer.from(`${kt}${sgc}${ti}${krn}FFFFFF`, "hex");
  const block = xored(pan_block, control);
  // Triple DES under the same key twice is single DES, which OpenSSL 3 has put away with the old algorithms.
  const des = createCipheriv("des-ede-ecb", Buffer.concat([vending, vending]), null).setAutoPadding(false);
  return xored(xored(Buffer.concat([des.update(block), des.final()]), block), vending);
}

/** The decoder key of one meter. */
export function decoderKey(vending: Secret, attributes: KeyAttributes): Secret {
  const { dkga, ea, kt } = attributes;
  if (vending.length !== VENDING_KEY_BYTES[dkga]) {
    throw new TokenError("bad_key", `vk: DKGA${dkga} takes a vending key of ${VENDING_KEY_BYTES[dkga]} bytes`);
  }
  if (kt === KEY_TYPE_COMMON) {
    throw new TokenError("bad_key", "kt: 3 is a key for cards; a meter with a keypad has 0, 1 or 2");
  }
  if (dkga === "04") {
    const whole = vending.hmacSha256(Buffer.from(dkga04Data(attributes)));
    return new Secret(whole.subarray(0, decoderKeyBytes(ea)));
  }
  if (ea !== EA_STA) throw new TokenError("bad_key", "ea: DKGA02 makes keys for EA07 alone (give ea 7, or dkga 04)");
  return new Secret(dkga02(vending.buffer(), attributes));
}
