/**
 * Files of an application: made, listed, described, deleted.
 */
import type { Answer } from "./answer";
import {
  AUTHENTICATION_ERROR,
  BOUNDARY_ERROR,
  DUPLICATE_ERROR,
  FILE_NOT_FOUND,
  INTEGRITY_ERROR,
  LENGTH_ERROR,
  OK,
  OUT_OF_MEMORY,
  PARAMETER_ERROR,
  PERMISSION_DENIED,
  done,
  refused,
} from "./answer";
import { CHANGE, accessOf, rightTo } from "./access";
import { isAuthenticated } from "./authentication";
import { joined, numberAt, pushNumber, pushSigned, signedAt, slice } from "./bytes";
import type { CardFile, DesfireCard, FileKind, Mode, PendingFile } from "./card";
import { FILES_MAX, findFile, selectedApplication } from "./card";
import { encipheredLength, takeEnciphered, takePlain } from "./channel";
import { isCreationOpen, isDirectoryOpen, takeMemory } from "./levels";

const DATA_FILE_BYTES = 7;
const VALUE_FILE_BYTES = 17;
const CHANGE_BYTES = 3;
/** LimitedCredit, and GetValue for everyone. */
const OPTIONS_MAX = 3;
/** What a value file takes of the memory (an estimate). */
const VALUE_MEMORY_BYTES = 32;

/** The mode of a byte on the air; undefined for one that is none. */
export function modeOf(byte: number): Mode | undefined {
  switch (byte) {
    case 0:
    case 2:
      return "plain";
    case 1:
      return "maced";
    case 3:
      return "enciphered";
    default:
      return undefined;
  }
}

export function modeByte(mode: Mode): number {
  return mode === "plain" ? 0 : mode === "maced" ? 1 : 3;
}

export function kindByte(kind: FileKind): number {
  return kind === "standard" ? 0 : kind === "backup" ? 1 : 2;
}

export function pushAccess(bytes: number[], access: number[]): void {
  bytes.push(access[2] * 16 + access[3]);
  bytes.push(access[0] * 16 + access[1]);
}

/** OK when a file of this number can be made. */
function creationRight(card: DesfireCard, number: number): number {
  if (card.session.selected === 0) {
    return PERMISSION_DENIED;
  }
  if (!isCreationOpen(card)) {
    return AUTHENTICATION_ERROR;
  }
  if (number >= FILES_MAX) {
    return PARAMETER_ERROR;
  }
  return findFile(selectedApplication(card), number) === undefined ? OK : DUPLICATE_ERROR;
}

/** The file that a command describes in its first four bytes. */
function fileOf(kind: FileKind, data: number[], mode: Mode): CardFile {
  return {
    number: data[0],
    kind: kind,
    mode: mode,
    access: accessOf(data[2], data[3]),
    content: "",
    lower: 0,
    upper: 0,
    value: 0,
    limited: 0,
    options: 0,
  };
}

export function zeroText(length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) {
    text = text + String.fromCharCode(0);
  }
  return text;
}

/** Number, mode, access, size. A backup file takes its size twice. */
export function createDataFile(card: DesfireCard, kind: FileKind, data: number[]): Answer {
  if (data.length !== DATA_FILE_BYTES) {
    return refused(LENGTH_ERROR);
  }
  const right = creationRight(card, data[0]);
  if (right !== OK) {
    return refused(right);
  }
  const mode = modeOf(data[1]);
  const size = numberAt(data, 4, 3);
  if (mode === undefined || size === 0) {
    return refused(PARAMETER_ERROR);
  }
  if (!takeMemory(card, kind === "backup" ? 2 * size : size)) {
    return refused(OUT_OF_MEMORY);
  }
  const file = fileOf(kind, data, mode);
  file.content = zeroText(size);
  selectedApplication(card).files.push(file);
  card.changes++;
  return done([]);
}

/** Number, mode, access, lower and upper limit, value, options. */
export function createValueFile(card: DesfireCard, data: number[]): Answer {
  if (data.length !== VALUE_FILE_BYTES) {
    return refused(LENGTH_ERROR);
  }
  const right = creationRight(card, data[0]);
  if (right !== OK) {
    return refused(right);
  }
  const mode = modeOf(data[1]);
  if (mode === undefined || data[16] > OPTIONS_MAX) {
    return refused(PARAMETER_ERROR);
  }
  const file = fileOf("value", data, mode);
  file.lower = signedAt(data, 4);
  file.upper = signedAt(data, 8);
  file.value = signedAt(data, 12);
  file.options = data[16];
  if (file.lower > file.value || file.value > file.upper) {
    return refused(BOUNDARY_ERROR);
  }
  if (!takeMemory(card, VALUE_MEMORY_BYTES)) {
    return refused(OUT_OF_MEMORY);
  }
  selectedApplication(card).files.push(file);
  card.changes++;
  return done([]);
}

export function deleteFile(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 1) {
    return refused(LENGTH_ERROR);
  }
  if (card.session.selected === 0) {
    return refused(PERMISSION_DENIED);
  }
  if (!isCreationOpen(card)) {
    return refused(AUTHENTICATION_ERROR);
  }
  const application = selectedApplication(card);
  if (findFile(application, data[0]) === undefined) {
    return refused(FILE_NOT_FOUND);
  }
  const rest: CardFile[] = [];
  for (const file of application.files) {
    if (file.number !== data[0]) {
      rest.push(file);
    }
  }
  application.files = rest;
  const pending: PendingFile[] = [];
  for (const one of card.session.pending) {
    if (one.number !== data[0]) {
      pending.push(one);
    }
  }
  card.session.pending = pending;
  card.changes++;
  return done([]);
}

export function getFileIds(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 0) {
    return refused(LENGTH_ERROR);
  }
  if (card.session.selected === 0) {
    return refused(PERMISSION_DENIED);
  }
  if (!isDirectoryOpen(card)) {
    return refused(AUTHENTICATION_ERROR);
  }
  const numbers: number[] = [];
  for (const file of selectedApplication(card).files) {
    numbers.push(file.number);
  }
  return done(numbers);
}

export function getFileSettings(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 1) {
    return refused(LENGTH_ERROR);
  }
  if (card.session.selected === 0) {
    return refused(PERMISSION_DENIED);
  }
  if (!isDirectoryOpen(card)) {
    return refused(AUTHENTICATION_ERROR);
  }
  const file = findFile(selectedApplication(card), data[0]);
  if (file === undefined) {
    return refused(FILE_NOT_FOUND);
  }
  const described = [kindByte(file.kind), modeByte(file.mode)];
  pushAccess(described, file.access);
  if (file.kind === "value") {
    pushSigned(described, file.lower);
    pushSigned(described, file.upper);
    pushSigned(described, file.limited);
    described.push(file.options);
  } else {
    pushNumber(described, file.content.length, 3);
  }
  return done(described);
}

/** Number, then mode and access: enciphered under the key that may change them, plain where everyone may. */
export function changeFileSettings(card: DesfireCard, data: number[]): Answer {
  if (data.length < 1) {
    return refused(LENGTH_ERROR);
  }
  const file = findFile(selectedApplication(card), data[0]);
  if (file === undefined) {
    return refused(FILE_NOT_FOUND);
  }
  const right = rightTo(card, file, [CHANGE]);
  if (right.status !== OK) {
    return refused(right.status);
  }
  const is_keyed = isAuthenticated(card) && file.access[CHANGE] === card.session.key_number;
  if (data.length !== 1 + (is_keyed ? encipheredLength(CHANGE_BYTES) : CHANGE_BYTES)) {
    return refused(LENGTH_ERROR);
  }
  let changed = slice(data, 1, data.length);
  if (is_keyed) {
    changed = takeEnciphered(card, [0x5f, data[0]], changed, CHANGE_BYTES);
    if (changed.length === 0) {
      return refused(INTEGRITY_ERROR);
    }
  } else {
    takePlain(card, joined([0x5f], data));
  }
  const mode = modeOf(changed[0]);
  if (mode === undefined) {
    return refused(PARAMETER_ERROR);
  }
  file.mode = mode;
  file.access = accessOf(changed[1], changed[2]);
  card.changes++;
  return done([]);
}
