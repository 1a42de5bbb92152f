/// <reference path="./espruino.d.ts" />
/**
 * Buses of Espruino: one I2C, one SPI, and the three wires of an HT1621.
 *
 * I2C calls throw when a chip does not acknowledge, and SPI calls of an ESP32 when its driver fails; here that is a
 * result. After a failure of I2C the bus is looked at: a chip that was interrupted in a read (the meter was reset) holds
 * SDA low, and is clocked free, at most nine clocks and a stop (NXP UM10204, 3.1.16); then the peripheral is set up again.
 *
 * A bus that stays held is not asked before it is free: an ESP32's interpreter waits a second for it in each call (its
 * targets/esp32/jshardwareI2c.c), and the seven calls of a display or a keypad would outlast the watchdog.
 */
import type { BitLine } from "../drivers/ht1621";
import type { I2cDevice, SpiDevice } from "../drivers/bus";
import { textOfBytes } from "./bytes";
import { isHigh } from "./pins";

const FREE_CLOCKS = 9;
const ZEROS_BYTES = 64;

export interface I2cWires {
  scl: string;
  sda: string;
  rate_hz: number;
}

function setUp(wires: I2cWires): void {
  I2C1.setup({ scl: wires.scl, sda: wires.sda, bitrate: wires.rate_hz });
}

function stuck(wires: I2cWires): boolean {
  return !isHigh(digitalRead(wires.sda));
}

/** Clocks a chip free that holds SDA; whether it is held still. */
function freeBus(wires: I2cWires): boolean {
  pinMode(wires.sda, "input_pullup");
  if (stuck(wires)) {
    pinMode(wires.scl, "opendrain");
    for (let clock = 0; clock < FREE_CLOCKS && stuck(wires); clock++) {
      digitalWrite(wires.scl, 0);
      digitalWrite(wires.scl, 1);
    }
    // A stop: SDA rises while SCL is high.
    pinMode(wires.sda, "opendrain");
    digitalWrite(wires.sda, 0);
    digitalWrite(wires.sda, 1);
  }
  const held = stuck(wires);
  setUp(wires);
  return held;
}

/** The bus I2C1; a function that makes devices on it. */
export function createI2c(wires: I2cWires): (address: number) => I2cDevice {
  let held = false;
  setUp(wires);
  return function (address) {
    return {
      write: function (out) {
        held = held && freeBus(wires);
        if (held) {
          return false;
        }
        try {
          I2C1.writeTo(address, out);
          return true;
        } catch {
          held = freeBus(wires);
          return false;
        }
      },
      read: function (out, count) {
        held = held && freeBus(wires);
        if (held) {
          return "";
        }
        try {
          if (out.length > 0) {
            I2C1.writeTo({ address: address, stop: false }, out);
          }
          return textOfBytes(I2C1.readFrom(address, count));
        } catch {
          held = freeBus(wires);
          return "";
        }
      },
    };
  };
}

let zeros = "";

/** A text of zeros, which a read clocks out. */
function clocks(count: number): string {
  while (zeros.length < ZEROS_BYTES) {
    zeros = zeros + String.fromCharCode(0);
  }
  let text = "";
  while (text.length + ZEROS_BYTES <= count) {
    text = text + zeros;
  }
  return text + zeros.substring(0, count - text.length);
}

export function createSpi(wires: { sck: string; miso: string; mosi: string; cs: string; rate_hz: number }): SpiDevice {
  digitalWrite(wires.cs, 1);
  SPI1.setup({ sck: wires.sck, miso: wires.miso, mosi: wires.mosi, baud: wires.rate_hz, mode: 0 });
  return {
    exchange: function (out, count) {
      digitalWrite(wires.cs, 0);
      try {
        SPI1.send(out);
        return count > 0 ? SPI1.send(clocks(count)) : "";
      } catch {
        return "";
      } finally {
        // A chip that stays selected would take the next instruction for data.
        digitalWrite(wires.cs, 1);
      }
    },
  };
}

export function createBitLine(cs: string, wr: string, data: string): BitLine {
  digitalWrite(cs, 1);
  digitalWrite(wr, 1);
  return {
    select: function (on) {
      digitalWrite(cs, on ? 0 : 1);
    },
    send: function (value, count) {
      let weight = 1;
      for (let bit = 1; bit < count; bit++) {
        weight = weight * 2;
      }
      while (weight >= 1) {
        // The chip takes the bit when WR rises.
        digitalWrite(wr, 0);
        digitalWrite(data, Math.floor(value / weight) % 2);
        digitalWrite(wr, 1);
        weight = weight > 1 ? Math.floor(weight / 2) : 0;
      }
    },
  };
}
