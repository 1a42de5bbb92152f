/**
 * iM871A of IMST: the radio port on a byte line and a timer of its own (hci_frames.ts; messages of the WiMOD HCI).
 *
 *   start      device information (01 0F: is it an iM871A?), configuration (01 03: device, link mode, signal strengths
 *              on, time stamps off), kept by the module until its next reset
 *   send       02 01 with the frame from its C field on; 02 02 says that it is done. The module puts L and the check
 *              sums of the frame format on, so they are checked and taken off here: `send` takes a frame in format A or
 *              B, or its content without sums. Anything else is no frame and "failed".
 *   receive    02 03, from the C field on. The sums were right, and are put on again as `sums` says.
 *   window     the module hears whenever it has power; frames outside a window are dropped here
 *   airtime    the module does not count it; here it is (duty_cycle.ts), before each frame
 *   watch      every `watch_ms` the configuration is read back (01 05): a module that was unplugged, or had its power
 *              dip, says nothing and hears nothing, and is started anew
 *   silence    management commands go out COMMAND_TRIES times, a frame once, because it may be on the air already. A
 *              silent module is started again after a pause that doubles from RESTART_MIN_MS to RESTART_MAX_MS.
 *
 * What the payload of 02 02 says is not judged: its publisher's document is not at hand, and the frame has no second
 * try in either case. A telegram that is lost is followed by the next one, and a message is repeated until answered.
 *
 * Port: radio (im871a).
 */
import type { Radio } from "../../hal/radio";
import type { Timer } from "../../hal/timer";
import { assert } from "../assert";
import { CONTENT_MAX_BYTES_B, contentOfA, contentOfB, frameA, frameB, lengthA, LINK_BYTES } from "../radio/frames";
import type { ByteLine } from "../reader/byte_line";
import type { RadioMode } from "./airtime";
import { airtimeUs, dutyPermille } from "./airtime";
import type { DutyCycle } from "./duty_cycle";
import { countAirtime, createDutyCycle, mayTransmit } from "./duty_cycle";
import type { HciFrame, HciParser } from "./hci_frames";
import {
  createHciParser,
  HCI_MANAGEMENT,
  HCI_PAYLOAD_MAX_BYTES,
  HCI_RADIO_LINK,
  hciFrame,
  isInsideHci,
  resetHci,
  signalDbm,
  takeHci,
} from "./hci_frames";

export const SET_CONFIG = 0x03;
export const GET_CONFIG = 0x05;
export const DEVICE_INFO = 0x0f;
export const WMBUS_MESSAGE = 0x01;
export const WMBUS_RECEIVED = 0x03;
/** A response has the number of its request and one more. */
const RESPONSE = 1;

/** First byte of the device information. */
export const MODULE_IM871A = 0x33;
const INFO_BYTES = 8;

/**
 * Link modes by their number: C1 and C2 with frame format A; and C1 and T1 at once, for who hears both. C2 and T2 are what
 * a meter has that is spoken to: it sends as in C1 or T1, and hears what others send it (EN 13757-4, 10 and 11).
 */
export const LINK_T1 = 3;
export const LINK_T2 = 4;
export const LINK_C1 = 6;
export const LINK_C2 = 8;
export const LINK_C1_T1 = 10;

export const DEVICE_OTHER = 0;
export const DEVICE_METER = 1;

/** Which fields of a configuration follow: device and link mode; signal strengths and time stamps. */
const HAS_DEVICE_AND_LINK = 0x03;
const HAS_SIGNAL_AND_TIME = 0x30;

export const COMMAND_TIMEOUT_MS = 300;
export const COMMAND_TRIES = 3;
/** A frame of 256 bytes takes 125 ms at the slowest; the module may wait for a gap of its own. */
export const SEND_TIMEOUT_MS = 2000;
/** Silence inside of a frame: some 300 bytes at 57600 baud, since a system may hold bytes back. */
export const GAP_MS = 50;
export const RESTART_MIN_MS = 500;
export const RESTART_MAX_MS = 60000;
/** Longest frame with its sums: a content of 252 bytes in format B. */
const FRAME_MAX_BYTES = 256;
/** Later than anything lives. */
const NEVER_MS = 4503599627370496;

export type Sums = "none" | "a" | "b";

export interface Im871aSettings {
  device: number;
  link: number;
  /** What is sent goes out so: for airtime and duty cycle. */
  sends: RadioMode;
  /** How received frames are handed on: without check sums, or in a frame format. */
  sums: Sums;
  /** 0: never. */
  watch_ms: number;
  /** Permille of the hour's airtime that counts as used at a boot. */
  used_permille: number;
}

/** How often a meter looks after its module: a telegram that fails tells of it, too. */
const METER_WATCH_MS = 600000;

/** Settings of a meter's module: it sends as C1 or T1, and hears what others send it. */
export function meterSettings(mode: "C" | "T"): Im871aSettings {
  return {
    device: DEVICE_METER,
    link: mode === "T" ? LINK_T2 : LINK_C2,
    sends: mode === "T" ? "T1" : "C1",
    sums: "a",
    watch_ms: METER_WATCH_MS,
    used_permille: 0,
  };
}

type Done = (result: "sent" | "duty_cycle" | "failed") => void;
type Reply = (frame: HciFrame) => void;

export interface Im871a {
  port: Radio;
  settings: Im871aSettings;
  /** False while the module does not answer as an iM871A does. */
  working: boolean;
  /** Device information: module, device, firmware, HCI version, unique number (4, low byte first). */
  info: number[];
  duty: DutyCycle;
  /** Times that the module was started. */
  starts: number;
  line: ByteLine;
  timer: Timer;
  parser: HciParser;
  /** Content to send, from C on, and whom to tell; the request that is under way. */
  sending: number[];
  done: Done | undefined;
  result: "sent" | "duty_cycle" | "failed" | undefined;
  endpoint: number;
  request: number[];
  awaited: number;
  tries_left: number;
  next: Reply;
  limit_at_ms: number;
  gap_at_ms: number;
  restart_at_ms: number;
  watch_at_ms: number;
  pause_ms: number;
  listen_until_ms: number;
  listener: (frame: number[], rssi_dbm: number) => void;
}

function nothing(): void {
  return;
}

/** Puts the one alarm at the earliest of all that is waited for. */
function settle(modem: Im871a): void {
  const due_ms = modem.result === undefined ? NEVER_MS : modem.timer.now_ms();
  const work_ms = Math.min(modem.limit_at_ms, modem.restart_at_ms, modem.watch_at_ms);
  const at_ms = Math.min(due_ms, work_ms, modem.gap_at_ms);
  if (at_ms < NEVER_MS) {
    modem.timer.alarm(at_ms, function () {
      onAlarm(modem);
    });
  }
}

/** The sender hears of it from the alarm, never inside of `send`. */
function conclude(modem: Im871a, result: "sent" | "duty_cycle" | "failed"): void {
  if (modem.done !== undefined && modem.result === undefined) {
    modem.result = result;
  }
}

function writeRequest(modem: Im871a): void {
  modem.tries_left -= 1;
  resetHci(modem.parser);
  modem.line.write(hciFrame(modem.endpoint, modem.awaited - RESPONSE, modem.request, undefined, true));
}

function ask(modem: Im871a, endpoint: number, message: number, payload: number[], next: Reply): void {
  assert(modem.awaited === 0, "one request at a time");
  const is_frame = endpoint === HCI_RADIO_LINK;
  modem.endpoint = endpoint;
  modem.request = payload;
  modem.awaited = message + RESPONSE;
  modem.tries_left = is_frame ? 1 : COMMAND_TRIES;
  modem.next = next;
  modem.limit_at_ms = modem.timer.now_ms() + (is_frame ? SEND_TIMEOUT_MS : COMMAND_TIMEOUT_MS);
  writeRequest(modem);
}

function begin(modem: Im871a): void {
  modem.restart_at_ms = NEVER_MS;
  modem.starts += 1;
  ask(modem, HCI_MANAGEMENT, DEVICE_INFO, [], function (frame) {
    if (frame.payload.length < INFO_BYTES || frame.payload[0] !== MODULE_IM871A) {
      restart(modem);
      return;
    }
    modem.info = frame.payload;
    configure(modem);
  });
}

/** 00 (until the next reset), device and link mode, then signal strengths on and time stamps off. */
function configure(modem: Im871a): void {
  const settings = modem.settings;
  const payload = [0, HAS_DEVICE_AND_LINK, settings.device, settings.link, HAS_SIGNAL_AND_TIME, 1, 0];
  ask(modem, HCI_MANAGEMENT, SET_CONFIG, payload, function () {
    modem.working = true;
    modem.pause_ms = RESTART_MIN_MS;
    rest(modem);
  });
}

function restart(modem: Im871a): void {
  modem.working = false;
  modem.awaited = 0;
  modem.limit_at_ms = NEVER_MS;
  modem.watch_at_ms = NEVER_MS;
  modem.restart_at_ms = modem.timer.now_ms() + modem.pause_ms;
  modem.pause_ms = Math.min(modem.pause_ms * 2, RESTART_MAX_MS);
  conclude(modem, "failed");
}

/** Nothing is under way: the frame that waits goes out, or the module is watched. */
function rest(modem: Im871a): void {
  const watch_ms = modem.settings.watch_ms;
  modem.watch_at_ms = watch_ms > 0 ? modem.timer.now_ms() + watch_ms : NEVER_MS;
  if (modem.done !== undefined && modem.result === undefined) {
    transmit(modem);
  }
}

function transmit(modem: Im871a): void {
  const now_ms = modem.timer.now_ms();
  const sends = modem.settings.sends;
  // Format A, which has the more sums.
  const airtime_us = airtimeUs(sends, lengthA(modem.sending.length));
  if (!mayTransmit(modem.duty, now_ms, airtime_us)) {
    conclude(modem, "duty_cycle");
    return;
  }
  // Counted before it is known to have gone out: a module that falls silent may have sent it.
  countAirtime(modem.duty, now_ms, airtime_us);
  modem.watch_at_ms = NEVER_MS;
  ask(modem, HCI_RADIO_LINK, WMBUS_MESSAGE, modem.sending, function () {
    conclude(modem, "sent");
    rest(modem);
  });
}

/** Content with its L, from the C field on. */
function contentFrom(rest_bytes: number[]): number[] {
  return [rest_bytes.length].concat(rest_bytes);
}

/** The module still has the link mode that it was given. */
function checkConfig(modem: Im871a): void {
  ask(modem, HCI_MANAGEMENT, GET_CONFIG, [], function (frame) {
    const payload = frame.payload;
    const has_both = payload.length > 2 && payload[0] % 4 === HAS_DEVICE_AND_LINK;
    if (has_both && payload[1] === modem.settings.device && payload[2] === modem.settings.link) {
      rest(modem);
    } else {
      modem.working = false;
      configure(modem);
    }
  });
}

function onTimeout(modem: Im871a, now_ms: number): void {
  if (modem.tries_left > 0) {
    modem.limit_at_ms = now_ms + COMMAND_TIMEOUT_MS;
    writeRequest(modem);
  } else {
    restart(modem);
  }
}

function tell(modem: Im871a): void {
  const done = modem.done;
  const result = modem.result;
  if (done !== undefined && result !== undefined) {
    modem.done = undefined;
    modem.result = undefined;
    done(result);
  }
}

function onAlarm(modem: Im871a): void {
  const now_ms = modem.timer.now_ms();
  if (now_ms >= modem.gap_at_ms) {
    modem.gap_at_ms = NEVER_MS;
    resetHci(modem.parser);
  }
  if (modem.awaited !== 0 && now_ms >= modem.limit_at_ms) {
    onTimeout(modem, now_ms);
  } else if (now_ms >= modem.restart_at_ms) {
    begin(modem);
  } else if (modem.awaited === 0 && now_ms >= modem.watch_at_ms) {
    modem.watch_at_ms = NEVER_MS;
    checkConfig(modem);
  }
  tell(modem);
  settle(modem);
}

/** A frame that was heard: L and sums are put back. */
function onReceived(modem: Im871a, frame: HciFrame): void {
  const content = contentFrom(frame.payload);
  if (!modem.working || modem.timer.now_ms() >= modem.listen_until_ms || content.length < LINK_BYTES) {
    return;
  }
  const sums = modem.settings.sums;
  if (sums === "b" && content.length > CONTENT_MAX_BYTES_B) {
    return;
  }
  const heard = sums === "none" ? content : sums === "a" ? frameA(content) : frameB(content);
  modem.listener(heard, frame.signal === undefined ? signalDbm(0) : signalDbm(frame.signal));
}

function onFrame(modem: Im871a, frame: HciFrame): void {
  if (frame.endpoint === HCI_RADIO_LINK && frame.message === WMBUS_RECEIVED) {
    onReceived(modem, frame);
  } else if (modem.awaited !== 0 && frame.endpoint === modem.endpoint && frame.message === modem.awaited) {
    const next = modem.next;
    modem.awaited = 0;
    modem.limit_at_ms = NEVER_MS;
    modem.next = nothing;
    next(frame);
  }
}

/** From the C field on: what the module takes; undefined when these bytes are no frame. */
function moduleBytes(frame: number[]): number[] | undefined {
  const summed = contentOfB(frame);
  const content = summed === undefined ? contentOfA(frame) : summed;
  if (content !== undefined) {
    return content.slice(1, content.length);
  }
  const is_plain = frame.length >= LINK_BYTES && frame[0] === frame.length - 1;
  return is_plain ? frame.slice(1, frame.length) : undefined;
}

function send(modem: Im871a, frame: number[], done: Done): "started" | "busy" {
  assert(frame.length > 0 && frame.length <= modem.port.frame_max_bytes, "a frame fits the port");
  if (modem.done !== undefined) {
    return "busy";
  }
  modem.done = done;
  const bytes = moduleBytes(frame);
  if (bytes === undefined || bytes.length > HCI_PAYLOAD_MAX_BYTES) {
    conclude(modem, "failed");
  } else {
    modem.sending = bytes;
    if (modem.restart_at_ms < NEVER_MS) {
      conclude(modem, "failed");
    } else if (modem.working && modem.awaited === 0) {
      transmit(modem);
    }
  }
  settle(modem);
  return "started";
}

function portOf(get: () => Im871a): Radio {
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
      return get().working;
    },
  };
}

/** Starts the modem. The timer must be its own: its one alarm is always in use. */
export function createIm871a(line: ByteLine, timer: Timer, settings: Im871aSettings): Im871a {
  const modem: Im871a = {
    port: portOf(function () {
      return modem;
    }),
    settings: settings,
    working: false,
    info: [],
    duty: createDutyCycle(dutyPermille(settings.sends), timer.now_ms(), settings.used_permille),
    starts: 0,
    line: line,
    timer: timer,
    parser: createHciParser(function (frame) {
      onFrame(modem, frame);
    }),
    sending: [],
    done: undefined,
    result: undefined,
    endpoint: 0,
    request: [],
    awaited: 0,
    tries_left: 0,
    next: nothing,
    limit_at_ms: NEVER_MS,
    gap_at_ms: NEVER_MS,
    restart_at_ms: NEVER_MS,
    watch_at_ms: NEVER_MS,
    pause_ms: RESTART_MIN_MS,
    listen_until_ms: 0,
    listener: function (frame, rssi_dbm) {
      assert(frame.length > 0 && rssi_dbm < 0, "a frame has bytes and a signal strength");
    },
  };
  line.on_bytes(function (bytes) {
    takeHci(modem.parser, bytes);
    modem.gap_at_ms = isInsideHci(modem.parser) ? timer.now_ms() + GAP_MS : NEVER_MS;
    settle(modem);
  });
  begin(modem);
  settle(modem);
  return modem;
}
