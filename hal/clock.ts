/**
 * Clock: calendar time, kept through power cuts where the board has a backed-up RTC.
 *
 * It can be wrong: never set, set back, or jumped. Durations are measured with the timer port, never with this one.
 */
export interface Clock {
  /** Seconds since 1970-01-01 UTC, whole; 0 while the time is not known. Never above 2^36. */
  now_utc_s(): number;
  /** Sets the time; it is valid afterwards. */
  set(utc_s: number): void;
}
