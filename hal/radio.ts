/**
 * Radio modem: sends and receives whole link-layer frames (wireless M-Bus or LoRaWAN payloads).
 *
 * The modem adds preamble and coding; the frame's own CRCs are the firmware's. Bytes are integers 0 to 255.
 */
export interface Radio {
  /** Longest frame in bytes that can be sent or received. */
  readonly frame_max_bytes: number;
  /**
   * Sends a frame. `done` is called once, later: "sent", "duty_cycle" (the legal airtime of this hour is used up, try
   * later) or "failed" (modem silent or resetting). Returns "busy" while one is under way; `done` is not called then.
   */
  send(frame: number[], done: (result: "sent" | "duty_cycle" | "failed") => void): "started" | "busy";
  /** Opens a receive window from now; 0 closes it. The modem sleeps outside windows. */
  listen(window_ms: number): void;
  /** Calls `listener` for each frame received in a window, with its signal strength. A second call replaces it. */
  on_frame(listener: (frame: number[], rssi_dbm: number) => void): void;
  /**
   * How much later than over the air a frame may come that answers one of ours, because a network between keeps it; left
   * out where nothing is between.
   */
  readonly late_ms?: number;
  /** Whether the modem answers as its kind does; left out where there is no modem to ask. */
  readonly answers?: () => boolean;
}
