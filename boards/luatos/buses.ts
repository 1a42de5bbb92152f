/// <reference path="./luatos.d.ts" />
/**
 * Buses of LuatOS: one I2C and one SPI, both of the hardware.
 *
 * On an EC618 `i2c.send` always ends with a stop, whatever it is told; `i2c.transfer` has the repeated start.
 */
import type { I2cDevice, SpiDevice } from "../drivers/bus";
import type { LuatosI2cBus, LuatosSpiBus } from "./board";

const FAST_HZ = 400000;
const DATA_BITS = 8;

/** The bus; a function that makes devices on it. */
export function createI2c(bus: LuatosI2cBus): (address: number) => I2cDevice {
  i2c.setup(bus.id, bus.rate_hz >= FAST_HZ ? i2c.FAST : i2c.SLOW);
  return function (address) {
    return {
      write: function (out) {
        return i2c.send(bus.id, address, out);
      },
      read: function (out, count) {
        if (out.length === 0) {
          return i2c.recv(bus.id, address, count);
        }
        // eslint-disable-next-line no-restricted-syntax -- Lua alone runs this, and a second call would be another one
        const [acknowledged, bytes] = i2c.transfer(bus.id, address, out, undefined, count);
        return acknowledged && bytes !== undefined ? bytes : "";
      },
    };
  };
}

/** The one chip on the bus, in half duplex: what is sent goes out first, then what is wanted comes. */
export function createSpi(bus: LuatosSpiBus): SpiDevice {
  const device = spi.deviceSetup(bus.id, bus.cs, 0, 0, DATA_BITS, bus.rate_hz, spi.MSB, spi.master, spi.half);
  return {
    exchange: function (out, count) {
      if (count === 0) {
        device.send(out);
        return "";
      }
      const bytes = device.transfer(out, out.length, count);
      return bytes === undefined ? "" : bytes;
    },
  };
}
