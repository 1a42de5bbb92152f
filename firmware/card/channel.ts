/**
 * Channel: the reader's side of a DESFire session, mutual authentication with AES and the MACs after it (EV1 secure
 * messaging; data sheet MF3ICDx21_41_81, vectors in libfreefare and AN12343).
 *
 * Authentication (command AA, key number):
 *   card    E(key, RndB)                                    first value of the chaining: zeros
 *   reader  E(key, RndA || RndB rotated left by a byte)     chained on from the card's block
 *   card    E(key, RndA rotated left by a byte)             chained on from the reader's last block
 *   session key: RndA[0..3] RndB[0..3] RndA[12..15] RndB[12..15]
 *
 * After it the CMAC of each command (code, parameters, data) and of each answer (data, status) is chained on from the
 * one before it, whether it is sent or not: so a command that is left out, doubled or changed breaks all that follow.
 * The first 8 bytes of it end each answer, and each command that writes.
 */
import type { Crypto } from "../../hal/crypto";
import { assert } from "../assert";
import { AES_BLOCK_BYTES } from "../crypto/aes";
import type { CmacKey } from "../crypto/cmac";
import { cmacFrom, cmacKey, sameBytes, zeroBlock } from "../crypto/cmac";
import { bytesAt } from "./bytes";
import { STATUS_OK } from "./desfire";

const MAC_BYTES = 8;
/** Places of the random numbers from which the session key is made. */
const QUARTER_BYTES = 4;
const LAST_QUARTER = 12;

export interface Channel {
  crypto: Crypto;
  /** What the next CMAC is chained on from. */
  chain: number[];
  session: CmacKey;
}

/** An authentication under way. */
export interface Challenge {
  crypto: Crypto;
  key: number[];
  random_a: number[];
  random_b: number[];
  /** The block from which the card's last answer is chained on. */
  last: number[];
  /** What the reader sends: two blocks. */
  response: number[];
}

/** All bytes moved by one place to the front, the first to the end. */
function rotatedLeft(bytes: number[]): number[] {
  return bytes.slice(1, bytes.length).concat([bytes[0]]);
}

/** Answers the card's challenge with random numbers of the reader; undefined when it is no challenge. */
export function takeChallenge(
  crypto: Crypto,
  key: number[],
  challenge: number[],
  random_a: number[],
): Challenge | undefined {
  assert(random_a.length === AES_BLOCK_BYTES, "the reader's random number is a block");
  if (challenge.length !== AES_BLOCK_BYTES) {
    return undefined;
  }
  const random_b = crypto.aes_cbc_decrypt(key, zeroBlock(), challenge);
  const response = crypto.aes_cbc_encrypt(key, challenge, random_a.concat(rotatedLeft(random_b)));
  return {
    crypto: crypto,
    key: key,
    random_a: random_a,
    random_b: random_b,
    last: bytesAt(response, AES_BLOCK_BYTES, AES_BLOCK_BYTES),
    response: response,
  };
}

/** Opens the channel when the card has proved that it knows the key; undefined when it has not. */
export function openChannel(challenge: Challenge, proof: number[]): Channel | undefined {
  if (proof.length !== AES_BLOCK_BYTES) {
    return undefined;
  }
  const crypto = challenge.crypto;
  const shown = crypto.aes_cbc_decrypt(challenge.key, challenge.last, proof);
  if (!sameBytes(shown, rotatedLeft(challenge.random_a))) {
    return undefined;
  }
  const a = challenge.random_a;
  const b = challenge.random_b;
  const first = bytesAt(a, 0, QUARTER_BYTES).concat(bytesAt(b, 0, QUARTER_BYTES));
  const last = bytesAt(a, LAST_QUARTER, QUARTER_BYTES).concat(bytesAt(b, LAST_QUARTER, QUARTER_BYTES));
  const key = first.concat(last);
  return { crypto: crypto, chain: zeroBlock(), session: cmacKey(crypto, key) };
}

/** Chains a command on: what is to be sent, parameters and data, with a MAC behind it if the command carries one. */
export function sealCommand(channel: Channel, code: number, data: number[], with_mac: boolean): number[] {
  channel.chain = cmacFrom(channel.crypto, channel.session, channel.chain, [code].concat(data));
  return with_mac ? data.concat(bytesAt(channel.chain, 0, MAC_BYTES)) : data;
}

/** Chains a good answer on: its data without the MAC, or undefined when the MAC is not the card's. */
export function openAnswer(channel: Channel, answer: number[]): number[] | undefined {
  if (answer.length < MAC_BYTES) {
    return undefined;
  }
  const data = bytesAt(answer, 0, answer.length - MAC_BYTES);
  channel.chain = cmacFrom(channel.crypto, channel.session, channel.chain, data.concat([STATUS_OK]));
  const genuine = sameBytes(bytesAt(answer, data.length, MAC_BYTES), bytesAt(channel.chain, 0, MAC_BYTES));
  return genuine ? data : undefined;
}
