/**
 * Expander pins: eight pins behind a PCF8574 on I2C (NXP, product data sheet rev. 5, 7 and 8.1: quasi-bidirectional
 * ports, high is a weak pull-up, low is driven), for a keypad or switches on a board with few pins.
 *
 * An input reads high until something pulls it low, so a pin is set high before it is read; the driver of a keypad
 * leaves its columns so. Nothing tells of an edge: `watch` never calls, and drivers find a change by their looks. An
 * expander that does not answer reads high: no key is down.
 */
import type { I2cDevice, OutputPin, WatchedPin } from "./bus";

const PINS = 8;

export interface ExpanderPin extends OutputPin, WatchedPin {}

function bitOf(pin: number): number {
  let bit = 1;
  for (let place = 0; place < pin; place++) {
    bit = bit * 2;
  }
  return bit;
}

/** All eight; they are high at power-on. */
export function createExpanderPins(device: I2cDevice): ExpanderPin[] {
  let written = 255;
  const pinAt = function (number: number): ExpanderPin {
    const bit = bitOf(number);
    return {
      set: function (high) {
        written = (written & (255 - bit)) + (high ? bit : 0);
        device.write(String.fromCharCode(written));
      },
      high: function () {
        const bytes = device.read("", 1);
        return bytes.length !== 1 || (bytes.charCodeAt(0) & bit) !== 0;
      },
      watch: function () {
        return;
      },
    };
  };
  const pins: ExpanderPin[] = [];
  for (let number = 0; number < PINS; number++) {
    pins.push(pinAt(number));
  }
  return pins;
}
