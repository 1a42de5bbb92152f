/**
 * Card reader twin: carries a DESFire card (sim/desfire), hands it whole commands, and takes the time of the air at
 * 106 kbit/s and of the card for each. A UID of 7 bytes alone puts in a blank card fresh from the factory; one of 4 or
 * 10 bytes a card of another make, which answers every command with 6D00 (instruction not supported, ISO/IEC 7816-4)
 * after 5 ms.
 *
 * Faults, each switched on by a scenario or a torture:
 *   pulled        `remove` at any time: a command that has not been carried out by then never is
 *   pulled at a   `pull_after`: the card leaves once so many bytes have crossed the air, both ways together, from then
 *   byte          on. In the middle of a command it is not carried out, in the middle of an answer it has been; right
 *                 between the two, while the card is at work, `is_done` says which. A commit is whole or not at all.
 *   wrong MAC     `spoil_answer`: one bit of the last byte of data of the next answer that has data is wrong
 *   slow          `slow_ms`: the card asks for more time before each answer; beyond the port's time-out it has carried
 *                 out the command, and the answer is lost
 *   cloned dump   `insert_card` with what readImage or cloneCard has made of an earlier state
 *   cut           the reader loses its power, and the card its field
 * Not modelled: two cards at a time, a weak field that garbles frames (ISO 14443-4 repeats them), a card that stays
 * silent after a time-out.
 */
import { assert } from "../../firmware/assert";
import type { CardReader } from "../../hal/card_reader";
import type { Crypto } from "../../hal/crypto";
import type { DesfireCard } from "../desfire/card";
import { UID_BYTES, createDesfireCard, fieldLost } from "../desfire/card";
import { respond } from "../desfire/respond";
import { answerTimeUs, commandTimeUs, processingTimeUs } from "../desfire/time";
import type { Queue, QueuedEvent } from "../world/queue";
import { cancelEvent, createEvent, scheduleEvent } from "../world/queue";
import type { Trace } from "../world/trace";
import { numberField, writeLine } from "../world/trace";
import { createCryptoTwin } from "./crypto";
import { createRandomTwin } from "./random";

const OTHER_ANSWER_MS = 5;
const APDU_MAX_BYTES = 64;
const NEVER_PULLED = -1;
const STATUS_BYTES = 2;
const MILLISECOND_US = 1000;
/** Seed of a blank card's challenges. */
const BLANK_SEED = 14443;

export type ExchangeResult = "ok" | "removed" | "timeout";
type Done = (result: ExchangeResult, answer: number[]) => void;

export interface CardReaderTwin {
  port: CardReader;
  uid: number[];
  /** Undefined while there is none, or one of another make. */
  card: DesfireCard | undefined;
  insert: (uid: number[]) => void;
  insert_card: (card: DesfireCard) => void;
  remove: () => void;
  /** The card is pulled `bytes` bytes from now; `is_done`: a pull right behind a command finds it carried out. */
  pull_after: (bytes: number, is_done: boolean) => void;
  spoil_answer: () => void;
  slow_ms: number;
  powered: boolean;
  /** The reader loses its power: a command under way is never answered. */
  cut: () => void;
  exchange: CardExchange;
}

/** What is under way. */
export interface CardExchange {
  queue: Queue;
  trace: Trace;
  notify: () => void;
  waiting: Done | undefined;
  command: number[];
  answer: number[];
  is_carried_out: boolean;
  /** Bytes until the card is pulled, or NEVER_PULLED. */
  pull_bytes: number;
  is_pulled_done: boolean;
  is_spoiling: boolean;
  /** Made at the first blank card: its tables take time. */
  crypto: Crypto | undefined;
  carried_out: QueuedEvent;
  answered: QueuedEvent;
  pulled: QueuedEvent;
  late: QueuedEvent;
}

function nothing(): void {
  return;
}

function milliseconds(time_us: number): number {
  return Math.floor((time_us + MILLISECOND_US - 1) / MILLISECOND_US);
}

function cancelAll(twin: CardReaderTwin): void {
  cancelEvent(twin.exchange.queue, twin.exchange.carried_out);
  cancelEvent(twin.exchange.queue, twin.exchange.answered);
  cancelEvent(twin.exchange.queue, twin.exchange.pulled);
  cancelEvent(twin.exchange.queue, twin.exchange.late);
}

function finish(twin: CardReaderTwin, result: ExchangeResult, answer: number[]): void {
  const done = twin.exchange.waiting;
  twin.exchange.waiting = undefined;
  cancelAll(twin);
  if (done !== undefined) {
    done(result, answer);
  }
}

function traceCard(twin: CardReaderTwin, present: number): void {
  if (twin.exchange.trace.on) {
    writeLine(twin.exchange.trace, "port", "card", numberField("present", present));
  }
}

function put(twin: CardReaderTwin, uid: number[], card: DesfireCard | undefined): void {
  twin.uid = uid;
  twin.card = card;
  twin.exchange.pull_bytes = NEVER_PULLED;
  traceCard(twin, 1);
  twin.exchange.notify();
}

function takeAway(twin: CardReaderTwin): void {
  const card = twin.card;
  twin.uid = [];
  twin.card = undefined;
  twin.exchange.pull_bytes = NEVER_PULLED;
  if (card !== undefined) {
    fieldLost(card);
  }
  traceCard(twin, 0);
  finish(twin, "removed", []);
  twin.exchange.notify();
}

function flipped(answer: number[]): number[] {
  const wrong: number[] = [];
  for (let i = 0; i < answer.length; i++) {
    wrong.push(i === answer.length - STATUS_BYTES - 1 ? answer[i] ^ 1 : answer[i]);
  }
  return wrong;
}

/** The card does what it was told. */
function carryOut(twin: CardReaderTwin): void {
  const card = twin.card;
  twin.exchange.answer = card === undefined ? [0x6d, 0x00] : respond(card, twin.exchange.command);
  twin.exchange.is_carried_out = true;
  if (twin.exchange.is_spoiling && twin.exchange.answer.length > STATUS_BYTES) {
    twin.exchange.is_spoiling = false;
    twin.exchange.answer = flipped(twin.exchange.answer);
  }
}

/** The command has been carried out: its answer comes, or the card goes before it is over. */
function answerLater(twin: CardReaderTwin): void {
  carryOut(twin);
  const now_ms = twin.exchange.queue.now_ms;
  const left = twin.exchange.pull_bytes;
  const is_other = twin.card === undefined;
  if (left !== NEVER_PULLED && left < twin.exchange.answer.length) {
    scheduleEvent(twin.exchange.queue, twin.exchange.pulled, now_ms + milliseconds(answerTimeUs(left)));
    return;
  }
  if (left !== NEVER_PULLED) {
    twin.exchange.pull_bytes = left - twin.exchange.answer.length;
  }
  const answer_ms = is_other ? 0 : milliseconds(answerTimeUs(twin.exchange.answer.length)) + twin.slow_ms;
  scheduleEvent(twin.exchange.queue, twin.exchange.answered, now_ms + answer_ms);
}

/** The answer has arrived; the card may leave with its last byte. */
function arrive(twin: CardReaderTwin): void {
  const is_last = twin.exchange.pull_bytes === 0;
  finish(twin, "ok", twin.exchange.answer);
  if (is_last && twin.exchange.waiting === undefined) {
    takeAway(twin);
  }
}

/** The time-out is over: a command that has reached the card is carried out all the same. */
function giveUp(twin: CardReaderTwin): void {
  if (!twin.exchange.is_carried_out && twin.exchange.pull_bytes === NEVER_PULLED) {
    carryOut(twin);
  }
  finish(twin, "timeout", []);
}

function transmit(
  twin: CardReaderTwin,
  command: number[],
  timeout_ms: number,
  done: Done,
): "started" | "busy" | "absent" {
  assert(command.length <= APDU_MAX_BYTES && timeout_ms > 0, "a command fits the port");
  if (twin.uid.length === 0 || !twin.powered) {
    return "absent";
  }
  if (twin.exchange.waiting !== undefined) {
    return "busy";
  }
  const now_ms = twin.exchange.queue.now_ms;
  twin.exchange.waiting = done;
  twin.exchange.command = command;
  twin.exchange.is_carried_out = false;
  scheduleEvent(twin.exchange.queue, twin.exchange.late, now_ms + timeout_ms);
  const left = twin.exchange.pull_bytes;
  const is_cut_short = left !== NEVER_PULLED && left < command.length;
  const is_undone = left === command.length && !twin.exchange.is_pulled_done;
  if (is_cut_short || is_undone) {
    scheduleEvent(twin.exchange.queue, twin.exchange.pulled, now_ms + milliseconds(commandTimeUs(left)));
    return "started";
  }
  if (left !== NEVER_PULLED) {
    twin.exchange.pull_bytes = left - command.length;
  }
  const is_other = twin.card === undefined;
  const work_us = commandTimeUs(command.length) + processingTimeUs(command);
  scheduleEvent(
    twin.exchange.queue,
    twin.exchange.carried_out,
    now_ms + (is_other ? OTHER_ANSWER_MS : milliseconds(work_us)),
  );
  return "started";
}

function insertBlank(twin: CardReaderTwin, uid: number[]): void {
  if (uid.length !== UID_BYTES) {
    put(twin, uid, undefined);
    return;
  }
  if (twin.exchange.crypto === undefined) {
    twin.exchange.crypto = createCryptoTwin();
  }
  put(twin, uid, createDesfireCard(twin.exchange.crypto, createRandomTwin(BLANK_SEED), uid));
}

function cut(twin: CardReaderTwin): void {
  twin.powered = false;
  cancelAll(twin);
  twin.exchange.waiting = undefined;
  twin.exchange.notify = nothing;
  if (twin.card !== undefined) {
    fieldLost(twin.card);
  }
}

function createExchange(queue: Queue, trace: Trace): CardExchange {
  return {
    queue: queue,
    trace: trace,
    notify: nothing,
    waiting: undefined,
    command: [],
    answer: [],
    is_carried_out: false,
    pull_bytes: NEVER_PULLED,
    is_pulled_done: false,
    is_spoiling: false,
    crypto: undefined,
    carried_out: createEvent(nothing),
    answered: createEvent(nothing),
    pulled: createEvent(nothing),
    late: createEvent(nothing),
  };
}

function wireEvents(twin: CardReaderTwin): void {
  twin.exchange.carried_out.run = function () {
    answerLater(twin);
  };
  twin.exchange.answered.run = function () {
    arrive(twin);
  };
  twin.exchange.pulled.run = function () {
    takeAway(twin);
  };
  twin.exchange.late.run = function () {
    giveUp(twin);
  };
}

export function createCardReaderTwin(queue: Queue, trace: Trace): CardReaderTwin {
  const twin: CardReaderTwin = {
    port: {
      apdu_max_bytes: APDU_MAX_BYTES,
      present: function () {
        return twin.uid.length > 0;
      },
      uid: function () {
        return twin.uid;
      },
      transmit: function (command, timeout_ms, done) {
        return transmit(twin, command, timeout_ms, done);
      },
      on_change: function (listener) {
        if (twin.powered) {
          twin.exchange.notify = listener;
        }
      },
    },
    uid: [],
    card: undefined,
    insert: function (uid) {
      insertBlank(twin, uid);
    },
    insert_card: function (card) {
      put(twin, card.uid, card);
    },
    remove: function () {
      takeAway(twin);
    },
    pull_after: function (bytes, is_done) {
      twin.exchange.pull_bytes = bytes;
      twin.exchange.is_pulled_done = is_done;
    },
    spoil_answer: function () {
      twin.exchange.is_spoiling = true;
    },
    slow_ms: 0,
    powered: true,
    cut: function () {
      cut(twin);
    },
    exchange: createExchange(queue, trace),
  };
  wireEvents(twin);
  return twin;
}
