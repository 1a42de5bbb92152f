/**
 * The BG96 emulator's way to a real MQTT broker (hci/mqtt_broker.ts has one in memory): what the module does by itself,
 * done by the npm package `mqtt`. By TLS only where the machine trusts the broker's certificate.
 */
import { connect, type MqttClient } from "mqtt";
import { CLOSED_BY_PEER, type MqttLink, SUBSCRIPTION_FAILED } from "./hci/mqtt_broker";

const SERVER_UNAVAILABLE = 3;

/** Code of a refused connection (MQTT 3.1.1, table 3.1); what has no such code is a server that is not there. */
function refusalOf(error: Error): number {
  const { code } = error as { code?: unknown };
  return typeof code === "number" && code >= 1 && code <= 5 ? code : SERVER_UNAVAILABLE;
}

export function mqttLink(): MqttLink {
  let url = "";
  let client: MqttClient | undefined;
  const link: MqttLink = {
    open: (host, port, tls, done) => {
      url = `${tls ? "mqtts" : "mqtt"}://${host}:${port}`;
      done(0);
    },
    connect: (clientId, username, password, done) => {
      const login = username === "" ? {} : { username, password };
      const own = connect(url, { clientId, ...login, protocolVersion: 4, clean: true, reconnectPeriod: 0 });
      client = own;
      let is_in = false;
      own.once("connect", () => {
        is_in = true;
        done(0);
      });
      own.on("error", (error) => {
        if (!is_in) done(refusalOf(error));
      });
      own.on("message", (topic, payload) => {
        link.on_message(topic, [...payload]);
      });
      own.on("close", () => {
        if (is_in && client === own) link.on_lost(CLOSED_BY_PEER);
      });
    },
    subscribe: (topic, done) => {
      client?.subscribe(topic, { qos: 1 }, (error, granted) => {
        done(error === null && granted !== undefined && granted.length > 0 ? granted[0].qos : SUBSCRIPTION_FAILED);
      });
    },
    publish: (topic, payload, done) => {
      client?.publish(topic, Buffer.from(payload), { qos: 1 }, (error) => {
        done(error == null);
      });
    },
    close: () => {
      const gone = client;
      client = undefined;
      gone?.end(true);
    },
    on_message: () => undefined,
    on_lost: () => undefined,
  };
  return link;
}
