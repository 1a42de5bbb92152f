/**
 * Cards: what the lines of a program do at the antenna (program.ts), and the cards that have come from images.
 *
 * A card stays the same through a run: what a meter has written to it is there when it is shown again, and can be saved
 * at the end. Saved images hold the card's keys, so they are written only when they are asked for.
 */
import { assert } from "../../firmware/assert";
import { hexText } from "../../firmware/card/bytes";
import type { Crypto } from "../../hal/crypto";
import type { DesfireCard } from "../desfire/card";
import { fieldLost } from "../desfire/card";
import { cardImage, readImage } from "../desfire/image";
import type { CardReaderTwin } from "../twins/card_reader";
import { createCryptoTwin } from "../twins/crypto";
import { createRandomTwin } from "../twins/random";
import type { Trace } from "./trace";
import { numberField, textField, writeLine } from "./trace";
import { byteList, wholeNumber } from "./words";

/** Seed of the first card's challenges; the next one has the next. */
const FIRST_SEED = 14444;

export interface CardBox {
  cards: DesfireCard[];
  /** As much of the next image as has come. */
  image: number[];
  /** Made at the first card: its tables take time. */
  crypto: Crypto | undefined;
}

export function createCardBox(): CardBox {
  return { cards: [], image: [], crypto: undefined };
}

function makeCard(box: CardBox): void {
  const crypto = box.crypto === undefined ? createCryptoTwin() : box.crypto;
  box.crypto = crypto;
  const made = readImage(crypto, createRandomTwin(FIRST_SEED + box.cards.length), box.image);
  assert(made.card !== undefined, "the desktop has read the image before");
  if (made.card !== undefined) {
    box.cards.push(made.card);
  }
  box.image = [];
}

function cardNumbered(box: CardBox, text: string): DesfireCard {
  const number = wholeNumber(text);
  assert(number < box.cards.length, "a card has been made before it is shown");
  return box.cards[number];
}

/** A step `card ...`: its words from the verb's own argument on. */
export function doCardStep(box: CardBox, reader: CardReaderTwin, trace: Trace, list: string[]): void {
  switch (list[2]) {
    case "in":
      reader.insert(byteList(list[3]));
      return;
    case "out":
      reader.remove();
      return;
    case "part":
      for (const byte of byteList(list[3])) {
        box.image.push(byte);
      }
      return;
    case "make":
      makeCard(box);
      return;
    case "show":
      reader.insert_card(cardNumbered(box, list[3]));
      return;
    case "pull":
      reader.pull_after(wholeNumber(list[3]), list[4] === "1");
      return;
    case "spoil":
      reader.spoil_answer();
      return;
    case "slow":
      reader.slow_ms = wholeNumber(list[3]);
      return;
    default: {
      assert(list[2] === "save", "a card does only what program.ts says");
      const card = cardNumbered(box, list[3]);
      fieldLost(card);
      const fields = numberField("number", wholeNumber(list[3])) + textField("image", hexText(cardImage(card)));
      writeLine(trace, "event", "card_image", fields);
    }
  }
}
