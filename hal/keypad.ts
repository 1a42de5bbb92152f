/**
 * Keypad: the twelve keys of a telephone, debounced by the driver.
 */
export interface Keypad {
  /** Calls `listener` with "0" to "9", "*" or "#" when a key goes down. A second call replaces the listener. */
  on_key(listener: (key: string) => void): void;
}
