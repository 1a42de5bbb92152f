/// <reference path="./luatos.d.ts" />
/**
 * Pins of LuatOS on an EC618: outputs, inputs, watched inputs, the supply, and waiting.
 *
 * GPIO 20 to 22 are told both edges and have a pull-up of their own as inputs; all others are told one kind of edge
 * only, here the rising one, and have none: the board has it outside (boards/WIRING.md). From
 * https://wiki.luatos.com/chips/air780e/iomux.html, "GPIO". So the channels of a sensor are on those three; a contact
 * that opens is told on any pin, and that it closed is found by its driver's look.
 *
 * An edge is told with the level at its interrupt, and without its time: the time of a watch is that of its call.
 */
import type { AnalogPin, Delay, InputPin, OutputPin, WatchedPin } from "../drivers/bus";
import { uptimeMs, uptimeUs } from "./timer";

const BOTH_EDGES_FIRST = 20;
const BOTH_EDGES_LAST = 22;
/** A conversion that is not done within 10 ms fails (luat_adc_ec618.c); so often in a row, and the supply is none. */
const READINGS_MAX = 3;

function hasBothEdges(pin: number): boolean {
  return pin >= BOTH_EDGES_FIRST && pin <= BOTH_EDGES_LAST;
}

function pullOf(pin: number): number | undefined {
  return hasBothEdges(pin) ? gpio.PULLUP : undefined;
}

export function outputPin(pin: number): OutputPin {
  gpio.setup(pin, 0);
  return {
    set: function (high) {
      gpio.set(pin, high ? 1 : 0);
    },
  };
}

function isHigh(pin: number): boolean {
  return gpio.get(pin) === 1;
}

export function inputPin(pin: number): InputPin {
  gpio.setup(pin, undefined, pullOf(pin));
  return {
    high: function () {
      return isHigh(pin);
    },
  };
}

/** An input that a board may lack. */
export function optionalInput(pin: number | undefined): InputPin | undefined {
  return pin === undefined ? undefined : inputPin(pin);
}

export function watchedPin(pin: number): WatchedPin {
  inputPin(pin);
  return {
    high: function () {
      return isHigh(pin);
    },
    watch: function (listener) {
      const told = function (level: number): void {
        listener(level === 1, uptimeMs());
      };
      gpio.setup(pin, told, pullOf(pin), hasBothEdges(pin) ? gpio.BOTH : gpio.RISING);
    },
  };
}

export function optionalWatched(pin: number | undefined): WatchedPin | undefined {
  return pin === undefined ? undefined : watchedPin(pin);
}

/** A channel of the converter, or the supply of the module itself. */
export function analogPin(channel: number | "vbat"): AnalogPin {
  const id = channel === "vbat" ? adc.CH_VBAT : channel;
  adc.open(id);
  return {
    millivolts: function () {
      let reading_mv = adc.get(id);
      for (let reading = 1; reading < READINGS_MAX && reading_mv < 0; reading++) {
        reading_mv = adc.get(id);
      }
      return Math.max(reading_mv, 0);
    },
  };
}

/** Waits by the clock, for chips: nothing else runs meanwhile. */
export function busyDelay(): Delay {
  return {
    wait_us: function (span_us) {
      const until_us = uptimeUs() + span_us;
      let now_us = uptimeUs();
      while (now_us < until_us) {
        now_us = uptimeUs();
      }
    },
  };
}
