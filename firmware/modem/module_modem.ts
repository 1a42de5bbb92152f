/**
 * Modem of a module whose own interpreter runs the firmware (an Air780E with LuatOS): the radio port on what that
 * interpreter does by itself (module_engine.ts) and a timer of its own. To the utility it is a BG96 (bg96.ts): the same
 * settings, topics and payloads, frames in upper-case hexadecimal.
 *
 *   start      the radio is on; an address is waited for; a connection is opened, accepted, and subscribed to the topics.
 *              A firmware that tells of no subscription (LuatOS before August 2025) is given SUBSCRIBE_TIMEOUT_MS and
 *              believed; one that has told of a part of them is not
 *   send       published at QoS 1; "sent" when the broker has it. While it starts the frame waits for SEND_TIMEOUT_MS,
 *              then "failed". The interpreter sends nothing twice: a message without its receipt is a broken connection
 *   receive    on the meter's own topic or the one for all
 *   window     frames outside a window are dropped here; the module stays reachable
 *   watch      every `watch_ms`: an address, a connection, and the broker has said something within SILENT_KEEPALIVES
 *              of the keep-alive, for the interpreter pings and does not look for the answer
 *   lost       a broken or refused connection, a lost address, a network that denies it, silence: closed, and all of it
 *              anew after a pause that doubles from RESTART_MIN_MS to RESTART_MAX_MS as a BG96's does, in the longer ones
 *              with its radio off. It is short again when a frame has reached the broker, or a watch was good
 *
 * Of the settings, `network`, eDRX and PSM are a BG96's alone. The keep-alive is held between KEEPALIVE_MIN_S and
 * KEEPALIVE_MAX_S, and is the longest for 0, because the interpreter takes no other. An APN is said once, with the radio
 * off, as it must be known before the SIM is.
 *
 * Port: radio (module).
 */
import type { Radio } from "../../hal/radio";
import type { Timer } from "../../hal/timer";
import { assert } from "../assert";
import { hexBytes, hexText } from "../card/bytes";
import { ASK_AGAIN_MS, RADIO_OFF_MS, RESTART_MAX_MS, RESTART_MIN_MS, SEND_TIMEOUT_MS } from "./bg96";
import type { Bg96Settings } from "./bg96_commands";
import { bg96SettingsFault, FRAME_MAX_BYTES, REGISTRATION_TIMEOUT_MS, SIGNAL_MIN_DBM } from "./bg96_commands";
import type { Done, SendResult } from "./bg96_state";
import type { ModuleEngine, ModuleListener } from "./module_engine";

/** From opening to acceptance: the name's address, TCP, TLS, MQTT. */
export const OPEN_TIMEOUT_MS = 75000;
export const SUBSCRIBE_TIMEOUT_MS = 10000;
export const KEEPALIVE_MIN_S = 15;
export const KEEPALIVE_MAX_S = 600;
/** The broker itself ends a connection after one and a half. */
export const SILENT_KEEPALIVES = 2;
const NEVER_MS = 4503599627370496;

export interface ModuleModem {
  port: Radio;
  engine: ModuleEngine;
  timer: Timer;
  settings: Bg96Settings;
  state: "starting" | "working" | "pausing";
  /** While it starts: an address, the broker, its subscriptions; of a frame: its receipt; of a pause: its beginning. */
  awaits: "" | "network" | "broker" | "subscribed" | "receipt" | "end";
  is_radio_on: boolean;
  /** Times that it was started. */
  starts: number;
  /** Topics that were asked for and not yet granted. */
  ungranted: number;
  has_granted: boolean;
  /** When the broker last said anything. */
  heard_at_ms: number;
  network_until_ms: number;
  message_id: number;
  payload: string;
  done: Done | undefined;
  result: SendResult | undefined;
  limit_at_ms: number;
  send_until_ms: number;
  watch_at_ms: number;
  pause_ms: number;
  listen_until_ms: number;
  listener: (frame: number[], rssi_dbm: number) => void;
}

/** The keep-alive as the interpreter takes it. */
export function moduleKeepalive(settings: Bg96Settings): number {
  const wanted_s = settings.keepalive_s === 0 ? KEEPALIVE_MAX_S : settings.keepalive_s;
  return Math.min(Math.max(wanted_s, KEEPALIVE_MIN_S), KEEPALIVE_MAX_S);
}

function settle(modem: ModuleModem): void {
  const due_ms = modem.result === undefined ? NEVER_MS : modem.timer.now_ms();
  const frame_ms = modem.done === undefined ? NEVER_MS : modem.send_until_ms;
  const at_ms = Math.min(due_ms, frame_ms, modem.limit_at_ms, modem.watch_at_ms);
  if (at_ms < NEVER_MS) {
    modem.timer.alarm(at_ms, function () {
      onAlarm(modem);
    });
  }
}

function conclude(modem: ModuleModem, result: SendResult): void {
  if (modem.done !== undefined && modem.result === undefined) {
    modem.result = result;
  }
}

function tell(modem: ModuleModem): void {
  const done = modem.done;
  const result = modem.result;
  if (done !== undefined && result !== undefined) {
    modem.done = undefined;
    modem.result = undefined;
    done(result);
  }
}

function waitFor(modem: ModuleModem, what: ModuleModem["awaits"], limit_ms: number): void {
  modem.awaits = what;
  modem.limit_at_ms = modem.timer.now_ms() + limit_ms;
}

/** Gives up what there is. It is closed by the alarm: this may be the listener's call. */
function pause(modem: ModuleModem): void {
  modem.state = "pausing";
  modem.watch_at_ms = NEVER_MS;
  waitFor(modem, "end", 0);
  conclude(modem, "failed");
}

function endConnection(modem: ModuleModem): void {
  modem.engine.close();
  if (modem.pause_ms >= RADIO_OFF_MS) {
    modem.engine.set_radio(false);
    modem.is_radio_on = false;
  }
  waitFor(modem, "", modem.pause_ms);
  modem.pause_ms = Math.min(modem.pause_ms * 2, RESTART_MAX_MS);
}

function begin(modem: ModuleModem): void {
  modem.state = "starting";
  modem.starts += 1;
  if (!modem.is_radio_on) {
    modem.engine.set_radio(true);
    modem.is_radio_on = true;
  }
  modem.network_until_ms = modem.timer.now_ms() + REGISTRATION_TIMEOUT_MS;
  askNetwork(modem);
}

/** Is there an address yet? */
function askNetwork(modem: ModuleModem): void {
  const network = modem.engine.network();
  if (network === "ready") {
    waitFor(modem, "broker", OPEN_TIMEOUT_MS);
    if (!modem.engine.open(modem.settings, moduleKeepalive(modem.settings))) {
      pause(modem);
    }
  } else if (network === "denied" || modem.timer.now_ms() >= modem.network_until_ms) {
    pause(modem);
  } else {
    waitFor(modem, "network", ASK_AGAIN_MS);
  }
}

function subscribeAll(modem: ModuleModem): void {
  const topics = [modem.settings.down_topic];
  if (modem.settings.broadcast_topic !== "") {
    topics.push(modem.settings.broadcast_topic);
  }
  modem.ungranted = topics.length;
  modem.has_granted = false;
  waitFor(modem, "subscribed", SUBSCRIBE_TIMEOUT_MS);
  for (const topic of topics) {
    if (!modem.engine.subscribe(topic)) {
      pause(modem);
      return;
    }
  }
}

/** Nothing is under way: the frame that waits goes out, or the module is watched. */
function rest(modem: ModuleModem): void {
  const watch_ms = modem.settings.watch_ms;
  modem.state = "working";
  modem.awaits = "";
  modem.limit_at_ms = NEVER_MS;
  modem.watch_at_ms = watch_ms > 0 ? modem.timer.now_ms() + watch_ms : NEVER_MS;
  if (modem.done !== undefined && modem.result === undefined) {
    modem.watch_at_ms = NEVER_MS;
    modem.awaits = "receipt";
    const message_id = modem.engine.publish(modem.settings.up_topic, modem.payload);
    if (message_id === undefined) {
      pause(modem);
    } else {
      modem.message_id = message_id;
    }
  }
}

function watch(modem: ModuleModem): void {
  const silent_ms = SILENT_KEEPALIVES * moduleKeepalive(modem.settings) * 1000;
  const is_heard = modem.timer.now_ms() - modem.heard_at_ms <= silent_ms;
  if (is_heard && modem.engine.is_open() && modem.engine.network() === "ready") {
    modem.pause_ms = RESTART_MIN_MS;
    rest(modem);
  } else {
    pause(modem);
  }
}

function onLimit(modem: ModuleModem): void {
  modem.limit_at_ms = NEVER_MS;
  if (modem.state === "pausing") {
    if (modem.awaits === "end") {
      endConnection(modem);
    } else {
      begin(modem);
    }
  } else if (modem.awaits === "network") {
    askNetwork(modem);
  } else if (modem.awaits === "subscribed" && !modem.has_granted) {
    rest(modem);
  } else {
    pause(modem);
  }
}

function onAlarm(modem: ModuleModem): void {
  const now_ms = modem.timer.now_ms();
  if (now_ms >= modem.limit_at_ms) {
    onLimit(modem);
  }
  if (now_ms >= modem.watch_at_ms) {
    watch(modem);
  }
  if (modem.done !== undefined && now_ms >= modem.send_until_ms) {
    conclude(modem, "failed");
    if (modem.awaits === "receipt") {
      pause(modem);
    }
  }
  tell(modem);
  settle(modem);
}

function onAddress(modem: ModuleModem, has_one: boolean): void {
  if (has_one && modem.awaits === "network") {
    // By the alarm: this is the listener's call.
    waitFor(modem, "network", 0);
  } else if (!has_one && modem.state !== "pausing" && modem.awaits !== "network") {
    pause(modem);
  }
}

function onSubscribed(modem: ModuleModem, is_granted: boolean): void {
  if (modem.awaits !== "subscribed") {
    return;
  }
  modem.has_granted = true;
  modem.ungranted -= 1;
  if (!is_granted) {
    pause(modem);
  } else if (modem.ungranted === 0) {
    rest(modem);
  }
}

function onSent(modem: ModuleModem, message_id: number): void {
  if (modem.awaits === "receipt" && message_id === modem.message_id) {
    modem.pause_ms = RESTART_MIN_MS;
    conclude(modem, "sent");
    // At once, for a window opens behind it, and an answer may be waiting already.
    tell(modem);
    rest(modem);
  }
}

function onMessage(modem: ModuleModem, topic: string, text: string): void {
  const is_for_all = topic !== "" && topic === modem.settings.broadcast_topic;
  const is_ours = topic === modem.settings.down_topic || is_for_all;
  const is_heard = modem.state === "working" && modem.timer.now_ms() < modem.listen_until_ms;
  if (is_ours && is_heard && text.length <= 2 * FRAME_MAX_BYTES) {
    const frame = hexBytes(text);
    if (frame.length > 0) {
      const signal_dbm = modem.engine.signal_dbm();
      modem.listener(frame, signal_dbm < 0 ? Math.max(signal_dbm, SIGNAL_MIN_DBM) : SIGNAL_MIN_DBM);
    }
  }
}

function send(modem: ModuleModem, frame: number[], done: Done): "started" | "busy" {
  assert(frame.length > 0 && frame.length <= FRAME_MAX_BYTES, "a frame fits the port");
  if (modem.done !== undefined) {
    return "busy";
  }
  modem.done = done;
  modem.payload = hexText(frame);
  modem.send_until_ms = modem.timer.now_ms() + SEND_TIMEOUT_MS;
  if (modem.state === "pausing") {
    conclude(modem, "failed");
  } else if (modem.state === "working" && modem.awaits === "") {
    rest(modem);
  }
  settle(modem);
  return "started";
}

/** What the engine tells: each time the alarm is set anew behind it, and what the broker says is heard. */
function listenerOf(modem: ModuleModem): ModuleListener {
  const heard = function (): void {
    modem.heard_at_ms = modem.timer.now_ms();
    settle(modem);
  };
  return {
    on_address: function (has_one) {
      onAddress(modem, has_one);
      settle(modem);
    },
    on_accepted: function () {
      if (modem.awaits === "broker") {
        subscribeAll(modem);
      }
      heard();
    },
    on_subscribed: function (is_granted) {
      onSubscribed(modem, is_granted);
      heard();
    },
    on_sent: function (message_id) {
      onSent(modem, message_id);
      heard();
    },
    on_message: function (topic, text) {
      onMessage(modem, topic, text);
      heard();
    },
    on_alive: heard,
    on_lost: function () {
      if (modem.state !== "pausing") {
        pause(modem);
      }
      settle(modem);
    },
  };
}

function portOf(get: () => ModuleModem): Radio {
  return {
    frame_max_bytes: FRAME_MAX_BYTES,
    send: function (frame, done) {
      return send(get(), frame, done);
    },
    listen: function (window_ms) {
      const modem = get();
      modem.listen_until_ms = modem.timer.now_ms() + window_ms;
    },
    on_frame: function (listener) {
      get().listener = listener;
    },
    answers: function () {
      return get().engine.is_known();
    },
  };
}

/** Starts the modem. The timer must be its own: its one alarm is always in use. */
export function createModuleModem(engine: ModuleEngine, timer: Timer, settings: Bg96Settings): ModuleModem {
  assert(bg96SettingsFault(settings) === "", "settings are within their bounds");
  const modem: ModuleModem = {
    port: portOf(function () {
      return modem;
    }),
    engine: engine,
    timer: timer,
    settings: settings,
    state: "starting",
    awaits: "",
    is_radio_on: true,
    starts: 0,
    ungranted: 0,
    has_granted: false,
    heard_at_ms: 0,
    network_until_ms: 0,
    message_id: 0,
    payload: "",
    done: undefined,
    result: undefined,
    limit_at_ms: NEVER_MS,
    send_until_ms: 0,
    watch_at_ms: NEVER_MS,
    pause_ms: RESTART_MIN_MS,
    listen_until_ms: 0,
    listener: function (frame, rssi_dbm) {
      assert(frame.length > 0 && rssi_dbm < 0, "a frame has bytes and a signal strength");
    },
  };
  engine.listen(listenerOf(modem));
  if (settings.apn !== "") {
    engine.set_radio(false);
    engine.set_apn(settings);
    modem.is_radio_on = false;
  }
  begin(modem);
  settle(modem);
  return modem;
}
