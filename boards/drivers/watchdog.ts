/**
 * Watchdog: the firmware's own period, up to an hour, on a hardware watchdog that has a short one.
 *
 * The driver kicks the hardware from a timer as long as the firmware's last kick is younger than its period. So both
 * are found: firmware that no longer gets anywhere (its period runs out, the driver stops kicking) and an interpreter
 * that hangs (the timer does not run, at most HARDWARE_MS). The hardware's period is at most a quarter of the
 * firmware's.
 *
 * Port: watchdog (interpreter).
 */
import { assert } from "../../firmware/assert";
import type { Timer } from "../../hal/timer";
import type { Watchdog } from "../../hal/watchdog";

/** Longest time for which an interpreter may hang; a motor has to bear it (hbridge_valve.ts). */
export const HARDWARE_MS = 8000;
export const TIMEOUT_MIN_MS = 1000;
export const TIMEOUT_MAX_MS = 3600000;

export interface HardwareWatchdog {
  start(period_ms: number): void;
  kick(): void;
  caused_reset(): boolean;
}

/** The timer must be the watchdog's own. */
export function createWatchdog(hardware: HardwareWatchdog, timer: Timer): Watchdog {
  let timeout_ms = 0;
  let kicked_ms = 0;
  let hardware_ms = 0;
  const caused_reset = hardware.caused_reset();
  const look = function (): void {
    const now_ms = timer.now_ms();
    if (now_ms - kicked_ms >= timeout_ms) {
      return;
    }
    hardware.kick();
    timer.alarm(now_ms + Math.floor(hardware_ms / 4), look);
  };
  return {
    start: function (wanted_ms) {
      assert(wanted_ms >= TIMEOUT_MIN_MS && wanted_ms <= TIMEOUT_MAX_MS, "the watchdog's period is within bounds");
      timeout_ms = wanted_ms;
      kicked_ms = timer.now_ms();
      hardware_ms = Math.min(HARDWARE_MS, Math.floor(wanted_ms / 4));
      hardware.start(hardware_ms);
      look();
    },
    kick: function () {
      kicked_ms = timer.now_ms();
    },
    caused_reset: function () {
      return caused_reset;
    },
  };
}
