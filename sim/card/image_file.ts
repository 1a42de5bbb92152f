/**
 * Image files of cards (sim/desfire/image.ts). They hold keys, so nobody else may read them, and a save replaces the
 * whole file: who is stopped in the middle of one leaves the old card or the new one.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import type { Crypto } from "../../hal/crypto";
import type { Random } from "../../hal/random";
import type { DesfireCard } from "../desfire/card";
import type { ImageProblem } from "../desfire/image";
import { cardImage, IMAGE_BYTES_MAX, readImage } from "../desfire/image";
import { UserError } from "../scenario/user_error";

const MODE = 0o600;

/** What is wrong with an image, and what to do. */
export const IMAGE_WORDS: Record<ImageProblem, string> = {
  none: "",
  no_image: "this is no card image (give a file that sim card has written, or a name that does not exist yet)",
  other_version: "this card image is of another version (use the curbstop that has written it)",
  damaged: "this card image is cut off or changed (use an older copy)",
  impossible: "this card image says what no card can be (use an older copy)",
};

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** The card of an image file; undefined when there is no such file. */
export function loadCard(file: string, crypto: Crypto, random: Random): DesfireCard | undefined {
  let bytes: Buffer;
  try {
    if (statSync(file).size > IMAGE_BYTES_MAX) throw new UserError(`${file}: ${IMAGE_WORDS.no_image}`);
    bytes = readFileSync(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: cannot be read: ${reasonOf(error)}`);
  }
  const { card, problem } = readImage(crypto, random, [...bytes]);
  if (card === undefined) throw new UserError(`${file}: ${IMAGE_WORDS[problem]}`);
  return card;
}

/** Writes a card's image to a new file beside the old one, which then takes its name. */
export function saveCard(file: string, card: DesfireCard): void {
  saveImage(file, cardImage(card));
}

/** The same of an image that is one already. */
export function saveImage(file: string, image: readonly number[]): void {
  const fresh = `${file}.${randomBytes(4).toString("hex")}.new`;
  try {
    const handle = openSync(fresh, "wx", MODE);
    try {
      writeSync(handle, Buffer.from(image));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new UserError(`${file}: cannot be written: ${reasonOf(error)}`);
  }
}
