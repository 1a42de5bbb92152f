/**
 * Readings to an MQTT broker (3.1.1, QoS 1), as wmbusmeters publishes them: topic wmbusmeters/ID, one JSON object.
 *
 * The radio never waits for the broker. While it is away, the newest READINGS_MAX readings wait in memory; older ones
 * are dropped and counted: a meter says more with its next telegram than with its last.
 */
import { connect, type MqttClient } from "mqtt";
import type { Reading } from "./gateway";
import { GatewayError } from "./gateway_error";

export const TOPIC = "wmbusmeters";
export const READINGS_MAX = 10_000;
const CONNECT_MS = 10_000;
const RETRY_MS = 2000;

export interface Publisher {
  publish(reading: Reading): void;
  readonly published: number;
  readonly dropped: number;
  readonly waiting: number;
  close(): Promise<void>;
}

/** The address as a message shows it: without a password. */
function shown(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return "the broker";
  }
}

function connected(url: string): Promise<MqttClient> {
  if (!/^(mqtts?|wss?):\/\//.test(url))
    throw new GatewayError("bad_argument", "--mqtt takes a broker's address, such as mqtt://localhost:1883");
  const client = connect(url, { protocolVersion: 4, reconnectPeriod: RETRY_MS, queueQoSZero: false });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(limit);
      client.end(true);
      const why = (error as NodeJS.ErrnoException).code ?? error.message;
      reject(new GatewayError("no_broker", `${shown(url)}: the broker cannot be reached (${why}; is it running?)`));
    };
    const limit = setTimeout(() => {
      fail(new Error("no answer"));
    }, CONNECT_MS);
    client.once("error", fail);
    client.once("connect", () => {
      clearTimeout(limit);
      client.off("error", fail);
      // From here on it comes and goes by itself.
      client.on("error", () => undefined);
      resolve(client);
    });
  });
}

export async function openPublisher(url: string, topic = TOPIC): Promise<Publisher> {
  const client = await connected(url);
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
