/// <reference path="./hardware.d.ts" />
/** A PN532 at the end of the I2C bus, with a virtual card that comes and goes, for heap.lua. */
import { createTimer } from "../../../../boards/nodemcu/timer";
import { bytesText, textBytes } from "../../../../firmware/card/bytes";
import { createPn532Chip, insertCard, removeCard } from "../../../../sim/pn532/chip";
import { createI2cBus } from "../../../../sim/pn532/i2c_bus";
import { fieldLost } from "../../../../sim/desfire/card";
import { readImage } from "../../../../sim/desfire/image";
import { respond } from "../../../../sim/desfire/respond";
import { createCryptoTwin } from "../../../../sim/twins/crypto";
import { createRandomTwin } from "../../../../sim/twins/random";

const ADDRESS = 0x24;
const SEED = 5;

export interface Reader {
  /** The card of an image (sim/desfire/image.ts); what is wrong with the image, or "none". */
  insert(image: string): string;
  remove(): void;
}

export function attachReader(): Reader {
  const bus = createI2cBus();
  const chip = createPn532Chip(bus.line, createTimer());
  hardware.attach(ADDRESS, function (out, count) {
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
