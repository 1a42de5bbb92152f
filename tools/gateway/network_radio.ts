/**
 * A radio that is somebody's network: what is sent is handed over, one frame at a time and each step of it within a time,
 * and what is heard comes when the network brings it. "sent" is that the network has it.
 */
import type { MqttClient } from "mqtt";
import type { Radio } from "../../hal/radio";

export const SEND_MS = 10_000;

export interface NetworkRadio {
  readonly radio: Radio;
  readonly hear: (frame: number[], rssi_dbm: number) => void;
}

/**
 * `deliver` resolves when the network has the frame, and rejects when it does not take it. It calls `goes_on` behind each
 * step: a frame in pieces may take longer than `send_ms` in all.
 */
export function networkRadio(
  frame_max_bytes: number,
  deliver: (content: number[], goes_on: () => void) => Promise<void>,
  send_ms = SEND_MS,
): NetworkRadio {
  let is_busy = false;
  let until_ms = 0;
  let listener: Parameters<Radio["on_frame"]>[0] = () => undefined;
  const radio: Radio = {
    frame_max_bytes,
    send: (content, done) => {
      if (is_busy) return "busy";
      is_busy = true;
      let is_over = false;
      const end = (result: "sent" | "failed"): void => {
        if (is_over) return;
        is_over = true;
        is_busy = false;
        clearTimeout(limit);
        done(result);
      };
      // One that was handed over too late for this limit may still come: its meter knows it by its counter.
      const limit = setTimeout(end, send_ms, "failed");
      const goes_on = (): void => {
        if (!is_over) limit.refresh();
      };
      deliver(content, goes_on).then(
        () => {
          end("sent");
        },
        () => {
          end("failed");
        },
      );
      return "started";
    },
    listen: (window_ms) => {
      until_ms = performance.now() + window_ms;
    },
    on_frame: (replacement) => {
      listener = replacement;
    },
  };
  const hear = (frame: number[], rssi_dbm: number): void => {
    if (performance.now() < until_ms) listener(frame, rssi_dbm);
  };
  return { radio, hear };
}

/** Publishes at QoS 1. Rejects when the broker is not there, or goes before it has acknowledged. */
export async function publishNow(client: MqttClient, topic: string, text: string): Promise<void> {
  let lost: () => void = () => undefined;
  const gone = new Promise<never>((_, reject) => {
    lost = (): void => {
      reject(new Error("the broker has gone"));
    };
  });
  if (!client.connected) lost();
  client.once("close", lost);
  try {
    await Promise.race([gone, client.connected ? client.publishAsync(topic, text, { qos: 1 }) : gone]);
  } finally {
    client.off("close", lost);
  }
}
