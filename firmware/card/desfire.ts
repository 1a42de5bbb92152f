/**
 * DESFire: commands of a MIFARE DESFire card, wrapped as ISO/IEC 7816-4 APDUs, and the exchange of one command and its
 * answer over several frames. What the commands mean stands in NXP's data sheet MF3ICDx21_41_81 (DESFire EV1), as
 * libfreefare, proxmark3 and application notes AN12343 and AN12196 show it.
 *
 *   command   90 code 00 00 [length data] 00        answer   data 91 status
 *
 * A status of AF asks for the next frame (code AF), or announces one. A command takes at most 54 bytes of data in a
 * frame: with its APDU around it, it then fits the 61 bytes that a frame of ISO/IEC 14443-4 holds on a card that takes
 * 64 (libfreefare sends less, 50); an answer brings at most 59.
 */
import type { CardReader } from "../../hal/card_reader";
import { assert } from "../assert";

export const SELECT_APPLICATION = 0x5a;
export const AUTHENTICATE_AES = 0xaa;
export const READ_DATA = 0xbd;
export const WRITE_DATA = 0x3d;
export const GET_VALUE = 0x6c;
export const DEBIT = 0xdc;
export const COMMIT_TRANSACTION = 0xc7;
const ADDITIONAL_FRAME = 0xaf;

export const STATUS_OK = 0;
export const STATUS_MORE = 0xaf;

const CLASS_WRAPPED = 0x90;
const STATUS_WRAPPED = 0x91;

/** Data of a command in one frame. */
export const FRAME_DATA_MAX = 54;
/** Frames of one command, and of one answer. */
const FRAMES_MAX = 8;
/** Longest answer that is put together. */
const ANSWER_MAX = FRAMES_MAX * 59;
/** A card answers within some milliseconds; a commit that writes much takes longest. */
const ANSWER_TIMEOUT_MS = 500;

/** How an exchange ended: `refused` with the card's status, or a length that no card sends. */
export type ExchangeResult = "ok" | "refused" | "removed" | "timeout";

/** Called once. */
type Done = (result: ExchangeResult, status: number, data: number[]) => void;

/** A command as an APDU, with as many of the bytes from `first` on as a frame takes. */
export function wrapCommand(code: number, bytes: number[], first: number): number[] {
  const data = bytes.slice(first, first + FRAME_DATA_MAX);
  return data.length === 0
    ? [CLASS_WRAPPED, code, 0, 0, 0]
    : [CLASS_WRAPPED, code, 0, 0, data.length].concat(data, [0]);
}

/** A command under way. */
interface Exchange {
  reader: CardReader;
  /** Code and data. */
  command: number[];
  /** So many bytes of it were sent, or all when it is more. */
  sent: number;
  answer: number[];
  /** Frames so far. */
  frames: number;
  done: Done;
}

function sendFrame(exchange: Exchange, code: number): void {
  const sent = exchange.sent;
  exchange.sent = sent + FRAME_DATA_MAX;
  const started = exchange.reader.transmit(
    wrapCommand(code, exchange.command, sent),
    ANSWER_TIMEOUT_MS,
    function (result, answer) {
      takeFrame(exchange, result, answer);
    },
  );
  if (started !== "started") {
    exchange.done("removed", 0, []);
  }
}

/** The reader's list is taken over as it is, less its status. */
function takeFrame(exchange: Exchange, result: "ok" | "removed" | "timeout", answer: number[]): void {
  const status = answer.pop();
  const wrapped = answer.pop();
  if (result !== "ok" || status === undefined || wrapped === undefined) {
    exchange.done(result === "timeout" ? "timeout" : "removed", 0, []);
    return;
  }
  if (wrapped !== STATUS_WRAPPED || (status !== STATUS_OK && status !== STATUS_MORE)) {
    exchange.done("refused", status, []);
    return;
  }
  exchange.answer = exchange.answer.length === 0 ? answer : exchange.answer.concat(answer);
  if (status === STATUS_OK || exchange.command[0] === AUTHENTICATE_AES) {
    // The caller answers the additional frame of an authentication itself: it is the card's challenge. And a card that is content before it has heard all has not understood it.
    exchange.done(exchange.sent < exchange.command.length ? "refused" : "ok", status, exchange.answer);
  } else if (exchange.frames >= 2 * FRAMES_MAX || exchange.answer.length > ANSWER_MAX) {
    exchange.done("refused", status, []);
  } else {
    exchange.frames += 1;
    sendFrame(exchange, ADDITIONAL_FRAME);
  }
}

/** Sends a command, its code and its data, in as many frames as it takes and puts the answer together. */
export function exchangeCommand(reader: CardReader, command: number[], done: Done): void {
  assert(command.length > 0 && command.length <= 1 + FRAMES_MAX * FRAME_DATA_MAX, "a command has a limit");
  const exchange = {
    reader: reader,
    command: command,
    sent: 1,
    answer: [],
    frames: 1,
    done: done,
  };
  sendFrame(exchange, command[0]);
}

/** Answers a challenge. */
export function exchangeResponse(reader: CardReader, data: number[], done: Done): void {
  exchangeCommand(reader, [ADDITIONAL_FRAME].concat(data), done);
}
