/**
 * ReadData, WriteData, the commands of value files, and the transactions that bind them.
 *
 * Reads bring what was last committed. A write of a standard file takes effect at once; writes of a backup file and
 * credits and debits wait for CommitTransaction. Limits of a value hold at every step of a transaction.
 */
import { bytesText } from "../../firmware/card/bytes";
import { READ, READ_WRITE, WRITE, rightTo } from "./access";
import type { Right } from "./access";
import type { Answer } from "./answer";
import {
  ADDITIONAL_FRAME,
  BOUNDARY_ERROR,
  FILE_NOT_FOUND,
  INTEGRITY_ERROR,
  LENGTH_ERROR,
  NO_CHANGES,
  OK,
  PARAMETER_ERROR,
  PERMISSION_DENIED,
  done,
  refused,
} from "./answer";
import { isAuthenticated } from "./authentication";
import { joined, numberAt, pushSigned, pushText, signedAt, slice } from "./bytes";
import type { CardFile, DesfireCard, PendingFile } from "./card";
import { findFile, selectedApplication } from "./card";
import { MAC_BYTES, encipheredLength, takeEnciphered, takeMaced, takePlain } from "./channel";

const WRITE_DATA = 0x3d;
const CREDIT = 0x0c;
const DEBIT = 0xdc;
const RANGE_BYTES = 7;
const AMOUNT_BYTES = 4;
/** Bits of a value file's options. */
const LIMITED_CREDIT_ON = 1;
const GET_VALUE_FREE = 2;
/** First byte of padding where the reader asked for all there is, and so cannot know where the data ends. */
const PADDING_MARK = 128;

/** What the transaction holds for a file, which it does from now on. */
function pendingOf(card: DesfireCard, file: CardFile): PendingFile {
  for (const one of card.session.pending) {
    if (one.number === file.number) {
      return one;
    }
  }
  const fresh = { number: file.number, content: file.content, value: file.value, debited: 0, limited_used: false };
  card.session.pending.push(fresh);
  return fresh;
}

/** Number, offset, length (0 for all there is). */
export function readData(card: DesfireCard, data: number[]): Answer {
  if (data.length !== RANGE_BYTES) {
    return refused(LENGTH_ERROR);
  }
  const file = findFile(selectedApplication(card), data[0]);
  if (file === undefined) {
    return refused(FILE_NOT_FOUND);
  }
  if (file.kind === "value") {
    return refused(PERMISSION_DENIED);
  }
  const right = rightTo(card, file, [READ, READ_WRITE]);
  if (right.status !== OK) {
    return refused(right.status);
  }
  const offset = numberAt(data, 1, 3);
  const asked = numberAt(data, 4, 3);
  const length = asked === 0 ? file.content.length - offset : asked;
  if (length < 1 || offset + length > file.content.length) {
    return refused(BOUNDARY_ERROR);
  }
  const bytes: number[] = [];
  pushText(bytes, file.content, offset, length);
  const answer = done(bytes);
  answer.mode = right.mode;
  answer.padding = asked === 0 ? PADDING_MARK : 0;
  return answer;
}

/** Bytes that `length` bytes of data take on the air. */
function securedLength(card: DesfireCard, right: Right, length: number): number {
  if (right.mode === "plain" || !isAuthenticated(card)) {
    return length;
  }
  return right.mode === "maced" ? length + MAC_BYTES : encipheredLength(length);
}

/** Takes `length` bytes of data behind a header through the channel; empty when MAC or checksum is wrong. */
function takeData(card: DesfireCard, right: Right, code: number, data: number[], header_bytes: number): number[] {
  const header = joined([code], slice(data, 0, header_bytes));
  const length = header_bytes === 1 ? AMOUNT_BYTES : numberAt(data, 4, 3);
  if (right.mode === "enciphered" && isAuthenticated(card)) {
    return takeEnciphered(card, header, slice(data, header_bytes, data.length), length);
  }
  if (right.mode === "maced" && isAuthenticated(card)) {
    return takeMaced(card, joined([code], data)) ? slice(data, header_bytes, header_bytes + length) : [];
  }
  takePlain(card, joined([code], data));
  return slice(data, header_bytes, data.length);
}

function store(card: DesfireCard, file: CardFile, offset: number, bytes: number[]): void {
  const pending = file.kind === "backup" ? pendingOf(card, file) : undefined;
  const before = pending === undefined ? file.content : pending.content;
  const end = offset + bytes.length;
  const content = before.substring(0, offset) + bytesText(bytes) + before.substring(end, before.length);
  if (pending === undefined) {
    file.content = content;
    card.changes++;
  } else {
    pending.content = content;
  }
}

/** Number, offset, length, and as much of the data as has come; asks for more until it is whole. */
export function writeData(card: DesfireCard, data: number[]): Answer {
  if (data.length < RANGE_BYTES) {
    return refused(LENGTH_ERROR);
  }
  const file = findFile(selectedApplication(card), data[0]);
  if (file === undefined) {
    return refused(FILE_NOT_FOUND);
  }
  if (file.kind === "value") {
    return refused(PERMISSION_DENIED);
  }
  const right = rightTo(card, file, [WRITE, READ_WRITE]);
  if (right.status !== OK) {
    return refused(right.status);
  }
  const offset = numberAt(data, 1, 3);
  const length = numberAt(data, 4, 3);
  if (length === 0) {
    return refused(PARAMETER_ERROR);
  }
  if (offset + length > file.content.length) {
    return refused(BOUNDARY_ERROR);
  }
  const whole = RANGE_BYTES + securedLength(card, right, length);
  if (data.length > whole) {
    return refused(LENGTH_ERROR);
  }
  if (data.length < whole) {
    card.session.chain = { kind: "command", code: WRITE_DATA, bytes: data, frames: [] };
    return refused(ADDITIONAL_FRAME);
  }
  const bytes = takeData(card, right, WRITE_DATA, data, RANGE_BYTES);
  if (bytes.length !== length) {
    return refused(INTEGRITY_ERROR);
  }
  store(card, file, offset, bytes);
  return done([]);
}

export function getValue(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 1) {
    return refused(LENGTH_ERROR);
  }
  const file = findFile(selectedApplication(card), data[0]);
  if (file === undefined) {
    return refused(FILE_NOT_FOUND);
  }
  if (file.kind !== "value") {
    return refused(PERMISSION_DENIED);
  }
  const right = rightTo(card, file, [READ, WRITE, READ_WRITE]);
  if (right.status !== OK && (file.options & GET_VALUE_FREE) === 0) {
    return refused(right.status);
  }
  const value: number[] = [];
  pushSigned(value, file.value);
  const answer = done(value);
  answer.mode = right.mode;
  return answer;
}

/** Credit, Debit and LimitedCredit: number and amount. */
export function changeValue(card: DesfireCard, code: number, data: number[]): Answer {
  if (data.length < 1) {
    return refused(LENGTH_ERROR);
  }
  const file = findFile(selectedApplication(card), data[0]);
  if (file === undefined) {
    return refused(FILE_NOT_FOUND);
  }
  if (file.kind !== "value") {
    return refused(PERMISSION_DENIED);
  }
  const is_limited = code !== CREDIT && code !== DEBIT;
  const kinds = code === CREDIT ? [READ_WRITE] : code === DEBIT ? [READ, WRITE, READ_WRITE] : [WRITE, READ_WRITE];
  const right = rightTo(card, file, kinds);
  if (right.status !== OK || (is_limited && (file.options & LIMITED_CREDIT_ON) === 0)) {
    return refused(right.status !== OK ? right.status : PERMISSION_DENIED);
  }
  if (data.length !== 1 + securedLength(card, right, AMOUNT_BYTES)) {
    return refused(LENGTH_ERROR);
  }
  const bytes = takeData(card, right, code, data, 1);
  if (bytes.length !== AMOUNT_BYTES) {
    return refused(INTEGRITY_ERROR);
  }
  const amount = signedAt(bytes, 0);
  if (amount < 0) {
    return refused(PARAMETER_ERROR);
  }
  const pending = pendingOf(card, file);
  const value = code === DEBIT ? pending.value - amount : pending.value + amount;
  const is_spent = is_limited && (pending.limited_used || amount > file.limited);
  if (value < file.lower || value > file.upper || is_spent) {
    return refused(BOUNDARY_ERROR);
  }
  pending.value = value;
  pending.debited = pending.debited + (code === DEBIT ? amount : 0);
  pending.limited_used = pending.limited_used || is_limited;
  return done([]);
}

/** LimitedCredit may give back once what the last transaction with a debit has debited. */
function settleLimit(file: CardFile, pending: PendingFile): void {
  if ((file.options & LIMITED_CREDIT_ON) === 0) {
    return;
  }
  if (pending.debited > 0) {
    file.limited = pending.debited;
  } else if (pending.limited_used) {
    file.limited = 0;
  }
}

/** All that is pending takes effect, in one step. */
export function commitTransaction(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 0) {
    return refused(LENGTH_ERROR);
  }
  if (card.session.pending.length === 0) {
    return refused(NO_CHANGES);
  }
  for (const pending of card.session.pending) {
    const file = findFile(selectedApplication(card), pending.number);
    if (file !== undefined) {
      file.content = pending.content;
      file.value = pending.value;
      settleLimit(file, pending);
    }
  }
  card.session.pending = [];
  card.changes++;
  return done([]);
}

export function abortTransaction(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 0) {
    return refused(LENGTH_ERROR);
  }
  if (card.session.pending.length === 0) {
    return refused(NO_CHANGES);
  }
  card.session.pending = [];
  return done([]);
}
