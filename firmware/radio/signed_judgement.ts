/**
 * Judges a signed message (signed.ts) for one meter, in this order, and with a name for every answer:
 *
 *   unknown_format   the first byte is of another format: this firmware is too old for it, or it is noise
 *   malformed        it is not the one form of any message, or says what no meter could live by
 *   foreign_region   for another region or utility
 *   not_for_this     for another group or another meter
 *   old_version      the meter has each of its parts in this version or a newer one
 *   unknown_key      signed with a revision of the region's key that the meter has no public key of
 *   bad_signature    the signature is not that of these bytes under that key
 *   good             and the names of the parts that are new here
 *
 * What is cheap stands first: a signature costs seconds of computing (crypto/lms.ts), so it is verified in steps, and
 * only for what could change something. Until it is good nothing of the message is believed; the names before it are for
 * counting. Nothing is changed here: who asks takes the parts, all in one commit, and then keeps the version for each.
 */
import { assert } from "../assert";
import { fullDigits, hexBytes, textBytes } from "../card/bytes";
import type { LmsHash, Verification } from "../crypto/lms";
import { SIGNATURE_MAX_BYTES, beginVerification, stepVerification } from "../crypto/lms";
import { PARTS_MAX_BYTES, SIGNED_HEAD_BYTES, contentLength, readContent } from "./signed";
import type { Addressed, PartName, SignedContent } from "./signed_content";
import { METER_DIGITS, PART_NAMES, carries } from "./signed_content";

export type SignedResult =
  | "good"
  | "unknown_format"
  | "malformed"
  | "foreign_region"
  | "not_for_this"
  | "old_version"
  | "unknown_key"
  | "bad_signature";

export const SIGNED_MAX_BYTES = SIGNED_HEAD_BYTES + PARTS_MAX_BYTES + SIGNATURE_MAX_BYTES;

const WHOLE_STEP_HASHES = 1000;

/** A public key of the region, as crypto/lms.ts reads it. */
export interface RegionKey {
  revision: number;
  public_key: number[];
}

/**
 * The public keys that a meter has, from its settings in hexadecimal: that of its revision, and that of the next one,
 * whose seed the utility keeps elsewhere. "" for none.
 */
export function heldKeys(current: string, next: string, revision: number): RegionKey[] {
  const keys: RegionKey[] = [];
  if (current !== "") {
    keys.push({ revision: revision, public_key: hexBytes(current) });
  }
  if (next !== "") {
    keys.push({ revision: revision + 1, public_key: hexBytes(next) });
  }
  return keys;
}

/** What the meter knows of itself. */
export interface Recipient {
  utility: number;
  region: string;
  /** As in the settings, up to 18 digits. */
  meter_number: string;
  /** 0: in none. */
  group: number;
  keys: RegionKey[];
  /** The version of each part that it has, waiting for its start or in force, in the order of PART_NAMES; 0 for none. */
  versions: number[];
}

/** A judgement under way. */
export interface Judgement {
  /** "verifying" while steps are needed. */
  result: SignedResult | "verifying";
  /** What it says, from "verifying" on; believed only with "good". */
  content: SignedContent | undefined;
  /** Parts that are newer than what the meter has. */
  parts: PartName[];
  verification: Verification | undefined;
}

function ended(result: SignedResult, content: SignedContent | undefined): Judgement {
  return { result: result, content: content, parts: [], verification: undefined };
}

/** What tells whether something that is addressed is for a meter. */
export type Addressee = Pick<Recipient, "meter_number" | "group">;

export function isFor(recipient: Addressee, content: Addressed): boolean {
  if (content.scope === "all") {
    return true;
  }
  if (content.scope === "group") {
    return content.group === recipient.group;
  }
  return content.meter === fullDigits(recipient.meter_number, METER_DIGITS);
}

function newParts(recipient: Recipient, content: SignedContent): PartName[] {
  assert(recipient.versions.length === PART_NAMES.length, "a meter has a version for each part");
  const names: PartName[] = [];
  for (let i = 0; i < PART_NAMES.length; i++) {
    if (carries(content, PART_NAMES[i]) && content.version > recipient.versions[i]) {
      names.push(PART_NAMES[i]);
    }
  }
  return names;
}

function keyOf(recipient: Recipient, revision: number): RegionKey | undefined {
  for (const key of recipient.keys) {
    if (key.revision === revision) {
      return key;
    }
  }
  return undefined;
}

/** Begins to judge a message, a text of one character a byte. Refuses at once what needs no signature for it. */
export function beginJudgement(hash: LmsHash, recipient: Recipient, message: string): Judgement {
  if (message.length < 1 || message.length > SIGNED_MAX_BYTES) {
    return ended("malformed", undefined);
  }
  const front = textBytes(message.substring(0, Math.min(message.length, SIGNED_HEAD_BYTES + PARTS_MAX_BYTES)));
  const length = contentLength(front);
  const bytes = textBytes(message.substring(0, length === 0 ? 1 : length));
  const content = readContent(bytes);
  if (content === "unknown_format" || content === "malformed") {
    return ended(content, undefined);
  }
  if (content.region !== recipient.region || content.utility !== recipient.utility) {
    return ended("foreign_region", content);
  }
  if (!isFor(recipient, content)) {
    return ended("not_for_this", content);
  }
  const parts = newParts(recipient, content);
  if (parts.length === 0) {
    return ended("old_version", content);
  }
  const key = keyOf(recipient, content.key_revision);
  if (key === undefined) {
    return ended("unknown_key", content);
  }
  const signature = message.substring(length, message.length);
  const verification = beginVerification(hash, key.public_key, bytes, signature);
  if (verification.verdict === "bad") {
    return ended("bad_signature", content);
  }
  return { result: "verifying", content: content, parts: parts, verification: verification };
}

/** Goes on with the signature for at most so many hashes. */
export function stepJudgement(judgement: Judgement, hashes_max: number): SignedResult | "verifying" {
  const verification = judgement.verification;
  if (judgement.result !== "verifying" || verification === undefined) {
    return judgement.result;
  }
  const verdict = stepVerification(verification, hashes_max);
  if (verdict === "working") {
    return "verifying";
  }
  judgement.verification = undefined;
  judgement.result = verdict === "good" ? "good" : "bad_signature";
  if (verdict === "bad") {
    judgement.parts = [];
  }
  return judgement.result;
}

/** The whole judgement in one go, where nothing else has to be done meanwhile. */
export function judgeSigned(hash: LmsHash, recipient: Recipient, message: string): Judgement {
  const judgement = beginJudgement(hash, recipient, message);
  while (judgement.result === "verifying") {
    stepJudgement(judgement, WHOLE_STEP_HASHES);
  }
  return judgement;
}
