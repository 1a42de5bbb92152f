/**
 * Supply: its voltage through a divider at an analogue input, and the brown-out warning.
 *
 * The warning comes from a comparator on a watched pin (low while the supply is too low), if the board has one, and
 * from looks at the voltage every `look_ms`: below `low_mv`, until it is `good_mv` or more. Either is enough; both must
 * be good for the end. A battery falls slowly, and looks find it; a plug that is pulled needs the comparator.
 *
 * `supply_good` is what the memory asks before it programs or erases: while a warning stands the voltage itself is
 * measured, because one program still works behind the warning.
 *
 * Port: power (supply).
 */
import { assert } from "../../firmware/assert";
import type { Power } from "../../hal/power";
import type { Timer } from "../../hal/timer";
import type { AnalogPin, WatchedPin } from "./bus";

export interface SupplySettings {
  /** Supply = millivolts at the pin * multiply / divide. */
  multiply: number;
  divide: number;
  low_mv: number;
  good_mv: number;
  /** Below it the memory must not be programmed. */
  memory_mv: number;
  look_ms: number;
}

export interface Supply {
  port: Power;
  supply_good: () => boolean;
}

/** The timer must be the supply's own. */
export function createSupply(
  pin: AnalogPin,
  warning: WatchedPin | undefined,
  timer: Timer,
  settings: SupplySettings,
): Supply {
  assert(settings.memory_mv <= settings.low_mv && settings.low_mv < settings.good_mv, "warnings come in order");
  let low = false;
  let listener = function (now_low: boolean): void {
    assert(now_low === low, "nobody listens yet");
  };
  const supplyMv = function (): number {
    return Math.floor((pin.millivolts() * settings.multiply) / settings.divide);
  };
  const judge = function (): void {
    const warned = warning !== undefined && !warning.high();
    const now_low = warned || supplyMv() < (low ? settings.good_mv : settings.low_mv);
    if (now_low !== low) {
      low = now_low;
      listener(now_low);
    }
  };
  const look = function (): void {
    timer.alarm(timer.now_ms() + settings.look_ms, look);
    judge();
  };
  const watch = function (): void {
    if (warning !== undefined) {
      warning.watch(judge);
    }
  };
  watch();
  look();
  return {
    port: {
      supply_mv: supplyMv,
      on_brown_out: function (next) {
        listener = next;
        watch();
      },
    },
    supply_good: function () {
      return !low || supplyMv() >= settings.memory_mv;
    },
  };
}
