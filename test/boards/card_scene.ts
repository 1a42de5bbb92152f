/** A PN532 at the end of a board's I2C bus, with a virtual card that comes and goes. Portable code. */
import { bytesText, textBytes } from "../../firmware/card/bytes";
import type { Timer } from "../../hal/timer";
import { fieldLost } from "../../sim/desfire/card";
import { readImage } from "../../sim/desfire/image";
import { respond } from "../../sim/desfire/respond";
import { createPn532Chip, insertCard, removeCard } from "../../sim/pn532/chip";
import { createI2cBus } from "../../sim/pn532/i2c_bus";
import { createCryptoTwin } from "../../sim/twins/crypto";
import { createRandomTwin } from "../../sim/twins/random";

const ADDRESS = 0x24;
const SEED = 5;

export interface Reader {
  /** The card of an image (sim/desfire/image.ts); what is wrong with the image, or "none". */
  insert(image: string): string;
  remove(): void;
}

/** `attach` puts a chip on the bus: what was written, and how many bytes are read then. The timer is the chip's own. */
export function attachPn532(
  attach: (address: number, chip: (out: string, count: number) => string) => void,
  timer: Timer,
): Reader {
  const bus = createI2cBus();
  const chip = createPn532Chip(bus.line, timer);
  attach(ADDRESS, function (out, count) {
    if (out.length > 0) {
      bus.device.write(textBytes(out));
    }
    return count > 0 ? bytesText(bus.device.read(count)) : "";
  });
  return {
    insert: function (image) {
      const read = readImage(createCryptoTwin(), createRandomTwin(SEED), textBytes(image));
      const card = read.card;
      if (card !== undefined) {
        insertCard(chip, {
          uid: card.uid,
          respond: function (apdu) {
            return respond(card, apdu);
          },
          field_lost: function () {
            fieldLost(card);
          },
        });
      }
      return read.problem;
    },
    remove: function () {
      removeCard(chip);
    },
  };
}
