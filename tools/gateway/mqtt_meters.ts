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
import { hexBytes, hexText } from "../../firmware/card/bytes";
import { FRAME_MAX_BYTES } from "../../firmware/modem/bg96_commands";
import { CONTENT_MAX_BYTES_B, frameB } from "../../firmware/radio/frames";
import type { Radio } from "../../hal/radio";
import { receiverOf, senderOf } from "./addressed";
import { connectBroker, subscribe } from "./broker";
import { NO_SIGNAL_DBM } from "./gateway";
import { BROADCAST_TOPIC, downTopic, upTopic } from "./mqtt_topics";
import { networkRadio, publishNow } from "./network_radio";

const UP_TOPIC = /^curbstop\/meter\/(\d{8})\/up$/;

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
  return senderOf(frame) === id ? frame : undefined;
}

export async function openMqttMeters(url: string): Promise<MqttMeters> {
  const client = await connectBroker(url, "--mqtt-meters");
  const { radio, hear } = networkRadio(CONTENT_MAX_BYTES_B, async (content) => {
    const receiver = receiverOf(content);
    if (receiver === undefined) throw new Error("it is for nobody");
    const topic = receiver.to === "all" ? BROADCAST_TOPIC : downTopic(receiver.id);
    await publishNow(client, topic, hexText(frameB(content)));
  });
  const counts = { frames: 0, frames_dropped: 0 };
  client.on("message", (topic, payload, { retain }) => {
    const frame = retain ? undefined : frameIn(topic, payload);
    if (frame === undefined) {
      counts.frames_dropped += 1;
      return;
    }
    counts.frames += 1;
    hear(frame, NO_SIGNAL_DBM);
  });
  try {
    await subscribe(client, url, upTopic("+"));
  } catch (error) {
    await client.endAsync(true);
    throw error;
  }
  return { radio, counts, close: () => client.endAsync(true) };
}
