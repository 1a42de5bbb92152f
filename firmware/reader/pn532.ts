/**
 * PN532: the card reader port on a byte line and a timer of its own (NXP UM0701-02, commands in 7.2 and 7.3).
 *
 *   start      wake-up, SAMConfiguration (no SAM; it also ends the chip's low battery mode), GetFirmwareVersion (is it
 *              a PN532?), SetParameters (RATS by the chip), RFConfiguration (few retries, so that a poll is short)
 *   poll       InListPassiveTarget, one card of type A at 106 kbit/s; field off until the next one, POLL_MS later
 *   card       InDataExchange per APDU, and again while the answer has more to come; the chip makes the blocks of
 *              ISO/IEC 14443-4, their chaining and their repeats
 *   presence   after PRESENCE_MS without an exchange R(NAK) by InCommunicateThru: a card answers it, and stays as it
 *              is. Diagnose 6 would be made for it, but fails with some cards (libnfc says so of JCOP31).
 *   failure    InRelease, field off for FIELD_OFF_MS, so that any card forgets its session, and one poll: the same card
 *              is there and was mute ("timeout"), or it is not ("removed")
 *   no reader  a chip that is silent or refuses is started again, after a pause that doubles from RESTART_MIN_MS to
 *              RESTART_MAX_MS; the card is reported as gone
 *
 * A card that speaks no ISO/IEC 14443-4, such as MIFARE Classic, is no card here.
 *
 * Port: card (pn532_i2c).
 */
import { assert } from "../assert";
import { sameBytes } from "../crypto/cmac";
import type { CardReader } from "../../hal/card_reader";
import type { Timer } from "../../hal/timer";
import type { ByteLine } from "./byte_line";
import {
  AUTOMATIC_ATR_RES,
  AUTOMATIC_RATS,
  CHIP_PN532,
  GET_FIRMWARE_VERSION,
  IN_COMMUNICATE_THRU,
  IN_DATA_EXCHANGE,
  IN_LIST_PASSIVE_TARGET,
  IN_RELEASE,
  MORE_BIT,
  RF_CONFIGURATION,
  RF_ITEM_FIELD,
  RF_ITEM_MAX_RETRIES,
  SAK_ISO_DEP,
  SAM_CONFIGURATION,
  SET_PARAMETERS,
  STATUS_ERROR_MASK,
} from "./pn532_codes";
import { READ_MAX_BYTES } from "./pn532_i2c";
import type { Link } from "./pn532_link";
import { createLink, sendCommand, wakeChip } from "./pn532_link";

/** A person holds a card for half a second at least. */
export const POLL_MS = 250;
export const PRESENCE_MS = 200;
/** An R(NAK) may be lost like any other block. */
export const PRESENCE_TRIES = 2;
/** ISO/IEC 14443-3 asks for 5 ms without a field; some cards keep their charge for longer. */
export const FIELD_OFF_MS = 15;
export const RESTART_MIN_MS = 500;
export const RESTART_MAX_MS = 60000;
/**
 * On I2C an answer comes in one read (pn532_i2c.ts), with a status, six bytes of header, code, status of the exchange,
 * sum and postamble. A card of ours is sent and answers 64 bytes at most.
 */
export const APDU_MAX_BYTES = READ_MAX_BYTES - 11;

/** Time for commands that the chip answers by itself. */
const CHIP_TIMEOUT_MS = 200;
/** Time for a poll: few tries, but anti-collision and RATS may take the chip some of them. */
const LIST_TIMEOUT_MS = 500;
/** InRelease deselects the card, and tries so for long when the card is gone (libnfc grants 2 s). */
const RELEASE_TIMEOUT_MS = 2000;
const PRESENCE_TIMEOUT_MS = 300;

/** RFConfiguration's item 5: defaults for ATR_REQ and PSL_REQ, and two tries to find a card. */
const MAX_RETRIES = [0xff, 0x01, 0x01];
/** R(NAK), block 0, no CID (ISO/IEC 14443-4, 7.1.1): the card repeats its last block or says R(ACK). */
const R_NAK = 0xb2;
/** Type A at 106 kbit/s. */
const TYPE_A = 0;

function initialCommands(): number[][] {
  return [
    [SAM_CONFIGURATION, 1],
    [GET_FIRMWARE_VERSION],
    [SET_PARAMETERS, AUTOMATIC_ATR_RES + AUTOMATIC_RATS],
    [RF_CONFIGURATION, RF_ITEM_MAX_RETRIES, MAX_RETRIES[0], MAX_RETRIES[1], MAX_RETRIES[2]],
  ];
}

type Done = (result: "ok" | "removed" | "timeout", answer: number[]) => void;

interface Exchange {
  command: number[];
  timeout_ms: number;
  done: Done;
  answer: number[];
  /** Monotonic time by which the whole answer must be there; set when the command goes out. */
  limit_at_ms: number;
}

export interface Pn532 {
  port: CardReader;
  /** False while the chip does not answer as a PN532 does. */
  working: boolean;
  /** IC, version, revision, support (7.2.2); empty until known. */
  firmware: number[];
  link: Link;
  uid: number[];
  target: number;
  exchange: Exchange | undefined;
  presence_tries_left: number;
  pause_ms: number;
  notify: () => void;
}

/** Commands that the chip answers by itself: without an answer it is started again. */
function command(reader: Pn532, bytes: number[], timeout_ms: number, next: (answer: number[]) => void): void {
  sendCommand(reader.link, bytes, timeout_ms, function (result, answer) {
    if (result === "ok") {
      next(answer);
    } else {
      restart(reader);
    }
  });
}

function finish(reader: Pn532, result: "ok" | "removed" | "timeout", answer: number[]): void {
  const exchange = reader.exchange;
  reader.exchange = undefined;
  if (exchange !== undefined) {
    exchange.done(result, answer);
  }
}

/** The card is gone, or its reader is. */
function leave(reader: Pn532, result: "removed" | "timeout"): void {
  if (reader.uid.length > 0) {
    reader.uid = [];
    finish(reader, result, []);
    reader.notify();
  }
}

function restart(reader: Pn532): void {
  const pause_ms = reader.pause_ms;
  reader.working = false;
  reader.pause_ms = Math.min(pause_ms * 2, RESTART_MAX_MS);
  reader.link.timer.alarm(reader.link.timer.now_ms() + pause_ms, function () {
    begin(reader);
  });
  leave(reader, "timeout");
}

function begin(reader: Pn532): void {
  wakeChip(reader.link);
  configure(reader, initialCommands(), 0);
}

function configure(reader: Pn532, commands: number[][], index: number): void {
  if (index === commands.length) {
    reader.working = true;
    poll(reader);
    return;
  }
  command(reader, commands[index], CHIP_TIMEOUT_MS, function (answer) {
    if (answer[0] === GET_FIRMWARE_VERSION + 1) {
      if (answer.length !== 5 || answer[1] !== CHIP_PN532) {
        restart(reader);
        return;
      }
      reader.firmware = tail(answer, 1);
    }
    configure(reader, commands, index + 1);
  });
}

function tail(bytes: number[], from: number): number[] {
  const rest: number[] = [];
  for (let index = from; index < bytes.length; index++) {
    rest.push(bytes[index]);
  }
  return rest;
}

/**
 * UID from the answer to InListPassiveTarget, empty when there is no card of our kind (7.3.5, type A at 106 kbit/s):
 * 4B, number of targets, target, ATQA (2), SAK, length of UID, UID, ATS.
 */
function uidOf(answer: number[]): number[] {
  const uid: number[] = [];
  if (answer.length < 7 || answer[1] < 1 || (answer[5] & SAK_ISO_DEP) === 0) {
    return uid;
  }
  const length = answer[6];
  if ((length === 4 || length === 7 || length === 10) && answer.length >= 7 + length) {
    for (let index = 0; index < length; index++) {
      uid.push(answer[7 + index]);
    }
  }
  return uid;
}

function list(reader: Pn532, next: (uid: number[], target: number) => void): void {
  command(reader, [IN_LIST_PASSIVE_TARGET, 1, TYPE_A], LIST_TIMEOUT_MS, function (answer) {
    reader.pause_ms = RESTART_MIN_MS;
    next(uidOf(answer), answer[2]);
  });
}

function poll(reader: Pn532): void {
  list(reader, function (uid, target) {
    found(reader, uid, target);
  });
}

function found(reader: Pn532, uid: number[], target: number): void {
  if (uid.length > 0) {
    reader.uid = uid;
    reader.target = target;
    reader.presence_tries_left = PRESENCE_TRIES;
    rest(reader);
    reader.notify();
    return;
  }
  command(reader, [RF_CONFIGURATION, RF_ITEM_FIELD, 0], CHIP_TIMEOUT_MS, function () {
    later(reader, POLL_MS, poll);
  });
}

function later(reader: Pn532, pause_ms: number, next: (reader: Pn532) => void): void {
  reader.link.timer.alarm(reader.link.timer.now_ms() + pause_ms, function () {
    next(reader);
  });
}

/** A card is there, and no command is under way: the one that waits goes out, or the card's presence is seen to. */
function rest(reader: Pn532): void {
  if (reader.exchange !== undefined) {
    startExchange(reader, reader.exchange);
  } else {
    later(reader, PRESENCE_MS, checkPresence);
  }
}

function checkPresence(reader: Pn532): void {
  reader.presence_tries_left -= 1;
  command(reader, [IN_COMMUNICATE_THRU, R_NAK], PRESENCE_TIMEOUT_MS, function (answer) {
    if (answer.length > 2 && (answer[1] & STATUS_ERROR_MASK) === 0) {
      reader.presence_tries_left = PRESENCE_TRIES;
      rest(reader);
    } else if (reader.presence_tries_left > 0) {
      checkPresence(reader);
    } else {
      resetField(reader, poll);
      leave(reader, "removed");
    }
  });
}

/** Whatever is in the field forgets its session. */
function resetField(reader: Pn532, next: (reader: Pn532) => void): void {
  command(reader, [IN_RELEASE, 0], RELEASE_TIMEOUT_MS, function () {
    command(reader, [RF_CONFIGURATION, RF_ITEM_FIELD, 0], CHIP_TIMEOUT_MS, function () {
      later(reader, FIELD_OFF_MS, next);
    });
  });
}

function startExchange(reader: Pn532, exchange: Exchange): void {
  exchange.limit_at_ms = reader.link.timer.now_ms() + exchange.timeout_ms;
  const bytes = [IN_DATA_EXCHANGE, reader.target];
  for (const byte of exchange.command) {
    bytes.push(byte);
  }
  sendPart(reader, exchange, bytes);
}

function sendPart(reader: Pn532, exchange: Exchange, bytes: number[]): void {
  const left_ms = exchange.limit_at_ms - reader.link.timer.now_ms();
  if (left_ms <= 0) {
    resetField(reader, judge);
    return;
  }
  sendCommand(reader.link, bytes, left_ms, function (result, answer) {
    if (result === "ok" && answer.length > 1 && (answer[1] & STATUS_ERROR_MASK) === 0) {
      takePart(reader, exchange, answer);
    } else {
      resetField(reader, judge);
    }
  });
}

/** An answer of InDataExchange: 41, status, data. */
function takePart(reader: Pn532, exchange: Exchange, answer: number[]): void {
  for (let index = 2; index < answer.length; index++) {
    exchange.answer.push(answer[index]);
  }
  const more = (answer[1] & MORE_BIT) !== 0;
  const length = exchange.answer.length;
  // An answer of nothing, a part of nothing with more to come, and one that never ends are no answers.
  if (length === 0 || length > APDU_MAX_BYTES || (more && answer.length === 2)) {
    resetField(reader, judge);
  } else if (more) {
    sendPart(reader, exchange, [IN_DATA_EXCHANGE, reader.target]);
  } else {
    finish(reader, "ok", exchange.answer);
    restIfIdle(reader);
  }
}

/** After a callback, in which the next command may have gone out already. */
function restIfIdle(reader: Pn532): void {
  if (reader.link.state === "idle") {
    rest(reader);
  }
}

/** An exchange has failed: whose fault was it? */
function judge(reader: Pn532): void {
  list(reader, function (uid, target) {
    if (sameBytes(uid, reader.uid)) {
      reader.target = target;
      finish(reader, "timeout", []);
      restIfIdle(reader);
    } else {
      leave(reader, "removed");
      found(reader, uid, target);
    }
  });
}

function transmit(reader: Pn532, bytes: number[], timeout_ms: number, done: Done): "started" | "busy" | "absent" {
  assert(bytes.length > 0 && bytes.length <= APDU_MAX_BYTES && timeout_ms > 0, "a command fits the port");
  if (reader.uid.length === 0) {
    return "absent";
  }
  if (reader.exchange !== undefined) {
    return "busy";
  }
  reader.exchange = { command: bytes, timeout_ms: timeout_ms, done: done, answer: [], limit_at_ms: 0 };
  // Otherwise the card's presence is just being seen to, and the command goes out behind that.
  if (reader.link.state === "idle") {
    startExchange(reader, reader.exchange);
  }
  return "started";
}

/** Starts the reader. The timer must be its own: its one alarm is always in use. */
export function createPn532(line: ByteLine, timer: Timer): Pn532 {
  const reader: Pn532 = {
    port: {
      apdu_max_bytes: APDU_MAX_BYTES,
      present: function () {
        return reader.uid.length > 0;
      },
      uid: function () {
        return reader.uid;
      },
      transmit: function (bytes, timeout_ms, done) {
        return transmit(reader, bytes, timeout_ms, done);
      },
      on_change: function (listener) {
        reader.notify = listener;
      },
    },
    working: false,
    firmware: [],
    link: createLink(line, timer),
    uid: [],
    target: 0,
    exchange: undefined,
    presence_tries_left: 0,
    pause_ms: RESTART_MIN_MS,
    notify: function () {
      return;
    },
  };
  begin(reader);
  return reader;
}
