/**
 * Nameplates, compared: one that a board keeps may be from a day before, and is then the same but for the day from which
 * its tokens count.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { nameplateBytes, readNameplate } from "../../firmware/nameplate";
import { plateCrc } from "./settings_file";

const MINUTES_PER_DAY = 1440;
/** A board that lay longer than ten years is given its nameplate anew. */
const DAYS_BACK_MAX = 3653;

export function sameBytes(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one, "latin1"), Buffer.from(other, "latin1"));
}

/** Whether a board that keeps `stored` has this nameplate already. */
export function isEarlier(stored: string, plate: string): boolean {
  const [was, is] = [stored, plate].map((bytes) => readNameplate(bytes, plateCrc));
  if (was === undefined || is === undefined || was.settings.tokens.first_tid > is.settings.tokens.first_tid)
    return false;
  is.settings.tokens.first_tid = was.settings.tokens.first_tid;
  return sameBytes(stored, nameplateBytes(is, plateCrc));
}

/** SHA-256, hexadecimal in capitals, as a board says it of what it keeps. */
export function plateDigest(plate: string): string {
  return createHash("sha256").update(Buffer.from(plate, "latin1")).digest("hex").toUpperCase();
}

/** The same of a board that shows the SHA-256 of what it keeps, and never the nameplate itself. */
export function isEarlierDigest(digest: string, plate: string): boolean {
  const is = readNameplate(plate, plateCrc);
  if (is === undefined) return false;
  const { tokens } = is.settings;
  for (let day = 0; day <= DAYS_BACK_MAX && tokens.first_tid >= 0; day++) {
    if (sameBytes(digest, plateDigest(nameplateBytes(is, plateCrc)))) return true;
    tokens.first_tid -= MINUTES_PER_DAY;
  }
  return false;
}
