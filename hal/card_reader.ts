/**
 * Card reader: one contactless card (ISO/IEC 14443-4) at a time, as whole APDUs.
 *
 * The port does anti-collision, activation and block chaining; the firmware sees commands and answers. Bytes are
 * arrays of integers 0 to 255.
 */
export interface CardReader {
  /** Longest command or answer in bytes, at least 64 (DESFire frames are at most 60 bytes). */
  readonly apdu_max_bytes: number;
  /** True while an activated card is in the field. */
  present(): boolean;
  /** The card's UID (4, 7 or 10 bytes), empty when none is present. */
  uid(): number[];
  /**
   * Sends a command. `done` is called once, later, with the answer, which is its to keep and to change, or with an empty
   * answer and "removed" (card gone, perhaps in the middle) or "timeout" (no answer within `timeout_ms`). Returns "busy" while one is under way and
   * "absent" without a card; `done` is not called then.
   */
  transmit(
    command: number[],
    timeout_ms: number,
    done: (result: "ok" | "removed" | "timeout", answer: number[]) => void,
  ): "started" | "busy" | "absent";
  /** Calls `listener` when a card arrives or leaves. A second call replaces the listener. */
  on_change(listener: () => void): void;
}
