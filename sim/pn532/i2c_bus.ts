/**
 * The emulator's I2C side (NXP UM0701-02, 6.2.4): what the chip writes waits until the host reads it, frame by frame.
 *
 * Faults: `deaf`, so many reads are not acknowledged. Behind the end of a frame a read brings `filler`.
 * Not modelled: clock stretching, the IRQ pin, the first address after sleep that is not acknowledged.
 */
import type { ByteLine } from "../../firmware/reader/byte_line";
import { hearNobody } from "../../firmware/reader/byte_line";
import type { I2cDevice } from "../../firmware/reader/pn532_i2c";

export interface I2cBus {
  /** For the host. */
  device: I2cDevice;
  /** For the chip. */
  line: ByteLine;
  waiting: number[][];
  deaf: number;
  filler: number;
}

/** Oldest first; a chip that speaks to nobody keeps no more. */
const WAITING_MAX = 8;

function takeOldest(bus: I2cBus): number[] {
  const rest: number[][] = [];
  for (let index = 1; index < bus.waiting.length; index++) {
    rest.push(bus.waiting[index]);
  }
  const oldest = bus.waiting[0];
  bus.waiting = rest;
  return oldest;
}

function read(bus: I2cBus, count: number): number[] {
  if (bus.deaf > 0) {
    bus.deaf -= 1;
    return [];
  }
  const bytes = [bus.waiting.length > 0 ? 1 : 0];
  if (count > 1 && bus.waiting.length > 0) {
    for (const byte of takeOldest(bus)) {
      if (bytes.length < count) {
        bytes.push(byte);
      }
    }
  }
  while (bytes.length < count) {
    bytes.push(bus.filler);
  }
  return bytes;
}

export function createI2cBus(): I2cBus {
  let listener = hearNobody;
  const bus: I2cBus = {
    device: {
      write: function (bytes) {
        listener(bytes);
      },
      read: function (count) {
        return read(bus, count);
      },
    },
    line: {
      write: function (bytes) {
        if (bus.waiting.length < WAITING_MAX) {
          bus.waiting.push(bytes);
        }
      },
      on_bytes: function (next) {
        listener = next;
      },
    },
    waiting: [],
    deaf: 0,
    filler: 0xff,
  };
  return bus;
}
