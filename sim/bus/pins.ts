/**
 * Pins: an input is set by the world outside, an output by a driver; edges of a watched one are told from the main
 * loop, with the time at which they came.
 *
 * Faults:
 *   removed   the engine has dropped the watch: edges are not told until it is armed anew
 *   dropped   so many edges that come next are not told (the engine's queue was full)
 */
import type { BusTime } from "./bus_time";
import { callAt, nowMs } from "./bus_time";
import type { PinWires } from "./wires";

export interface PinTwin {
  port: PinWires;
  level: boolean;
  /** Told after every change, as a wire would. */
  on_level: (high: boolean) => void;
  removed: boolean;
  dropped: number;
  /** How often a watch was armed. */
  armed: number;
}

function nothing(): void {
  return;
}

export function createPin(time: BusTime, level: boolean): PinTwin {
  let listener: (high: boolean, at_ms: number) => void = nothing;
  const pin: PinTwin = {
    port: {
      high: function () {
        return pin.level;
      },
      watch: function (next) {
        listener = next;
        pin.removed = false;
        pin.armed += 1;
      },
      set: function (high) {
        if (high === pin.level) {
          return;
        }
        pin.level = high;
        pin.on_level(high);
        const at_ms = nowMs(time);
        if (pin.dropped > 0) {
          pin.dropped -= 1;
        } else if (!pin.removed && listener !== nothing) {
          callAt(time, time.now_us, function () {
            listener(high, at_ms);
          });
        }
      },
    },
    level: level,
    on_level: nothing,
    removed: false,
    dropped: 0,
    armed: 0,
  };
  return pin;
}

/** The world sets an input, or a driver an output. */
export function setPin(pin: PinTwin, high: boolean): void {
  pin.port.set(high);
}

/** A contact that bounces: `bounces` short edges `gap_us` apart before it comes to rest. */
export function bouncePin(time: BusTime, pin: PinTwin, high: boolean, bounces: number, gap_us: number): void {
  setPin(pin, high);
  let level = high;
  for (let bounce = 0; bounce < 2 * bounces; bounce++) {
    level = !level;
    bounceAt(time, pin, level, time.now_us + (bounce + 1) * gap_us);
  }
}

function bounceAt(time: BusTime, pin: PinTwin, high: boolean, at_us: number): void {
  callAt(time, at_us, function () {
    setPin(pin, high);
  });
}
