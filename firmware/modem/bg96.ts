/**
 * BG96 of Quectel, NB-IoT and LTE-M with AT commands, 115200 baud, 8N1: the radio port on a byte line and a timer of
 * its own. A frame is the payload of an MQTT message, in hexadecimal; network, TLS and MQTT are the module's. The
 * commands and what they answer are in bg96_commands.ts, with their documents.
 *
 *   start      what is half said is cancelled (ESC, carriage return), then the steps of `startSteps`, ATE0 to AT+CSQ
 *   send       AT+QMTPUB, > and the frame, Ctrl-Z; "sent" when the broker has it (QoS 1): the module hears nothing of
 *              who takes it from there. While it starts or wakes the frame waits for SEND_TIMEOUT_MS, then "failed"
 *   receive    +QMTRECV, on the meter's own topic or the one for all
 *   window     as the port says: frames outside a window are dropped here. When the module sleeps is settled once, with
 *              the network (eDRX, PSM), not window by window; but a window wakes it, again when it falls asleep in it
 *   watch      every `watch_ms` the signal is asked for, and the connection: lost lines and dips of the supply
 *   trust      the certificate in the settings' file, or in its other one (otherCaFile): after a broker that could not be
 *              opened it is the turn of the one that was not tried
 *   lost       +QMTSTAT, pdpdeact, a broker or network that refuses, silence, a start that nobody asked for (RDY): all
 *              of it anew after a pause that doubles from RESTART_MIN_MS to RESTART_MAX_MS, as networks want it (GSMA
 *              TS.34), in the longer ones with its radio off. It is short again when a frame has reached the broker,
 *              or a watch was good
 *   asleep     PSM POWER DOWN: nothing is asked of it until the next frame or window; then `wake` is called, which
 *              pulses PWRKEY. So it is before a start when the module has said that it is off, or said nothing at all.
 *              What it does without being asked, its periodic update, is left alone
 *
 * "duty_cycle" is never said: there is no such law in bands that a network owns, and a network that is full is a matter
 * of minutes, not of the hour: that is "failed".
 *
 * What the port cannot say: an address for the answer, retained messages, and how late a message is. Not done here:
 * bands and technologies to search (AT+QCFG, kept by the module), certificates put into its storage (`curbstop provision`
 * does that from the console), DTR and AT+QSCLK, since a byte line has no such pins. Passwords go to the module and are in nothing that is ever printed.
 *
 * Port: radio (bg96).
 */
import type { Radio } from "../../hal/radio";
import type { Timer } from "../../hal/timer";
import { assert } from "../assert";
import { hexText, textBytes } from "../card/bytes";
import type { ByteLine } from "../reader/byte_line";
import { beginsWith, createLineReader, takeLines, takePrompt } from "./at_lines";
import type { Bg96Settings } from "./bg96_commands";
import {
  bg96SettingsFault,
  COMMAND_TIMEOUT_MS,
  FRAME_MAX_BYTES,
  isOfTrust,
  isQuick,
  isReceived,
  judgeLine,
  judgeOutcome,
  otherCaFile,
  publishCommand,
  publishedAs,
  RADIO_OFF,
  receivedFrame,
  SIGNAL_MIN_DBM,
  signalOf,
  startSteps,
  watchSteps,
} from "./bg96_commands";
import type { Bg96, Done, SendResult } from "./bg96_state";

export type { Bg96Settings } from "./bg96_commands";
export type { Bg96 } from "./bg96_state";

export const COMMAND_TRIES = 3;
/** Between two questions whose answer was not yet. */
export const ASK_AGAIN_MS = 2000;
/** From `send` on, waking and three packets of 10 s in it. */
export const SEND_TIMEOUT_MS = 45000;
/** From the power key to APP RDY: some five seconds, longer when the module has to put its storage right. */
export const BOOT_TIMEOUT_MS = 15000;
/** Behind its last word the module takes no power key for about a second. */
export const POWER_DOWN_MS = 2000;
/** What comes within this after ESC answers something of before. */
export const QUIET_MS = 500;
export const RESTART_MIN_MS = 5000;
export const RESTART_MAX_MS = 1800000;
/** In pauses from this length on the module's radio is off: where there is no network it would search all the time. */
export const RADIO_OFF_MS = 60000;
const MESSAGE_ID_MAX = 65535;
const ESCAPE = 27;
const CTRL_Z = 26;
const CARRIAGE_RETURN = 13;
const NEVER_MS = 4503599627370496;

function settle(modem: Bg96): void {
  const due_ms = modem.result === undefined ? NEVER_MS : modem.timer.now_ms();
  const frame_ms = modem.done === undefined ? NEVER_MS : modem.send_until_ms;
  const at_ms = Math.min(due_ms, frame_ms, modem.limit_at_ms, modem.watch_at_ms);
  if (at_ms < NEVER_MS) {
    modem.timer.alarm(at_ms, function () {
      onAlarm(modem);
    });
  }
}

function conclude(modem: Bg96, result: SendResult): void {
  if (modem.done !== undefined && modem.result === undefined) {
    modem.result = result;
  }
}

function tell(modem: Bg96): void {
  const done = modem.done;
  const result = modem.result;
  if (done !== undefined && result !== undefined) {
    modem.done = undefined;
    modem.result = undefined;
    done(result);
  }
}

function waitFor(modem: Bg96, what: Bg96["awaits"], limit_ms: number): void {
  modem.awaits = what;
  modem.limit_at_ms = modem.timer.now_ms() + limit_ms;
}

function stop(modem: Bg96, state: Bg96["state"]): void {
  modem.state = state;
  modem.awaits = "";
  modem.steps = [];
  modem.limit_at_ms = NEVER_MS;
  modem.watch_at_ms = NEVER_MS;
}

function pause(modem: Bg96): void {
  const is_of_trust = modem.steps.length > 0 && isOfTrust(modem.steps[0]);
  modem.uses_other_ca = modem.uses_other_ca !== is_of_trust;
  stop(modem, "pausing");
  modem.limit_at_ms = modem.timer.now_ms() + modem.pause_ms;
  if (modem.pause_ms >= RADIO_OFF_MS) {
    modem.line.write([ESCAPE, CARRIAGE_RETURN].concat(textBytes(RADIO_OFF), [CARRIAGE_RETURN]));
  }
  modem.pause_ms = Math.min(modem.pause_ms * 2, RESTART_MAX_MS);
  conclude(modem, "failed");
}

function writeCommand(modem: Bg96, command: string): void {
  modem.line.write(textBytes(command).concat([CARRIAGE_RETURN]));
}

function writeStep(modem: Bg96): void {
  const step = modem.steps[0];
  modem.tries_left -= 1;
  modem.is_good = step.check === "none";
  waitFor(modem, "answer", step.answer_ms);
  writeCommand(modem, step.command);
}

function beginStep(modem: Bg96): void {
  const step = modem.steps[0];
  // What the network is asked for is asked once: nobody knows whether the first has had its effect.
  modem.tries_left = isQuick(step) ? COMMAND_TRIES : 1;
  modem.ask_until_ms = modem.timer.now_ms() + step.patience_ms;
  writeStep(modem);
}

function nextStep(modem: Bg96): void {
  modem.is_known = modem.is_known || modem.steps[0].check === "model";
  modem.steps = modem.steps.slice(1, modem.steps.length);
  if (modem.steps.length > 0) {
    beginStep(modem);
    return;
  }
  if (modem.state === "working") {
    modem.pause_ms = RESTART_MIN_MS;
  }
  modem.state = "working";
  rest(modem);
}

/** Nothing is under way: the frame that waits goes out, or the module is watched. */
function rest(modem: Bg96): void {
  const watch_ms = modem.settings.watch_ms;
  modem.awaits = "";
  modem.limit_at_ms = NEVER_MS;
  modem.watch_at_ms = watch_ms > 0 ? modem.timer.now_ms() + watch_ms : NEVER_MS;
  if (modem.done !== undefined && modem.result === undefined) {
    modem.watch_at_ms = NEVER_MS;
    modem.message_id = (modem.message_id % MESSAGE_ID_MAX) + 1;
    waitFor(modem, "prompt", COMMAND_TIMEOUT_MS);
    writeCommand(modem, publishCommand(modem.settings.up_topic, modem.message_id));
  }
}

function begin(modem: Bg96): void {
  stop(modem, "starting");
  modem.starts += 1;
  waitFor(modem, "quiet", QUIET_MS);
  modem.line.write([ESCAPE, CARRIAGE_RETURN]);
}

/** Starts the module, which may have to be switched on first. */
function start(modem: Bg96): void {
  const wakes_at_ms = modem.down_at_ms + POWER_DOWN_MS;
  if (modem.is_up) {
    begin(modem);
    return;
  }
  if (modem.timer.now_ms() < wakes_at_ms) {
    stop(modem, "pausing");
    modem.limit_at_ms = wakes_at_ms;
    return;
  }
  stop(modem, "waking");
  modem.is_up = true;
  modem.limit_at_ms = modem.timer.now_ms() + BOOT_TIMEOUT_MS;
  modem.wake();
}

function watch(modem: Bg96): void {
  modem.watch_at_ms = NEVER_MS;
  modem.steps = watchSteps();
  beginStep(modem);
}

/** Not yet, or refused: asked again while there is patience. */
function askAgain(modem: Bg96): void {
  if (modem.timer.now_ms() + ASK_AGAIN_MS <= modem.ask_until_ms) {
    modem.tries_left = COMMAND_TRIES;
    waitFor(modem, "again", ASK_AGAIN_MS);
  } else {
    pause(modem);
  }
}

function onLimit(modem: Bg96): void {
  modem.limit_at_ms = NEVER_MS;
  if (modem.state === "pausing") {
    start(modem);
  } else if (modem.state === "waking") {
    // Its line may have been lost; if it is not there, the commands will tell.
    begin(modem);
  } else if (modem.awaits === "quiet") {
    modem.reader.text = "";
    const ca_file = modem.settings.ca_file;
    modem.steps = startSteps(modem.settings, modem.uses_other_ca ? otherCaFile(ca_file) : ca_file);
    beginStep(modem);
  } else if (modem.awaits === "again" || (modem.awaits === "answer" && modem.tries_left > 0)) {
    writeStep(modem);
  } else {
    // A module that says nothing at all is taken for switched off.
    modem.is_up = modem.awaits !== "answer" || !isQuick(modem.steps[0]);
    modem.is_known = modem.is_known && modem.is_up;
    pause(modem);
  }
}

function onAlarm(modem: Bg96): void {
  const now_ms = modem.timer.now_ms();
  if (now_ms >= modem.limit_at_ms) {
    onLimit(modem);
  }
  if (now_ms >= modem.watch_at_ms) {
    watch(modem);
  }
  if (modem.done !== undefined && now_ms >= modem.send_until_ms) {
    conclude(modem, "failed");
    if (modem.awaits === "prompt" || modem.awaits === "published") {
      pause(modem);
    }
  }
  tell(modem);
  settle(modem);
}

function onOk(modem: Bg96): void {
  if (modem.awaits !== "answer") {
    return;
  }
  const step = modem.steps[0];
  if (!modem.is_good) {
    askAgain(modem);
  } else if (step.outcome === "none") {
    nextStep(modem);
  } else {
    waitFor(modem, "outcome", step.outcome_ms);
  }
}

function onRefused(modem: Bg96): void {
  if (modem.awaits === "answer") {
    if (modem.steps[0].may_fail) {
      nextStep(modem);
    } else {
      askAgain(modem);
    }
  } else if (modem.awaits === "prompt" || modem.awaits === "published") {
    // It may know something of the connection that its lost line has told: it is looked at.
    conclude(modem, "failed");
    watch(modem);
  }
}

/** A window that is open wants a module that is awake. */
function wakeForWindow(modem: Bg96): void {
  if (modem.state === "sleeping" && modem.timer.now_ms() < modem.listen_until_ms) {
    start(modem);
  }
}

/** What the module says of its own power; false for other lines. */
function takePowerLine(modem: Bg96, line: string): boolean {
  const is_boot = line === "RDY" || line === "APP RDY";
  const is_asleep = line === "PSM POWER DOWN";
  const is_off = line === "POWERED DOWN" || line === "NORMAL POWER DOWN";
  if (is_asleep || is_off) {
    modem.is_up = false;
    modem.down_at_ms = modem.timer.now_ms();
  }
  if (is_asleep) {
    stop(modem, "sleeping");
    conclude(modem, "failed");
    wakeForWindow(modem);
  } else if (is_off && modem.state !== "pausing") {
    pause(modem);
  } else if (is_boot) {
    modem.is_up = true;
    if (modem.state === "waking" && line === "APP RDY") {
      begin(modem);
    } else if (modem.state === "starting" || modem.state === "working") {
      pause(modem);
    }
  }
  return is_boot || is_asleep || is_off;
}

/** What a step or a frame waits for. */
function takeAnswer(modem: Bg96, line: string): void {
  if (modem.awaits === "answer") {
    const verdict = judgeLine(modem.steps[0].check, line);
    const signal_dbm = signalOf(line);
    modem.is_good = modem.is_good || verdict === "good";
    modem.rssi_dbm = signal_dbm === undefined ? modem.rssi_dbm : signal_dbm;
    if (verdict === "denied") {
      pause(modem);
    }
  } else if (modem.awaits === "outcome") {
    const verdict = judgeOutcome(modem.steps[0].outcome, line);
    if (verdict === "done") {
      nextStep(modem);
    } else if (verdict === "refused") {
      pause(modem);
    }
  } else if (modem.awaits === "published") {
    const verdict = publishedAs(line, modem.message_id);
    if (verdict === "done") {
      modem.pause_ms = RESTART_MIN_MS;
      conclude(modem, "sent");
      // At once, for a window opens behind it, and an answer may stand in the same bytes.
      tell(modem);
      rest(modem);
    } else if (verdict === "refused") {
      pause(modem);
    }
  }
}

function onLine(modem: Bg96, line: string): void {
  if (takePowerLine(modem, line) || modem.awaits === "quiet") {
    return;
  }
  if (isReceived(line)) {
    const frame = receivedFrame(line, modem.settings);
    if (frame.length > 0 && modem.state === "working" && modem.timer.now_ms() < modem.listen_until_ms) {
      modem.listener(frame, modem.rssi_dbm);
    }
  } else if (beginsWith(line, "+QMTSTAT:") || beginsWith(line, '+QIURC: "pdpdeact"')) {
    // While it starts, what is closed there is what was open before.
    if (modem.state === "working" || modem.awaits === "outcome") {
      pause(modem);
    }
  } else if (line === "OK") {
    onOk(modem);
  } else if (line === "ERROR" || beginsWith(line, "+CME ERROR:")) {
    onRefused(modem);
  } else {
    takeAnswer(modem, line);
  }
}

function onBytes(modem: Bg96, bytes: number[]): void {
  takeLines(modem.reader, bytes);
  if (modem.awaits === "prompt" && takePrompt(modem.reader)) {
    modem.awaits = "published";
    modem.limit_at_ms = NEVER_MS;
    modem.line.write(textBytes(modem.payload).concat([CTRL_Z]));
  }
  settle(modem);
}

function send(modem: Bg96, frame: number[], done: Done): "started" | "busy" {
  assert(frame.length > 0 && frame.length <= FRAME_MAX_BYTES, "a frame fits the port");
  if (modem.done !== undefined) {
    return "busy";
  }
  modem.done = done;
  modem.payload = hexText(frame);
  modem.send_until_ms = modem.timer.now_ms() + SEND_TIMEOUT_MS;
  if (modem.state === "pausing") {
    conclude(modem, "failed");
  } else if (modem.state === "sleeping") {
    start(modem);
  } else if (modem.state === "working" && modem.awaits === "") {
    rest(modem);
  }
  settle(modem);
  return "started";
}

function portOf(get: () => Bg96): Radio {
  return {
    frame_max_bytes: FRAME_MAX_BYTES,
    send: function (frame, done) {
      return send(get(), frame, done);
    },
    listen: function (window_ms) {
      const modem = get();
      modem.listen_until_ms = modem.timer.now_ms() + window_ms;
      wakeForWindow(modem);
      settle(modem);
    },
    on_frame: function (listener) {
      get().listener = listener;
    },
    answers: function () {
      return get().is_known;
    },
  };
}

/** Starts the modem, which has its power. The timer must be its own: its one alarm is always in use. */
export function createBg96(line: ByteLine, timer: Timer, settings: Bg96Settings): Bg96 {
  assert(bg96SettingsFault(settings) === "", "settings fit the module's commands");
  const modem: Bg96 = {
    port: portOf(function () {
      return modem;
    }),
    settings: settings,
    state: "starting",
    wake: function () {
      return;
    },
    is_up: true,
    is_known: false,
    down_at_ms: -POWER_DOWN_MS,
    starts: 0,
    line: line,
    timer: timer,
    reader: createLineReader(function (text) {
      onLine(modem, text);
    }),
    uses_other_ca: false,
    steps: [],
    is_good: false,
    tries_left: 0,
    ask_until_ms: 0,
    awaits: "",
    message_id: 0,
    payload: "",
    done: undefined,
    result: undefined,
    limit_at_ms: NEVER_MS,
    send_until_ms: 0,
    watch_at_ms: NEVER_MS,
    pause_ms: RESTART_MIN_MS,
    rssi_dbm: SIGNAL_MIN_DBM,
    listen_until_ms: 0,
    listener: function (frame, rssi_dbm) {
      assert(frame.length > 0 && rssi_dbm < 0, "a frame has bytes and a signal strength");
    },
  };
  line.on_bytes(function (bytes) {
    onBytes(modem, bytes);
  });
  begin(modem);
  settle(modem);
  return modem;
}
