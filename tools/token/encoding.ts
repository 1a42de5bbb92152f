/**
 * `curbstop token encode`: tokens from complete descriptions, each as {token, decoder_key, tid}. For trials and for the
 * published vectors: nothing is remembered, so who sells with it can sell one TID twice. Selling is vending.ts.
 */
import { identifiedToken, randomFour } from "./building";
import { tidAt } from "./tid";
import { TokenError } from "./token_error";
import type { TokenInput } from "./token_input";

export interface EncodedToken {
  token: string;
  /** Hexadecimal: the caller has given the vending key, which is worth more. */
  decoder_key: string;
  tid: number;
}

const KEY_CHANGE_SUBS = [3, 4, 8, 9];
const CLASS_MANAGEMENT = 2;

/** Refuses a token that the key's expiry number, as the meter knows it, has made worthless. */
export function assertNotExpired(tid: number, ken: number, where: string): void {
  if (Math.floor(tid / 65_536) <= ken) return;
  const advice = "rotate the vending key and change the meter's key";
  throw new TokenError("key_expired", `${where}the key's expiry number is ${ken}, and the time is past it (${advice})`);
}

export function encodeToken(input: TokenInput, where: string): EncodedToken {
  const { attributes, token_class, sub, amount, ken, tables, decoder_key } = input;
  if (token_class === CLASS_MANAGEMENT && KEY_CHANGE_SUBS.includes(sub)) {
    throw new TokenError("bad_input", `${where}sub ${sub} changes a key (curbstop token key-change makes those)`);
  }
  const tid = tidAt(attributes.base, input.at);
  assertNotExpired(tid, ken, where);
  const rnd = input.rnd ?? randomFour();
  const key = { ea: attributes.ea, key: decoder_key, tables };
  const token = identifiedToken(key, { token_class, sub, tid, rnd, amount });
  return { token, decoder_key: decoder_key.buffer().toString("hex"), tid };
}
