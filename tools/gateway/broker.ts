/**
 * A connection to an MQTT broker (3.1.1). Once it was there it comes and goes by itself, and subscriptions with it: the
 * session is a clean one, so nothing waits in the broker for who is not there.
 */
import { connect, type MqttClient } from "mqtt";
import { GatewayError } from "./gateway_error";

const CONNECT_MS = 10_000;
export const RETRY_MS = 2000;

/** The address as a message shows it: without a password. */
export function shownBroker(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return "the broker";
  }
}

export function noBroker(url: string, error: Error): GatewayError {
  const why = (error as NodeJS.ErrnoException).code ?? error.message;
  return new GatewayError("no_broker", `${shownBroker(url)}: the broker cannot be reached (${why}; is it running?)`);
}

/** Hears a topic at QoS 1, or says that the broker does not allow it. */
export async function subscribe(client: MqttClient, url: string, topic: string): Promise<void> {
  try {
    await client.subscribeAsync(topic, { qos: 1 });
  } catch (error) {
    const why = `does not let this user hear ${topic} (${(error as Error).message}; see its access rules)`;
    throw new GatewayError("no_broker", `${shownBroker(url)}: the broker ${why}`);
  }
}

export function connectBroker(url: string, option = "--mqtt"): Promise<MqttClient> {
  if (!/^(mqtts?|wss?):\/\//.test(url))
    throw new GatewayError("bad_argument", `${option} takes a broker's address, such as mqtt://localhost:1883`);
  const client = connect(url, { protocolVersion: 4, reconnectPeriod: RETRY_MS, queueQoSZero: false });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(limit);
      client.end(true);
      reject(noBroker(url, error));
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
