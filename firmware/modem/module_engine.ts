/**
 * What the interpreter of a mobile module does by itself, for the driver of its modem (module_modem.ts): the network's
 * bearer, TLS and MQTT 3.1.1 at QoS 1 without retransmission. Nothing here waits; what comes of it is told to the listener,
 * outside of the calls, and never for a connection that was closed.
 */
import type { Bg96Settings } from "./bg96_commands";

export interface ModuleListener {
  /** The module has got its address, or has lost it. */
  on_address: (has_one: boolean) => void;
  /** The broker has accepted the connection. */
  on_accepted: () => void;
  /** One subscription was granted or refused. Not every firmware tells. */
  on_subscribed: (is_granted: boolean) => void;
  /** The broker has the message of this number. */
  on_sent: (message_id: number) => void;
  on_message: (topic: string, text: string) => void;
  /** The broker has answered a ping. */
  on_alive: () => void;
  /** There is no connection, or none any more: refused, broken, ended by the broker. */
  on_lost: () => void;
}

export interface ModuleEngine {
  /** Whether the module is there and knows itself. */
  is_known: () => boolean;
  /** Whether there is an address; "denied" when the network refuses this module. */
  network: () => "ready" | "searching" | "denied";
  /** Signal, dBm; 0 when the module knows none. */
  signal_dbm: () => number;
  /** Off: nothing is sent, and no network is searched for. */
  set_radio: (on: boolean) => void;
  /** The settings' door to the network; the radio is off. */
  set_apn: (settings: Bg96Settings) => void;
  /** Begins a connection with the settings' broker; false when it cannot, as without the authority's certificate. */
  open: (settings: Bg96Settings, keepalive_s: number) => boolean;
  /** Ends the connection that was opened last, if any. Not to be called inside of the listener. */
  close: () => void;
  /** Whether the connection stands, as far as the module knows. */
  is_open: () => boolean;
  /** False when it cannot go out. */
  subscribe: (topic: string) => boolean;
  /** The message's number; undefined when it cannot go out. */
  publish: (topic: string, text: string) => number | undefined;
  /** Whom all is told; a second call replaces the listener. */
  listen: (listener: ModuleListener) => void;
}
