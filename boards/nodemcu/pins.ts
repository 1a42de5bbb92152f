/// <reference path="./nodemcu.d.ts" />
/**
 * Pins of NodeMCU on an ESP32: outputs, inputs with a pull-up, watched inputs, an analogue input, and waiting.
 *
 * `gpio.trig` does not tell when an edge came: the time of a watch is that of its call, which is late when the engine is
 * busy. Contacts that are debounced over 100 ms bear it; pulses are counted by hardware (counter.ts).
 * Pins 34 to 39 are inputs without a pull-up: the board has one outside (boards/WIRING.md).
 */
import type { AnalogPin, Delay, InputPin, OutputPin, WatchedPin } from "../drivers/bus";
import { esp32Millivolts } from "../drivers/esp32_converter";
import { uptimeMs } from "./timer";

const INPUT_ONLY_FIRST = 34;
/** ADC1 by pin: 32 to 39 are channels 4 to 7, then 0 to 3. */
const ADC_FIRST_PIN = 32;
const ADC_CHANNELS = 8;
const ADC_BITS = 12;
const IDLE_FROM_US = 1000;

export function outputPin(pin: number): OutputPin {
  gpio.write(pin, 0);
  gpio.config({ gpio: pin, dir: gpio.OUT });
  gpio.write(pin, 0);
  return {
    set: function (high) {
      gpio.write(pin, high ? 1 : 0);
    },
  };
}

/** An output that rests high, and is never low before it is told to. */
export function restingHigh(pin: number): OutputPin {
  gpio.write(pin, 1);
  gpio.config({ gpio: pin, dir: gpio.OUT });
  gpio.write(pin, 1);
  return {
    set: function (high) {
      gpio.write(pin, high ? 1 : 0);
    },
  };
}

function isHigh(pin: number): boolean {
  return gpio.read(pin) === 1;
}

export function inputPin(pin: number): InputPin {
  if (pin < INPUT_ONLY_FIRST) {
    gpio.config({ gpio: pin, dir: gpio.IN, pull: gpio.PULL_UP });
  } else {
    gpio.config({ gpio: pin, dir: gpio.IN });
  }
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
      gpio.trig(pin, gpio.INTR_UP_DOWN, function (_pin, level) {
        listener(level === 1, uptimeMs());
      });
    },
  };
}

export function optionalWatched(pin: number | undefined): WatchedPin | undefined {
  return pin === undefined ? undefined : watchedPin(pin);
}

export function analogPin(pin: number): AnalogPin {
  const channel = (pin - ADC_FIRST_PIN + 4) % ADC_CHANNELS;
  adc.setwidth(adc.ADC1, ADC_BITS);
  adc.setup(adc.ADC1, channel, adc.ATTEN_11db);
  return {
    millivolts: function () {
      return esp32Millivolts(adc.read(adc.ADC1, channel));
    },
  };
}

/**
 * Waits by the clock, for chips: nothing else of the firmware runs meanwhile. In waits that are long enough to be many,
 * an erase, the system's idle task runs, or its watchdog would take them for a hang.
 */
export function busyDelay(): Delay {
  return {
    wait_us: function (span_us) {
      const until_us = node.uptime() + span_us;
      let now_us = node.uptime();
      while (now_us < until_us) {
        if (span_us >= IDLE_FROM_US) {
          tmr.wdclr();
        }
        now_us = node.uptime();
      }
    },
  };
}
