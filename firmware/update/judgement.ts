/**
 * Judges a manifest for one meter, in this order, with a name for every answer (update_results.ts):
 *
 *   malformed        it is not the one form of any manifest
 *   foreign_region   for another region or utility
 *   not_for_this     for another group or another meter: nothing of it is counted or logged
 *   other_board      the image is another board's
 *   old_version      issued no later than what ran last, or than what is being collected; or of no higher version than
 *                    the meter's, unless it says that it may lower it
 *   unknown_key      signed with a revision of the update key that the meter has no public key of
 *   too_large        the image does not fit the slot
 *   bad_signature    the signature is not that of these bytes under that key
 *   verified         the signature is good
 *
 * What is cheap stands first; the signature is verified in steps (crypto/lms.ts). Until it is good nothing is believed.
 */
import type { NvmGeometry } from "../../hal/nvm";
import { textBytes } from "../card/bytes";
import type { LmsHash, Verification } from "../crypto/lms";
import { SIGNATURE_MAX_BYTES, beginVerification, stepVerification } from "../crypto/lms";
import { isFor } from "../radio/signed_judgement";
import type { RegionKey } from "../radio/signed_judgement";
import type { Manifest } from "./manifest";
import { MANIFEST_MAX_BYTES, manifestLength, readManifest } from "./manifest";
import { updateFits } from "./staging";
import type { UpdateRefusal } from "./update_results";

/** What the meter knows of itself. */
export interface UpdateRecipient {
  utility: number;
  region: string;
  /** As in the settings, up to 18 digits. */
  meter_number: string;
  group: number;
  board: string;
  version: number;
  /** Of the update that ran last, or is being collected. */
  issued_utc_s: number;
  keys: RegionKey[];
  geometry: NvmGeometry;
}

export interface UpdateJudgement {
  result: UpdateRefusal | "verifying" | "verified";
  /** Believed only with "verified". */
  manifest: Manifest | undefined;
  /** Its signed bytes. */
  text: string;
  verification: Verification | undefined;
}

function keyOf(recipient: UpdateRecipient, revision: number): number[] {
  for (const key of recipient.keys) {
    if (key.revision === revision) {
      return key.public_key;
    }
  }
  return [];
}

/** What is refused before the signature is looked at; "verifying" when nothing is. */
function refusalOf(hash: LmsHash, recipient: UpdateRecipient, manifest: Manifest): UpdateRefusal | "verifying" {
  if (manifest.region !== recipient.region || manifest.utility !== recipient.utility) {
    return "foreign_region";
  }
  if (!isFor(recipient, manifest)) {
    return "not_for_this";
  }
  if (manifest.board !== recipient.board) {
    return "other_board";
  }
  const lowers = manifest.allow_down && manifest.version < recipient.version;
  if (manifest.issued_utc_s <= recipient.issued_utc_s || (manifest.version <= recipient.version && !lowers)) {
    return "old_version";
  }
  if (keyOf(recipient, manifest.key_revision).length === 0) {
    return "unknown_key";
  }
  return updateFits(hash, recipient.geometry, manifest) ? "verifying" : "too_large";
}

/** Begins to judge what follows format 2, a text of one character a byte. Refuses at once what needs no signature. */
export function beginUpdateJudgement(hash: LmsHash, recipient: UpdateRecipient, message: string): UpdateJudgement {
  const judgement: UpdateJudgement = { result: "malformed", manifest: undefined, text: "", verification: undefined };
  const front = textBytes(message.substring(0, Math.min(message.length, MANIFEST_MAX_BYTES)));
  const length = manifestLength(front);
  const bytes = front.slice(0, length);
  judgement.manifest = readManifest(bytes);
  if (judgement.manifest === undefined || message.length > MANIFEST_MAX_BYTES + SIGNATURE_MAX_BYTES) {
    return judgement;
  }
  judgement.text = message.substring(0, length);
  judgement.result = refusalOf(hash, recipient, judgement.manifest);
  if (judgement.result === "verifying") {
    const public_key = keyOf(recipient, judgement.manifest.key_revision);
    const signature = message.substring(length, message.length);
    judgement.verification = beginVerification(hash, public_key, bytes, signature);
    judgement.result = judgement.verification.verdict === "bad" ? "bad_signature" : "verifying";
  }
  return judgement;
}

/** Goes on with the signature for at most so many hashes. */
export function stepUpdateJudgement(judgement: UpdateJudgement, hashes_max: number): void {
  const verification = judgement.verification;
  if (judgement.result !== "verifying" || verification === undefined) {
    return;
  }
  const verdict = stepVerification(verification, hashes_max);
  if (verdict !== "working") {
    judgement.verification = undefined;
    judgement.result = verdict === "good" ? "verified" : "bad_signature";
  }
}
