/**
 * Meters behind a mobile network (firmware/modem/bg96.ts): a radio for the gateway that is a broker's topics
 * (mqtt_topics.ts).
 *
 * All at QoS 1 and not retained. A payload is the frame with its check sums, in hexadecimal, at most FRAME_MAX_BYTES of
 * it: frames go out in format B, as every meter reads them. "sent" is that the broker has it.
 *
 * The broker is not trusted, no more than the air is: who says what is proved by the frame itself. What is no frame, or
 * is of another meter than its topic says, is dropped and counted; a retained one is from before and is dropped, too.
 * Who may use which topic is for the broker's access rules: a meter its own, and to hear the one for all.
 */
import type { MqttClient } from "mqtt";
import { hexBytes, hexText } from "../../firmware/card/bytes";
import { FRAME_MAX_BYTES } from "../../firmware/modem/bg96_commands";
import { CONTENT_MAX_BYTES_B, LINK_BYTES, frameB } from "../../firmware/radio/frames";
import { C_SND_UD, C_SND_UD3, C_SND_UD_NEXT, idAt, isLinkContent } from "../../firmware/radio/link";
import type { Radio } from "../../hal/radio";
import { connectBroker, subscribe } from "./broker";
import { NO_SIGNAL_DBM } from "./gateway";
import { BROADCAST_TOPIC, downTopic, upTopic } from "./mqtt_topics";

const UP_TOPIC = /^curbstop\/meter\/(\d{8})\/up$/;
const SEND_MS = 10_000;
/** Identification number in the link layer, and in the long header behind link, extended link and authentication. */
const SENDER_FIRST = 4;
const RECEIVER_FIRST = 31;

export interface MqttMeters {
  readonly radio: Radio;
  readonly counts: { frames: number; frames_dropped: number };
  close(): Promise<void>;
}

/** The frame of a message; undefined when it is none of the meter that the topic names. */
function frameIn(topic: string, payload: Buffer): number[] | undefined {
  const id = UP_TOPIC.exec(topic)?.[1];
  if (id === undefined || payload.length > 2 * FRAME_MAX_BYTES) return undefined;
  const frame = hexBytes(payload.toString("latin1"));
  return frame.length > LINK_BYTES && idAt(frame, SENDER_FIRST) === id ? frame : undefined;
}

/** Where content goes; undefined when it names no meter. */
function topicOf(content: number[]): string | undefined {
  if (!isLinkContent(content) || content.length > CONTENT_MAX_BYTES_B) return undefined;
  if (content[1] === C_SND_UD3) return BROADCAST_TOPIC;
  const is_message = content[1] === C_SND_UD || content[1] === C_SND_UD_NEXT;
  const id = is_message && content.length > RECEIVER_FIRST + 4 ? idAt(content, RECEIVER_FIRST) : "";
  return id === "" ? undefined : downTopic(id);
}

function radioOf(client: MqttClient): { radio: Radio; hear: (frame: number[]) => void } {
  let is_busy = false;
  let until_ms = 0;
  let listener: Parameters<Radio["on_frame"]>[0] = () => undefined;
  const radio: Radio = {
    frame_max_bytes: CONTENT_MAX_BYTES_B,
    send: (content, done) => {
      if (is_busy) return "busy";
      is_busy = true;
      const topic = topicOf(content);
      let is_over = false;
      const end = (result: "sent" | "failed"): void => {
        if (is_over) return;
        is_over = true;
        is_busy = false;
        clearTimeout(limit);
        client.off("close", lost);
        done(result);
      };
      const lost = (): void => {
        end("failed");
      };
      // One that the broker has not acknowledged may come late: its meter knows it by its counter.
      const limit = setTimeout(lost, SEND_MS);
      client.once("close", lost);
      if (topic === undefined || !client.connected) setImmediate(lost);
      else {
        client.publish(topic, hexText(frameB(content)), { qos: 1 }, (error) => {
          end(error == null ? "sent" : "failed");
        });
      }
      return "started";
    },
    listen: (window_ms) => {
      until_ms = performance.now() + window_ms;
    },
    on_frame: (replacement) => {
      listener = replacement;
    },
  };
  const hear = (frame: number[]): void => {
    if (performance.now() < until_ms) listener(frame, NO_SIGNAL_DBM);
  };
  return { radio, hear };
}

export async function openMqttMeters(url: string): Promise<MqttMeters> {
  const client = await connectBroker(url, "--mqtt-meters");
  const { radio, hear } = radioOf(client);
  const counts = { frames: 0, frames_dropped: 0 };
  client.on("message", (topic, payload, { retain }) => {
    const frame = retain ? undefined : frameIn(topic, payload);
    if (frame === undefined) {
      counts.frames_dropped += 1;
      return;
    }
    counts.frames += 1;
    hear(frame);
  });
  try {
    await subscribe(client, url, upTopic("+"));
  } catch (error) {
    await client.endAsync(true);
    throw error;
  }
  return { radio, counts, close: () => client.endAsync(true) };
}
