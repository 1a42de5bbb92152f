/// <reference path="./espruino.d.ts" />
/**
 * Pins of Espruino: outputs, inputs with a pull-up, watched inputs, an analogue input, and waiting.
 *
 * A watch is armed anew by clearing the old one first, so that no edge is told twice. Its events carry the time at
 * which the edge came, on the clock of getTime(), which is that of the timers here.
 *
 * On an ESP32 the interpreter knows no reference of its converter (targets/esp32/jshardware.c: E.getAnalogVRef is not a
 * number there, and complains on the console), which it leaves at 11 dB (../drivers/esp32_converter.ts).
 */
import type { AnalogPin, Delay, InputPin, OutputPin, WatchedPin } from "../drivers/bus";
import { esp32Millivolts } from "../drivers/esp32_converter";
import { timeMs } from "./timer";

const NO_WATCH = -1;

export function outputPin(pin: string): OutputPin {
  digitalWrite(pin, 0);
  return {
    set: function (high) {
      digitalWrite(pin, high ? 1 : 0);
    },
  };
}

/** Some calls give 0 and 1, some false and true, whatever their types say; as a whole number they are the same. */
export function isHigh(level: number): boolean {
  return Math.floor(level) === 1;
}

export function inputPin(pin: string): InputPin {
  pinMode(pin, "input_pullup");
  return {
    high: function () {
      return isHigh(digitalRead(pin));
    },
  };
}

/** An input that a board may lack. */
export function optionalInput(pin: string | undefined): InputPin | undefined {
  return pin === undefined ? undefined : inputPin(pin);
}

/** One that the interpreter has removed is not known to it any more, and it throws. */
function clearOld(watch: number): void {
  try {
    if (watch !== NO_WATCH) {
      clearWatch(watch);
    }
  } catch {
    return;
  }
}

export function watchedPin(pin: string): WatchedPin {
  pinMode(pin, "input_pullup");
  let watch = NO_WATCH;
  return {
    high: function () {
      return isHigh(digitalRead(pin));
    },
    watch: function (listener) {
      clearOld(watch);
      watch = setWatch(
        function (event) {
          listener(isHigh(event.state), timeMs(event.time));
        },
        pin,
        { repeat: true, edge: "both" },
      );
    },
  };
}

export function optionalWatched(pin: string | undefined): WatchedPin | undefined {
  return pin === undefined ? undefined : watchedPin(pin);
}

export function analogPin(pin: string, chip: string): AnalogPin {
  return {
    millivolts: function () {
      const share = analogRead(pin);
      return chip === "ESP32"
        ? esp32Millivolts(Math.floor(share * 4096))
        : Math.floor(share * E.getAnalogVRef() * 1000 + 0.5);
    },
  };
}

/** Waits by the clock, for chips: nothing else runs meanwhile. */
export function busyDelay(): Delay {
  return {
    wait_us: function (span_us) {
      const until_s = getTime() + span_us / 1000000;
      let now_s = getTime();
      while (now_s < until_s) {
        now_s = getTime();
      }
    },
  };
}
