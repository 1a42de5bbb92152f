/**
 * Tamper inputs: contacts and a field sensor, debounced by the driver (at least 100 ms).
 */
export type TamperInput = "case" | "magnet" | "reader";

export interface Tamper {
  /** True while the case is open, a strong magnet is near, or the reader's cover is off. */
  active(input: TamperInput): boolean;
  /** Calls `listener` when any input has changed. A second call replaces the listener. */
  on_change(listener: () => void): void;
}
