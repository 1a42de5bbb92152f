/**
 * Timer: monotonic milliseconds since boot, and one alarm.
 *
 * Drivers extend short hardware counters, so the value never wraps in a meter's life (15 years are 2^39 ms).
 */
export interface Timer {
  now_ms(): number;
  /**
   * Calls `callback` from the main loop once `now_ms() >= at_ms`; late is possible, early is not. One alarm exists: a
   * further call replaces it. An alarm in the past fires as soon as the main loop is free.
   */
  alarm(at_ms: number, callback: () => void): void;
}
