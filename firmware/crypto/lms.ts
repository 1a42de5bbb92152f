/**
 * LMS and HSS: verification of hash-based signatures (RFC 8554), with the parameter sets of RFC 8554 (SHA-256, n = 32)
 * and of SP 800-208 4 (SHA-256/192, n = 24).
 *
 * Public key (RFC 8554 6.1):
 *    0  4  levels L, 1 to LEVELS_MAX
 *    4  n  LMS public key of the first level (5.3): type 4, LM-OTS type 4, identifier I 16, root T[1] n
 *
 * Signature (6.2):
 *    0  4  L - 1
 *    4     L - 1 times an LMS signature and the LMS public key that it signs, then the LMS signature of the message
 *
 * LMS signature (5.4): leaf q 4, LM-OTS type 4, C n, p chain values n each, type 4, path h times n. A bare LMS key and
 * signature are these with one level and without the two counts in front.
 *
 * Types: LM-OTS 1 to 4 are n = 32 with W1, W2, W4, W8; 5 to 8 the same with n = 24. LMS 5 to 9 are n = 32 with heights
 * 5, 10, 15, 20, 25; 10 to 14 the same with n = 24. A signature has exactly the length that the types in its public key
 * give, and repeats those types; anything else is bad before the first hash.
 *
 * A verification takes hundreds to thousands of hashes, so it goes on in steps and a meter counts pulses in between. The
 * message is kept, not copied: the caller leaves it as it is until the answer is there. All of it is public, so nothing
 * here needs to take the same time.
 *
 * A signature is a text of one character a byte (bytesText): as an array each of its bytes would be a variable of
 * Espruino, a thousand of the few thousand that a board has; as a text it takes a tenth of that.
 */
import type { HashChain } from "../../hal/crypto";
import { assert } from "../assert";
import { bytesAt, putBytes, putWhole, textBytes, wholeAt } from "../card/bytes";
import { sameBytes } from "./cmac";

/** SHA-256 with what speeds it up: the crypto port of a board that has it, or crypto/sha256.ts. */
export interface LmsHash {
  readonly sha256: (data: number[]) => number[];
  readonly sha256_chain?: HashChain;
}

/** What is known of a signature: more hashes are needed, or the answer. */
export type Verdict = "working" | "good" | "bad";

/** A region's key has one level; RFC 8554's vectors have two. */
export const LEVELS_MAX = 2;
export const IDENTIFIER_BYTES = 16;
/** Of the longest signature that is read at all: two levels of the longest types. */
export const SIGNATURE_MAX_BYTES = 18708;
/** Identifier and leaf, with which everything that is hashed begins. */
const PREFIX_BYTES = IDENTIFIER_BYTES + 4;
const TYPE_BYTES = 4;

/** Domain separators (RFC 8554 3.1, 4.3, 4.5, 5.3). */
const D_PUBLIC = 0x8080;
const D_MESSAGE = 0x8181;
const D_LEAF = 0x8282;
const D_INNER = 0x8383;

/** Chains p (RFC 8554 4.1 table 1, SP 800-208 4.2 table 3), for W1, W2, W4 and W8. */
const CHAINS_32: number[] = [265, 133, 67, 34];
const CHAINS_24: number[] = [200, 101, 51, 26];
/** Left shift ls of the checksum, in the same order. */
const SHIFTS_32: number[] = [7, 6, 4, 0];
const SHIFTS_24: number[] = [8, 6, 4, 0];
const WIDTHS: number[] = [1, 2, 4, 8];

export interface LmsParameters {
  tree_type: number;
  ots_type: number;
  /** Bytes of a hash. */
  n: number;
  /** Bits of a digit: a chain has 2^w - 1 steps. */
  w: number;
  chains: number;
  checksum_shift: number;
  height: number;
}

/** What a pair of types means; undefined when one is unknown or they are of different hashes. */
export function lmsParameters(tree_type: number, ots_type: number): LmsParameters | undefined {
  if (tree_type < 5 || tree_type > 14 || ots_type < 1 || ots_type > 8) {
    return undefined;
  }
  const n = tree_type < 10 ? 32 : 24;
  if (n !== (ots_type < 5 ? 32 : 24)) {
    return undefined;
  }
  const place = (ots_type - 1) % WIDTHS.length;
  return {
    tree_type: tree_type,
    ots_type: ots_type,
    n: n,
    w: WIDTHS[place],
    chains: n === 32 ? CHAINS_32[place] : CHAINS_24[place],
    checksum_shift: n === 32 ? SHIFTS_32[place] : SHIFTS_24[place],
    height: 5 * (((tree_type - 5) % 5) + 1),
  };
}

/** Bytes of an LMS public key. */
export function lmsPublicKeyBytes(parameters: LmsParameters): number {
  return 2 * TYPE_BYTES + IDENTIFIER_BYTES + parameters.n;
}

/** Bytes of an LMS signature. */
export function lmsSignatureBytes(parameters: LmsParameters): number {
  return 3 * TYPE_BYTES + parameters.n * (1 + parameters.chains + parameters.height);
}

/** The digits of a hash and of its checksum (RFC 8554 4.4), each below 2^w: how far along its chain each value is. */
export function chainDigits(parameters: LmsParameters, hash: number[]): number[] {
  assert(hash.length === parameters.n, "a hash has n bytes");
  const digits: number[] = [];
  const largest = (1 << parameters.w) - 1;
  let sum = 0;
  for (const byte of hash) {
    for (let shift = 8 - parameters.w; shift >= 0; shift -= parameters.w) {
      const digit = Math.floor(byte / (1 << shift)) & largest;
      digits.push(digit);
      sum += largest - digit;
    }
  }
  const checksum = sum << parameters.checksum_shift;
  for (let shift = 16 - parameters.w; digits.length < parameters.chains; shift -= parameters.w) {
    digits.push(Math.floor(checksum / (1 << shift)) & largest);
  }
  return digits;
}

/** One level of a signature, as it lies in the bytes. */
interface Level {
  parameters: LmsParameters;
  identifier: number[];
  root: number[];
  /** Where the LMS signature begins, and where what it signs does. */
  signature_first: number;
  signed: number[];
  leaf: number;
}

/** A verification under way. */
export interface Verification {
  verdict: Verdict;
  /** Calls of the hash so far. */
  hashes: number;
  hash: LmsHash;
  signature: string;
  levels: Level[];
  level: number;
  /** What the next hash is for. */
  phase: "message" | "chains" | "public" | "leaf" | "path";
  digits: number[];
  chain: number;
  /** Link of the chain, as it is hashed: prefix, chain 2, step 1, value n. */
  link: number[];
  step: number;
  /** Ends of the chains, as they are hashed: prefix, D_PUBLIC, p values. */
  ends: number[];
  node: number;
  value: number[];
}

/** A number in a text of bytes. */
function wholeIn(text: string, first: number): number {
  return wholeAt(textBytes(text.substring(first, first + 4)), 0, 4);
}

/** One level under this LMS public key; undefined when it is not of the key's types or not there in full. */
function levelAt(signature: string, first: number, key: number[]): Level | undefined {
  const parameters = lmsParameters(wholeAt(key, 0, TYPE_BYTES), wholeAt(key, TYPE_BYTES, TYPE_BYTES));
  if (parameters === undefined || key.length !== lmsPublicKeyBytes(parameters)) {
    return undefined;
  }
  const length = lmsSignatureBytes(parameters);
  if (first + length > signature.length) {
    return undefined;
  }
  const leaf = wholeIn(signature, first);
  const ots_type = wholeIn(signature, first + 4);
  const tree_type = wholeIn(signature, first + length - parameters.height * parameters.n - TYPE_BYTES);
  if (ots_type !== parameters.ots_type || tree_type !== parameters.tree_type || leaf >= 1 << parameters.height) {
    return undefined;
  }
  return {
    parameters: parameters,
    identifier: bytesAt(key, 2 * TYPE_BYTES, IDENTIFIER_BYTES),
    root: bytesAt(key, 2 * TYPE_BYTES + IDENTIFIER_BYTES, parameters.n),
    signature_first: first,
    signed: [],
    leaf: leaf,
  };
}

/** The LMS public key at a place in a signature, by its own types; undefined when it is none. */
function innerKeyAt(signature: string, first: number): number[] | undefined {
  if (first + 2 * TYPE_BYTES > signature.length) {
    return undefined;
  }
  const parameters = lmsParameters(wholeIn(signature, first), wholeIn(signature, first + TYPE_BYTES));
  if (parameters === undefined || first + lmsPublicKeyBytes(parameters) > signature.length) {
    return undefined;
  }
  return textBytes(signature.substring(first, first + lmsPublicKeyBytes(parameters)));
}

/** All levels, or none when key and signature do not fit together. */
function readLevels(public_key: number[], message: number[], signature: string): Level[] {
  const levels: Level[] = [];
  if (public_key.length < 3 * TYPE_BYTES || signature.length < 4 || signature.length > SIGNATURE_MAX_BYTES) {
    return [];
  }
  const count = wholeAt(public_key, 0, 4);
  if (count < 1 || count > LEVELS_MAX || wholeIn(signature, 0) !== count - 1) {
    return [];
  }
  let key = bytesAt(public_key, 4, public_key.length - 4);
  let first = 4;
  for (let i = 0; i < count; i++) {
    const level = levelAt(signature, first, key);
    if (level === undefined) {
      return [];
    }
    levels.push(level);
    first += lmsSignatureBytes(level.parameters);
    if (i + 1 < count) {
      const inner = innerKeyAt(signature, first);
      if (inner === undefined) {
        return [];
      }
      level.signed = inner;
      key = inner;
      first += inner.length;
    } else {
      level.signed = message;
    }
  }
  return first === signature.length ? levels : [];
}

/** Begins a verification. What does not fit together is "bad" at once. */
export function beginVerification(
  hash: LmsHash,
  public_key: number[],
  message: number[],
  signature: string,
): Verification {
  const levels = readLevels(public_key, message, signature);
  return {
    verdict: levels.length === 0 ? "bad" : "working",
    hashes: 0,
    hash: hash,
    signature: signature,
    levels: levels,
    level: 0,
    phase: "message",
    digits: [],
    chain: 0,
    link: [],
    step: 0,
    ends: [],
    node: 0,
    value: [],
  };
}

/** Identifier and a number, and a domain separator after them. */
function prefix(level: Level, number: number, separator: number): number[] {
  const bytes: number[] = [];
  putBytes(bytes, level.identifier);
  putWhole(bytes, number, 4);
  putWhole(bytes, separator, 2);
  return bytes;
}

/** The hash, cut to n bytes (SP 800-208 2.3). */
function hashed(work: Verification, level: Level, data: number[]): number[] {
  work.hashes += 1;
  const whole = work.hash.sha256(data);
  while (whole.length > level.parameters.n) {
    whole.pop();
  }
  return whole;
}

/** Puts the next chain's value and place into the link. */
function beginChain(work: Verification, level: Level): void {
  const n = level.parameters.n;
  const first = level.signature_first + 2 * TYPE_BYTES + n * (1 + work.chain);
  work.link[PREFIX_BYTES] = Math.floor(work.chain / 256);
  work.link[PREFIX_BYTES + 1] = work.chain % 256;
  for (let i = 0; i < n; i++) {
    work.link[PREFIX_BYTES + 3 + i] = work.signature.charCodeAt(first + i);
  }
  work.step = work.digits[work.chain];
}

/** Hashes the message into its digits (RFC 8554 4.6). */
function hashMessage(work: Verification, level: Level): void {
  const n = level.parameters.n;
  const data = prefix(level, level.leaf, D_MESSAGE);
  const randomizer_first = level.signature_first + 2 * TYPE_BYTES;
  putBytes(data, textBytes(work.signature.substring(randomizer_first, randomizer_first + n)));
  putBytes(data, level.signed);
  // It may be a kilobyte, and is not needed again.
  level.signed = [];
  work.digits = chainDigits(level.parameters, hashed(work, level, data));
  work.ends = prefix(level, level.leaf, D_PUBLIC);
  work.link = prefix(level, level.leaf, 0);
  while (work.link.length < PREFIX_BYTES + 3 + n) {
    work.link.push(0);
  }
  work.chain = 0;
  beginChain(work, level);
  work.phase = "chains";
}

/** Some links of a chain, one hash each, in the interpreter: what `sha256_chain` does natively. */
function followLinks(hash: LmsHash, link: number[], n: number, from: number, to: number): number[] {
  if (hash.sha256_chain !== undefined) {
    return hash.sha256_chain(link, PREFIX_BYTES + 3, n, PREFIX_BYTES + 2, from, to);
  }
  let value: number[] = [];
  for (let step = from; step < to; step++) {
    link[PREFIX_BYTES + 2] = step;
    value = hash.sha256(link);
    for (let i = 0; i < n; i++) {
      link[PREFIX_BYTES + 3 + i] = value[i];
    }
  }
  return value;
}

/** Follows the chains to their ends, while there are hashes left. */
function followChains(work: Verification, level: Level, hashes_end: number): void {
  const n = level.parameters.n;
  const chain_end = (1 << level.parameters.w) - 1;
  while (work.chain < level.parameters.chains && work.hashes < hashes_end) {
    const step = Math.min(chain_end, work.step + hashes_end - work.hashes);
    if (step > work.step) {
      const value = followLinks(work.hash, work.link, n, work.step, step);
      for (let i = 0; i < n; i++) {
        work.link[PREFIX_BYTES + 3 + i] = value[i];
      }
      work.hashes += step - work.step;
      work.step = step;
    }
    if (work.step === chain_end) {
      for (let i = 0; i < n; i++) {
        work.ends.push(work.link[PREFIX_BYTES + 3 + i]);
      }
      work.chain += 1;
      if (work.chain < level.parameters.chains) {
        beginChain(work, level);
      }
    }
  }
  if (work.chain === level.parameters.chains) {
    work.phase = "public";
  }
}

/** One node up the tree (RFC 8554 5.4.2 algorithm 6a); at the root, the level's answer. */
function climb(work: Verification, level: Level): void {
  const n = level.parameters.n;
  const height = level.parameters.height;
  let above = 0;
  for (let node = work.node; node < 1 << height; node *= 2) {
    above += 1;
  }
  const sibling_first = level.signature_first + lmsSignatureBytes(level.parameters) - (height - above) * n;
  const sibling = textBytes(work.signature.substring(sibling_first, sibling_first + n));
  const data = prefix(level, Math.floor(work.node / 2), D_INNER);
  putBytes(data, work.node % 2 === 1 ? sibling : work.value);
  putBytes(data, work.node % 2 === 1 ? work.value : sibling);
  work.value = hashed(work, level, data);
  work.node = Math.floor(work.node / 2);
  if (work.node > 1) {
    return;
  }
  if (!sameBytes(work.value, level.root)) {
    work.verdict = "bad";
  } else if (work.level + 1 === work.levels.length) {
    work.verdict = "good";
  } else {
    work.level += 1;
    work.phase = "message";
  }
}

/** Goes on for at most `hashes_max` calls of the hash, one of which may be over the message or over all chains' ends. */
export function stepVerification(work: Verification, hashes_max: number): Verdict {
  assert(hashes_max >= 1, "a step is at least one hash");
  const hashes_end = work.hashes + hashes_max;
  while (work.verdict === "working" && work.hashes < hashes_end) {
    const level = work.levels[work.level];
    if (work.phase === "message") {
      hashMessage(work, level);
    } else if (work.phase === "chains") {
      followChains(work, level, hashes_end);
    } else if (work.phase === "public") {
      work.value = hashed(work, level, work.ends);
      work.node = (1 << level.parameters.height) + level.leaf;
      work.phase = "leaf";
    } else if (work.phase === "leaf") {
      const data = prefix(level, work.node, D_LEAF);
      putBytes(data, work.value);
      work.value = hashed(work, level, data);
      work.phase = "path";
    } else {
      climb(work, level);
    }
  }
  return work.verdict;
}

/** Whether this is a signature of the message under the public key, in one go. */
export function verifyLms(hash: LmsHash, public_key: number[], message: number[], signature: string): boolean {
  const work = beginVerification(hash, public_key, message, signature);
  // Every signature that is read ends after fewer hashes than this: 265 chains of 255 steps on each level are more.
  const hashes_max = LEVELS_MAX * 265 * 255;
  return stepVerification(work, hashes_max) === "good";
}
