/**
 * Byte line: bytes to and from a chip that has a serial line of its own (UART, or what an adapter makes to look so).
 *
 * It is no port of the hal: no firmware outside of this room uses one, and a board that has a reader of another kind
 * has none. Boards make it of their UART, the simulator of two ends of a pipe.
 */
import { assert } from "../assert";

export interface ByteLine {
  /** Queues bytes (0 to 255) for sending. A line that loses them is dealt with by the protocol above. */
  write(bytes: number[]): void;
  /**
   * Calls `listener` with bytes as they come in, one or more at a time, from the main loop and never inside `write`. A
   * second call replaces the listener.
   */
  on_bytes(listener: (bytes: number[]) => void): void;
}

/** The listener of a line that has none yet. */
export function hearNobody(bytes: number[]): void {
  assert(bytes.length > 0, "bytes come one or more at a time");
}
