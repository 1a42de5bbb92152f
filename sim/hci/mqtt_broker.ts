/**
 * An MQTT broker as a module's emulator sees it (bg96_module.ts), in memory: who is connected, who hears what, and
 * messages handed on. One client has one connection; a second under its name ends the first, as MQTT 3.1.1 has it
 * ([MQTT-3.1.4-2]).
 *
 * Faults:
 *   down       takes no connection
 *   tls        takes connections by TLS only; otherwise without it only
 *   deaf       takes messages and acknowledges none
 *   forbidden  topics to which nobody may subscribe
 * Not modelled: packets, wildcards, retained messages, sessions that outlive a connection, QoS 2.
 */
import { textBytes } from "../../firmware/card/bytes";

/** Connection return codes (MQTT 3.1.1, table 3.1). */
export const CONNECTION_ACCEPTED = 0;
export const CONNECTION_BAD_PASSWORD = 4;
export const SUBSCRIPTION_FAILED = 128;
export const OPEN_FAILED = -1;
/** Code of +QMTSTAT: closed by the other side. */
export const CLOSED_BY_PEER = 1;

/** A module's side of it. Each `done` may come at once, later, or never. */
export interface MqttLink {
  /** 0, or why not (results of +QMTOPEN). */
  open: (host: string, port: number, tls: boolean, done: (result: number) => void) => void;
  connect: (client_id: string, user: string, password: string, done: (code: number) => void) => void;
  /** The quality of service that was granted, or 128. */
  subscribe: (topic: string, done: (granted: number) => void) => void;
  publish: (topic: string, payload: number[], done: (ok: boolean) => void) => void;
  close: () => void;
  on_message: (topic: string, payload: number[]) => void;
  /** With a code of +QMTSTAT. */
  on_lost: (code: number) => void;
}

interface Connection {
  client_id: string;
  topics: string[];
  link: MqttLink;
}

export interface Broker {
  /** "" for anyone. */
  user: string;
  password: string;
  connections: Connection[];
  /** Times that someone was let in. */
  accepted: number;
  down: boolean;
  tls: boolean;
  deaf: boolean;
  forbidden: string[];
  on_publish: (topic: string, payload: number[]) => void;
}

export function createBroker(): Broker {
  return {
    user: "",
    password: "",
    connections: [],
    accepted: 0,
    down: false,
    tls: false,
    deaf: false,
    forbidden: [],
    on_publish: function () {
      return;
    },
  };
}

function without(connections: Connection[], gone: MqttLink): Connection[] {
  const rest: Connection[] = [];
  for (const one of connections) {
    if (one.link !== gone) {
      rest.push(one);
    }
  }
  return rest;
}

/** A message of someone else's reaches all who hear its topic. */
export function publishTo(broker: Broker, topic: string, text: string): void {
  for (const connection of broker.connections) {
    if (connection.topics.indexOf(topic) >= 0) {
      connection.link.on_message(topic, textBytes(text));
    }
  }
}

/** Ends all connections. */
export function closeAll(broker: Broker): void {
  const connections = broker.connections;
  broker.connections = [];
  for (const connection of connections) {
    connection.link.on_lost(CLOSED_BY_PEER);
  }
}

function letIn(broker: Broker, link: MqttLink, client_id: string): void {
  for (const other of broker.connections.slice(0, broker.connections.length)) {
    if (other.client_id === client_id) {
      broker.connections = without(broker.connections, other.link);
      other.link.on_lost(CLOSED_BY_PEER);
    }
  }
  broker.connections.push({ client_id: client_id, topics: [], link: link });
  broker.accepted += 1;
}

/** A way to the broker, for one module. */
export function linkTo(broker: Broker): MqttLink {
  const link: MqttLink = {
    open: function (host, port, tls, done) {
      const is_open = !broker.down && tls === broker.tls && host !== "" && port > 0;
      done(is_open ? 0 : OPEN_FAILED);
    },
    connect: function (client_id, user, password, done) {
      if (broker.user !== "" && (user !== broker.user || password !== broker.password)) {
        done(CONNECTION_BAD_PASSWORD);
        return;
      }
      letIn(broker, link, client_id);
      done(CONNECTION_ACCEPTED);
    },
    subscribe: function (topic, done) {
      if (broker.forbidden.indexOf(topic) >= 0) {
        done(SUBSCRIPTION_FAILED);
        return;
      }
      for (const connection of broker.connections) {
        if (connection.link === link) {
          connection.topics.push(topic);
        }
      }
      done(1);
    },
    publish: function (topic, payload, done) {
      broker.on_publish(topic, payload);
      if (!broker.deaf) {
        done(true);
      }
    },
    close: function () {
      broker.connections = without(broker.connections, link);
    },
    on_message: function () {
      return;
    },
    on_lost: function () {
      return;
    },
  };
  return link;
}
