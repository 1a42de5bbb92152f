/** Card reader: the PN532 on I2C; its line and its driver have a timer each. */
import { bytesText, textBytes } from "../../../firmware/card/bytes";
import { createPn532 } from "../../../firmware/reader/pn532";
import { createI2cLine } from "../../../firmware/reader/pn532_i2c";
import type { CardReader } from "../../../hal/card_reader";
import type { I2cDevice } from "../bus";
import type { Bench } from "./bench";

export function wireCardReader<Pin>(bench: Bench<Pin>, device: I2cDevice): CardReader {
  const wire = {
    write: function (bytes: number[]): void {
      device.write(bytesText(bytes));
    },
    read: function (count: number): number[] {
      return textBytes(device.read("", count));
    },
  };
  return createPn532(createI2cLine(wire, bench.timer()), bench.timer()).port;
}
