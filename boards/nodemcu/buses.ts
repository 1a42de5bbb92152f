/// <reference path="./nodemcu.d.ts" />
/**
 * Buses of NodeMCU on an ESP32: one I2C and one SPI.
 *
 * I2C is the one in software: the hardware's queues its work and has no answer byte by byte. Its clock is 100 kHz at most.
 */
import type { I2cDevice, SpiDevice } from "../drivers/bus";
import type { NodemcuI2cWires, NodemcuSpiWires } from "./board";

const ZEROS_BYTES = 64;

/** The bus; a function that makes devices on it. */
export function createI2c(wires: NodemcuI2cWires): (address: number) => I2cDevice {
  i2c.setup(i2c.SW, wires.sda, wires.scl, Math.min(wires.rate_hz, i2c.SLOW));
  return function (address) {
    const send = function (out: string): boolean {
      i2c.start(i2c.SW);
      return i2c.address(i2c.SW, address, i2c.TRANSMITTER) && i2c.write(i2c.SW, out) === out.length;
    };
    return {
      write: function (out) {
        const taken = send(out);
        i2c.stop(i2c.SW);
        return taken;
      },
      read: function (out, count) {
        let bytes = "";
        if (out.length === 0 || send(out)) {
          i2c.start(i2c.SW);
          if (i2c.address(i2c.SW, address, i2c.RECEIVER)) {
            bytes = i2c.read(i2c.SW, count);
          }
        }
        i2c.stop(i2c.SW);
        return bytes;
      },
    };
  };
}

function zeros(count: number): string {
  let block = "";
  while (block.length < ZEROS_BYTES) {
    block = block + String.fromCharCode(0);
  }
  let text = "";
  while (text.length + ZEROS_BYTES <= count) {
    text = text + block;
  }
  return text + block.substring(0, count - text.length);
}

/** The one chip on the bus. What a transfer takes in comes while it sends, so what is wanted follows what was sent. */
export function createSpi(wires: NodemcuSpiWires): SpiDevice {
  const bus = spi.master(spi.VSPI, { sclk: wires.sck, mosi: wires.mosi, miso: wires.miso });
  const device = bus.device({ cs: wires.cs, mode: 0, freq: wires.rate_hz });
  return {
    exchange: function (out, count) {
      return device.transfer(out + zeros(count)).substring(out.length, out.length + count);
    },
  };
}
