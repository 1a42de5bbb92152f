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
import { cmacKey, sameBytes, sameStart, zeroBlock } from "../crypto/cmac";
import { STATUS_OK } from "./desfire";

const MAC_BYTES = 8;

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
    last: response.slice(AES_BLOCK_BYTES, 2 * AES_BLOCK_BYTES),
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
  // Written out: a list of sixteen costs a small engine less than four parts and their joining.
  const key = [a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3], a[12], a[13], a[14], a[15], b[12], b[13], b[14], b[15]];
  return { crypto: crypto, chain: zeroBlock(), session: cmacKey(crypto, key) };
}

/** Chains a command on (code, parameters, data), and puts its MAC behind it if the command carries one. */
export function sealCommand(channel: Channel, command: number[], with_mac: boolean): void {
  const mac = channel.session.link(channel.chain, command);
  channel.chain = mac;
  if (with_mac) {
    command.push(mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], mac[6], mac[7]);
  }
}

/** Chains an answer on (data, status); whether the MAC that it brought is the card's. */
function chainOn(channel: Channel, covered: number[], said: number[]): boolean {
  const mac = channel.session.link(channel.chain, covered);
  channel.chain = mac;
  return sameStart(said, mac, MAC_BYTES);
}

/** Chains a good answer on: its data without the MAC, or undefined when the MAC is not the card's. */
export function openAnswer(channel: Channel, answer: number[]): number[] | undefined {
  if (answer.length < MAC_BYTES) {
    return undefined;
  }
  const end = answer.length - MAC_BYTES;
  const said = answer.slice(end, answer.length);
  const data = answer.slice(0, end);
  data.push(STATUS_OK);
  const is_good = chainOn(channel, data, said);
  data.pop();
  return is_good ? data : undefined;
}

/**
 * Whether a good answer brings these bytes, which it takes over: by its MAC alone, which is made of what should be there
 * and is the card's only if that is what the card said.
 */
export function answerBrings(channel: Channel, expected: number[], answer: number[]): boolean {
  const end = expected.length;
  if (answer.length !== end + MAC_BYTES) {
    return false;
  }
  expected.push(STATUS_OK);
  return chainOn(channel, expected, answer.slice(end, answer.length));
}
