/**
 * RAK3172 of RAKwireless, a LoRaWAN module with AT commands (RUI3 AT command manual), 115200 baud, 8N1: the radio port
 * as far as LoRaWAN fits it. A frame is the payload of a LoRaWAN frame, or of some (lorawan_pieces.ts); network, keys and
 * check sums are the module's.
 *
 *   start      AT+NJM=1 (join over the air), AT+CLASS=C (hears whenever it does not send), AT+ADR=0 and AT+DR (one data
 *              rate, whose longest payload is known: a module begins with the slowest, and a network may go down to it),
 *              AT+DEVEUI, AT+APPEUI, AT+APPKEY, AT+RMVMULC and AT+ADDMULC for the multicast group of a broadcast, which
 *              the module keeps and takes no second time (once a boot, as it writes its flash), AT+JOIN=1:0:10:8; each
 *              answered OK, but the removal of what is not there
 *   joined     +EVT:JOINED. Each attempt that fails is told (+EVT:JOIN_FAILED...), and the module makes the next one by
 *              itself, as it does when the duty cycle holds the first one back; behind all of them again after a pause
 *              that doubles
 *   send       AT+SEND=port:HEX, answered OK; +EVT:TX_DONE when it was sent. AT_DUTYCYCLE_RESTRICTED of the manual, and
 *              Restricted_Wait_..._ms with AT_BUSY_ERROR of RUI3 itself, are "duty_cycle": here the module counts the
 *              airtime. AT_NO_NETWORK_JOINED: the module has forgotten, join again.
 *   receive    +EVT:RX_1, RX_2, RX_B or RX_C : rssi : snr : UNICAST or MULTICAST : port : HEX
 *   window     as the port says: class C hears always, frames outside a window are dropped here. One that comes while our
 *              own is under way, in the windows behind it, waits for the end of that: it is the answer
 *   late       a network that has missed those windows waits before it sends in class C, and before the next piece:
 *              ChirpStack five seconds and a second each time (its network.scheduler), and the way to whoever answers
 *              comes on top. So a piece in a window keeps it open for the next one
 *
 * What the port cannot say: several data rates with their own longest payload, confirmed frames, and the network's own
 * answer. The band is a setting of the module that it keeps; nothing here changes it.
 *
 * A command without an answer in time is repeated COMMAND_TRIES times, but AT+SEND never: the frame may be on the air.
 * The key of the device goes to the module and is in no record here that is ever printed.
 *
 * Port: radio (rak3172).
 */
import type { Radio } from "../../hal/radio";
import type { Timer } from "../../hal/timer";
import { assert } from "../assert";
import { hexBytes, hexText } from "../card/bytes";
import { decimal } from "../text";
import type { ByteLine } from "../reader/byte_line";
import type { LineReader } from "./at_lines";
import type { PieceBox } from "./lorawan_pieces";
import { PIECE_MIN_BYTES, WHOLE_MAX_BYTES, createPieceBox, isPiece, piecesOf, takePiece } from "./lorawan_pieces";
import { beginsWith, commandBytes, createLineReader, partsOf, takeLines, wholeOf } from "./at_lines";

export const COMMAND_TIMEOUT_MS = 1000;
export const COMMAND_TRIES = 3;
/** Sent, and both receive windows behind it, at the slowest rate. */
export const SEND_TIMEOUT_MS = 12000;
/** The module tries once, and eight times more, ten seconds apart, and up to seven more each. */
export const JOIN_TIMEOUT_MS = 170000;
export const RESTART_MIN_MS = 1000;
export const RESTART_MAX_MS = 600000;
export const LATE_MS = 20000;
/** From a piece to the next one: the network's six seconds, and three on the air at the slowest rate. */
export const PIECE_WAIT_MS = 10000;
/** Frames that wait for the end of ours: one in each of the windows behind it. */
export const HELD_MAX = 2;
const PAYLOAD_MAX_BYTES = 242;
const PORT_MAX = 223;
const DATA_RATE_MAX = 15;
const NEVER_MS = 4503599627370496;

const REMOVE_GROUP = "AT+RMVMULC=";
const ADD_GROUP = "AT+ADDMULC=";
const RESTRICTED = "Restricted_Wait";
const RECEIVED = "+EVT:RX_";
/** Event, signal strength, signal to noise, kind, port, payload: parts of a received line behind "+EVT:". */
const RECEIVED_PARTS = 7;

export interface LorawanSettings {
  /** Hexadecimal: 16, 16 and 32 digits. */
  device_eui: string;
  join_eui: string;
  app_key: string;
  /** FPort of our frames. */
  port: number;
  /** Number of the region's data rate (0 the slowest), and the longest payload that it carries. */
  data_rate: number;
  frame_max_bytes: number;
  /** What stands behind AT+ADDMULC=, "" for no group: class:address:network key:application key:frequency:rate:period. */
  multicast: string;
}

interface Held {
  frame: number[];
  rssi_dbm: number;
}

type Done = (result: "sent" | "duty_cycle" | "failed") => void;

export interface Rak3172 {
  port: Radio;
  settings: LorawanSettings;
  state: "starting" | "joining" | "working" | "pausing";
  /** It has taken all commands of the last start; whether a network has let it join is another matter. */
  answered: boolean;
  line: ByteLine;
  timer: Timer;
  reader: LineReader;
  /** Commands of the start that are still to be sent. */
  commands: string[];
  command: string;
  tries_left: number;
  /** "" nothing, "answer" of a command, "accepted" and "transmitted" of a frame. */
  awaits: "" | "answer" | "accepted" | "transmitted";
  /** Of the frame under way, in hexadecimal: what is still to be sent, the first one now. */
  payloads: string[];
  frames: number;
  pieces: PieceBox;
  /** The module has the group, with the keys of these settings. */
  has_group: boolean;
  /** It has said that the frame or the join must wait, and will call itself busy. */
  is_restricted: boolean;
  done: Done | undefined;
  result: "sent" | "duty_cycle" | "failed" | undefined;
  limit_at_ms: number;
  pause_ms: number;
  listen_until_ms: number;
  held: Held[];
  listener: (frame: number[], rssi_dbm: number) => void;
}

function startCommands(settings: LorawanSettings, has_group: boolean): string[] {
  const commands = ["AT+NJM=1", "AT+CLASS=C", "AT+ADR=0", "AT+DR=" + decimal(settings.data_rate)];
  commands.push("AT+DEVEUI=" + settings.device_eui, "AT+APPEUI=" + settings.join_eui);
  commands.push("AT+APPKEY=" + settings.app_key);
  const group = partsOf(settings.multicast, 3);
  if (group.length === 3 && !has_group) {
    commands.push(REMOVE_GROUP + group[1], ADD_GROUP + settings.multicast);
  }
  commands.push("AT+JOIN=1:0:10:8");
  return commands;
}

function settle(modem: Rak3172): void {
  const due_ms = modem.result === undefined ? NEVER_MS : modem.timer.now_ms();
  const at_ms = Math.min(due_ms, modem.limit_at_ms);
  if (at_ms < NEVER_MS) {
    modem.timer.alarm(at_ms, function () {
      onAlarm(modem);
    });
  }
}

function conclude(modem: Rak3172, result: "sent" | "duty_cycle" | "failed"): void {
  if (modem.done !== undefined && modem.result === undefined) {
    modem.result = result;
  }
}

function writeCommand(modem: Rak3172): void {
  modem.tries_left -= 1;
  modem.is_restricted = false;
  modem.limit_at_ms = modem.timer.now_ms() + COMMAND_TIMEOUT_MS;
  modem.line.write(commandBytes(modem.command));
}

function pause(modem: Rak3172): void {
  modem.state = "pausing";
  modem.awaits = "";
  modem.limit_at_ms = modem.timer.now_ms() + modem.pause_ms;
  modem.pause_ms = Math.min(modem.pause_ms * 2, RESTART_MAX_MS);
  conclude(modem, "failed");
}

function begin(modem: Rak3172): void {
  modem.state = "starting";
  modem.commands = startCommands(modem.settings, modem.has_group);
  nextCommand(modem);
}

function nextCommand(modem: Rak3172): void {
  if (modem.commands.length === 0) {
    modem.state = "joining";
    modem.answered = true;
    modem.awaits = "";
    modem.limit_at_ms = modem.timer.now_ms() + JOIN_TIMEOUT_MS;
    return;
  }
  modem.command = modem.commands[0];
  modem.commands = modem.commands.slice(1, modem.commands.length);
  modem.awaits = "answer";
  modem.tries_left = COMMAND_TRIES;
  writeCommand(modem);
}

function rest(modem: Rak3172): void {
  modem.awaits = "";
  modem.limit_at_ms = NEVER_MS;
  if (modem.done !== undefined && modem.result === undefined) {
    modem.awaits = "accepted";
    modem.is_restricted = false;
    modem.limit_at_ms = modem.timer.now_ms() + COMMAND_TIMEOUT_MS;
    modem.line.write(commandBytes("AT+SEND=" + decimal(modem.settings.port) + ":" + modem.payloads[0]));
  }
}

function onAlarm(modem: Rak3172): void {
  const now_ms = modem.timer.now_ms();
  if (now_ms >= modem.limit_at_ms) {
    modem.limit_at_ms = NEVER_MS;
    if (modem.state === "pausing") {
      begin(modem);
    } else if (modem.awaits === "answer" && modem.tries_left > 0) {
      writeCommand(modem);
    } else {
      modem.answered = modem.answered && modem.awaits === "";
      pause(modem);
    }
  }
  const done = modem.done;
  const result = modem.result;
  if (done !== undefined && result !== undefined) {
    modem.done = undefined;
    modem.result = undefined;
    const held = modem.held;
    modem.held = [];
    done(result);
    for (const one of held) {
      handOn(modem, one);
    }
  }
  settle(modem);
}

function handOn(modem: Rak3172, heard: Held): void {
  if (modem.timer.now_ms() < modem.listen_until_ms) {
    modem.listener(heard.frame, heard.rssi_dbm);
  } else if (modem.done !== undefined && modem.held.length < HELD_MAX) {
    modem.held.push(heard);
  }
}

/** +EVT:RX_C:-70:8:UNICAST:2:HEX; what is not so is dropped. */
function onReceived(modem: Rak3172, line: string): void {
  const parts = partsOf(line, RECEIVED_PARTS);
  if (parts.length !== RECEIVED_PARTS) {
    return;
  }
  const rssi_dbm = wholeOf(parts[2]);
  const port = wholeOf(parts[5]);
  const payload = hexBytes(parts[6]);
  if (rssi_dbm === undefined || port !== modem.settings.port) {
    return;
  }
  if (payload.length === 0 || payload.length > PAYLOAD_MAX_BYTES) {
    return;
  }
  const frame = isPiece(payload) ? takePiece(modem.pieces, payload) : payload;
  if (frame !== undefined) {
    handOn(modem, { frame: frame, rssi_dbm: Math.min(rssi_dbm, -1) });
  } else if (modem.timer.now_ms() < modem.listen_until_ms) {
    modem.listen_until_ms = Math.max(modem.listen_until_ms, modem.timer.now_ms() + PIECE_WAIT_MS);
  }
}

/** A group that is not there, or a join that waits for its airtime. */
function isBesideThePoint(modem: Rak3172, line: string): boolean {
  const is_absent = line === "AT_PARAM_ERROR" && beginsWith(modem.command, REMOVE_GROUP);
  return is_absent || (modem.is_restricted && modem.commands.length === 0);
}

function onRefused(modem: Rak3172, line: string): void {
  if (modem.awaits === "accepted") {
    const is_duty = modem.is_restricted || line.indexOf("DUTY") >= 0;
    conclude(modem, is_duty ? "duty_cycle" : "failed");
    if (line.indexOf("JOINED") >= 0) {
      pause(modem);
    } else {
      rest(modem);
    }
  } else if (modem.awaits === "answer" && isBesideThePoint(modem, line)) {
    nextCommand(modem);
  } else if (modem.awaits === "answer") {
    // Busy is a matter of time; a command that the module refuses is repeated, too, and then it is started anew.
    modem.limit_at_ms = modem.timer.now_ms() + COMMAND_TIMEOUT_MS;
  }
}

function onLine(modem: Rak3172, line: string): void {
  if (beginsWith(line, RECEIVED)) {
    onReceived(modem, line);
  } else if (line === "OK") {
    if (modem.awaits === "answer") {
      modem.has_group = modem.has_group || beginsWith(modem.command, ADD_GROUP);
      nextCommand(modem);
    } else if (modem.awaits === "accepted") {
      modem.awaits = "transmitted";
      modem.limit_at_ms = modem.timer.now_ms() + SEND_TIMEOUT_MS;
    }
  } else if (beginsWith(line, RESTRICTED)) {
    modem.is_restricted = true;
  } else if (beginsWith(line, "AT_")) {
    onRefused(modem, line);
  } else if (line === "+EVT:TX_DONE" && modem.awaits === "transmitted") {
    modem.payloads = modem.payloads.slice(1, modem.payloads.length);
    if (modem.payloads.length === 0) {
      conclude(modem, "sent");
    }
    rest(modem);
  } else if (line === "+EVT:JOINED" && modem.state === "joining") {
    modem.state = "working";
    modem.pause_ms = RESTART_MIN_MS;
    rest(modem);
  }
}

function send(modem: Rak3172, frame: number[], done: Done): "started" | "busy" {
  assert(frame.length > 0 && frame.length <= modem.port.frame_max_bytes, "a frame fits the port");
  if (modem.done !== undefined) {
    return "busy";
  }
  modem.done = done;
  modem.payloads = [];
  for (const payload of piecesOf(frame, modem.settings.frame_max_bytes, modem.frames)) {
    modem.payloads.push(hexText(payload));
  }
  modem.frames += 1;
  if (modem.state === "working") {
    rest(modem);
  } else {
    conclude(modem, "failed");
  }
  settle(modem);
  return "started";
}

/** Starts the modem. The timer must be its own: its one alarm is always in use. */
export function createRak3172(line: ByteLine, timer: Timer, settings: LorawanSettings): Rak3172 {
  assert(settings.port >= 1 && settings.port <= PORT_MAX, "an application has a port of its own");
  const most_bytes = settings.frame_max_bytes;
  assert(most_bytes >= PIECE_MIN_BYTES && most_bytes <= PAYLOAD_MAX_BYTES, "a payload fits a LoRaWAN frame");
  assert(settings.data_rate >= 0 && settings.data_rate <= DATA_RATE_MAX, "a region has such a data rate");
  const modem: Rak3172 = {
    port: {
      frame_max_bytes: WHOLE_MAX_BYTES,
      late_ms: LATE_MS,
      send: function (frame, done) {
        return send(modem, frame, done);
      },
      listen: function (window_ms) {
        modem.listen_until_ms = timer.now_ms() + window_ms;
      },
      on_frame: function (listener) {
        modem.listener = listener;
      },
      answers: function () {
        return modem.answered;
      },
    },
    settings: settings,
    state: "starting",
    answered: false,
    line: line,
    timer: timer,
    reader: createLineReader(function (text) {
      onLine(modem, text);
    }),
    commands: [],
    command: "",
    tries_left: 0,
    awaits: "",
    payloads: [],
    frames: 0,
    pieces: createPieceBox(),
    has_group: false,
    is_restricted: false,
    done: undefined,
    result: undefined,
    limit_at_ms: NEVER_MS,
    pause_ms: RESTART_MIN_MS,
    listen_until_ms: 0,
    held: [],
    listener: function (frame, rssi_dbm) {
      assert(frame.length > 0 && rssi_dbm < 0, "a frame has bytes and a signal strength");
    },
  };
  line.on_bytes(function (bytes) {
    takeLines(modem.reader, bytes);
    settle(modem);
  });
  begin(modem);
  settle(modem);
  return modem;
}
