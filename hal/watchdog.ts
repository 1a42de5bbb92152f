/**
 * Watchdog: resets the meter when it is not kicked in time.
 *
 * Drivers of parts with a short period kick the hardware themselves as long as the firmware's own period holds.
 */
export interface Watchdog {
  /** Starts it; it cannot be stopped again. `timeout_ms` is 1,000 to 3,600,000. */
  start(timeout_ms: number): void;
  kick(): void;
  /** True when the last reset, the one before this boot, was the watchdog's and not a loss of power. */
  caused_reset(): boolean;
}
