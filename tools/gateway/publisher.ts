/**
 * Readings to an MQTT broker (3.1.1, QoS 1), as wmbusmeters publishes them: topic wmbusmeters/ID, one JSON object.
 *
 * The radio never waits for the broker. While it is away, the newest READINGS_MAX readings wait in memory; older ones
 * are dropped and counted: a meter says more with its next telegram than with its last.
 */
import { connectBroker, RETRY_MS } from "./broker";
import type { Reading } from "./gateway";

export const TOPIC = "wmbusmeters";
export const READINGS_MAX = 10_000;

export interface Publisher {
  publish(reading: Reading): void;
  readonly published: number;
  readonly dropped: number;
  readonly waiting: number;
  close(): Promise<void>;
}

export async function openPublisher(url: string, topic = TOPIC): Promise<Publisher> {
  const client = await connectBroker(url);
  const readings: Reading[] = [];
  const counts = { published: 0, dropped: 0, flying: 0 };
  let drained: () => void = () => undefined;
  const next = (): void => {
    const reading = client.connected && counts.flying === 0 ? readings.shift() : undefined;
    if (reading === undefined) {
      if (readings.length === 0 && counts.flying === 0) drained();
      return;
    }
    counts.flying = 1;
    client.publish(`${topic}/${reading.topic_id}`, reading.text, { qos: 1 }, (error) => {
      counts.flying = 0;
      if (error == null) counts.published += 1;
      else counts.dropped += 1;
      next();
    });
  };
  client.on("connect", next);
  return {
    publish: (reading) => {
      if (readings.length >= READINGS_MAX) {
        readings.shift();
        counts.dropped += 1;
      }
      readings.push(reading);
      next();
    },
    get published() {
      return counts.published;
    },
    get dropped() {
      return counts.dropped;
    },
    get waiting() {
      return readings.length + counts.flying;
    },
    close: async () => {
      if (client.connected && readings.length + counts.flying > 0) {
        await Promise.race([
          new Promise<void>((resolve) => (drained = resolve)),
          new Promise((resolve) => setTimeout(resolve, RETRY_MS)),
        ]);
      }
      await client.endAsync(true);
    },
  };
}
