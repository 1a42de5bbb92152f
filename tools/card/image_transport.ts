/**
 * A card in an image file (sim/card/image_file.ts), as if it lay on a reader: the same file that `curbstop sim card
 * --image` serves. It is saved before each answer that changes it.
 */
import { randomBytes } from "node:crypto";
import { loadCard, saveCard } from "../../sim/card/image_file";
import { serveCard } from "../../sim/card/served_card";
import { UID_BYTES, createDesfireCard, type DesfireCard } from "../../sim/desfire/card";
import type { Crypto } from "../../hal/crypto";
import type { Random } from "../../hal/random";
import { DeskError } from "./desk_error";
import type { CardTransport } from "./link";

/** First byte of every UID that NXP gives (ISO/IEC 7816-6). */
const NXP = 4;

/** A card fresh from the factory, with a UID of its own. */
export function newCard(crypto: Crypto, random: Random): DesfireCard {
  return createDesfireCard(crypto, random, [NXP, ...randomBytes(UID_BYTES - 1)]);
}

/** A card as if it lay on a reader; `save` comes before each answer that changes it. */
export function cardTransport(card: DesfireCard, save: () => void): CardTransport {
  const served = serveCard(card, save);
  return {
    transmit: (apdu) => Promise.resolve(served.respond(apdu)),
    close: () => {
      served.lose_field();
      return Promise.resolve();
    },
  };
}

/** Opens an image; `is_new_fine`: a file that does not exist is a card fresh from the factory. */
export function openImage(file: string, crypto: Crypto, is_new_fine: boolean): CardTransport {
  const random = { bytes: (length: number) => [...randomBytes(length)] };
  const kept = loadCard(file, crypto, random);
  if (kept === undefined && !is_new_fine) {
    throw new DeskError("bad_argument", `${file}: there is no such card image (curbstop card issue makes one)`);
  }
  const card = kept ?? newCard(crypto, random);
  const save = (): void => saveCard(file, card);
  // Its UID stays, even when it is refused.
  if (kept === undefined) save();
  return cardTransport(card, save);
}
