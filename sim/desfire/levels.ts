/**
 * The level of the card and its applications: what is there, what is made and deleted, and the settings that say who
 * may. Bits of the settings: 0 the master key can be changed, 1 directories are free, 2 creating and deleting is free,
 * 3 the settings can be changed; bits 4 to 7 of an application: which key changes keys (14: each itself, 15: none).
 */
import type { Answer } from "./answer";
import {
  APPLICATION_NOT_FOUND,
  AUTHENTICATION_ERROR,
  COUNT_ERROR,
  DUPLICATE_ERROR,
  INTEGRITY_ERROR,
  LENGTH_ERROR,
  NO_SUCH_KEY,
  OUT_OF_MEMORY,
  PARAMETER_ERROR,
  PERMISSION_DENIED,
  done,
  refused,
} from "./answer";
import { isAuthenticated, isMaster } from "./authentication";
import { joined, numberAt, pushNumber, slice, zeros } from "./bytes";
import type { Application, CardKey, DesfireCard } from "./card";
import {
  AID_BYTES,
  APPLICATIONS_MAX,
  KEYS_MAX,
  KEY_BYTES,
  MEMORY_BYTES,
  dropAuthentication,
  findApplication,
  format,
  select,
  selectedApplication,
} from "./card";
import { encipheredLength, takeEnciphered } from "./channel";

const MASTER_CHANGEABLE = 1;
const DIRECTORY_FREE = 2;
const CREATION_FREE = 4;
const SETTINGS_CHANGEABLE = 8;
/** Second byte of an application's settings: bits 6 and 7 name the cipher. */
const AES = 128;
const CARD_SETTINGS_MAX = 15;
const HEADER_BYTES = 5;
const ISO_BYTES_LEAST = 3;
const ISO_BYTES_MOST = 18;
/** Memory is given out in blocks; an application takes one for itself and its keys' bytes (an estimate). */
const BLOCK_BYTES = 32;
const KEY_ENTRY_BYTES = KEY_BYTES + 1;
/** 19 application identifiers, whole, fill a frame. */
const AIDS_FRAME_BYTES = 57;
/** Hardware and software part of GetVersion: NXP, type, MF3ICD41 V1.0 or V1.4, 4 KB, ISO 14443-3 and -4. */
const HARDWARE: number[] = [4, 1, 1, 1, 0, 24, 5];
const SOFTWARE: number[] = [4, 1, 1, 1, 4, 24, 5];
/** Batch number, calendar week and year of production, which are made up. */
const PRODUCTION: number[] = [186, 52, 4, 69, 80, 17, 19];

function isSet(settings: number, flag: number): boolean {
  return (settings & flag) !== 0;
}

/** Whether files and applications can be listed. */
export function isDirectoryOpen(card: DesfireCard): boolean {
  return isMaster(card) || isSet(selectedApplication(card).settings, DIRECTORY_FREE);
}

/** Whether files of the selected application can be made and deleted. */
export function isCreationOpen(card: DesfireCard): boolean {
  return isMaster(card) || isSet(selectedApplication(card).settings, CREATION_FREE);
}

function blocks(bytes: number): number {
  return Math.floor((bytes + BLOCK_BYTES - 1) / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Takes memory for so many bytes; false when they are not there. */
export function takeMemory(card: DesfireCard, bytes: number): boolean {
  if (card.used_bytes + blocks(bytes) > MEMORY_BYTES) {
    return false;
  }
  card.used_bytes = card.used_bytes + blocks(bytes);
  return true;
}

export function getVersion(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 0) {
    return refused(LENGTH_ERROR);
  }
  const answer = done(joined(joined(HARDWARE, SOFTWARE), joined(card.uid, PRODUCTION)));
  answer.first_frames = [HARDWARE.length, SOFTWARE.length];
  return answer;
}

export function getFreeMemory(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 0) {
    return refused(LENGTH_ERROR);
  }
  const free: number[] = [];
  pushNumber(free, MEMORY_BYTES - card.used_bytes, 3);
  return done(free);
}

export function getCardUid(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 0) {
    return refused(LENGTH_ERROR);
  }
  if (!isAuthenticated(card)) {
    return refused(AUTHENTICATION_ERROR);
  }
  const answer = done(card.uid);
  answer.mode = "enciphered";
  return answer;
}

export function selectApplication(card: DesfireCard, data: number[]): Answer {
  if (data.length !== AID_BYTES) {
    return refused(LENGTH_ERROR);
  }
  const aid = numberAt(data, 0, AID_BYTES);
  if (findApplication(card, aid) === undefined) {
    return refused(APPLICATION_NOT_FOUND);
  }
  select(card, aid);
  return done([]);
}

export function getApplicationIds(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 0) {
    return refused(LENGTH_ERROR);
  }
  if (card.session.selected !== 0) {
    return refused(PERMISSION_DENIED);
  }
  if (!isDirectoryOpen(card)) {
    return refused(AUTHENTICATION_ERROR);
  }
  const aids: number[] = [];
  for (const application of card.applications) {
    if (application.aid !== 0) {
      pushNumber(aids, application.aid, AID_BYTES);
    }
  }
  const answer = done(aids);
  answer.first_frames = [AIDS_FRAME_BYTES];
  return answer;
}

/** AID, settings, number of keys with the cipher, and perhaps an ISO file number and a DF name of 1 to 16 bytes. */
export function createApplication(card: DesfireCard, data: number[]): Answer {
  const iso = slice(data, HEADER_BYTES, data.length);
  if (data.length < HEADER_BYTES || (iso.length > 0 && iso.length < ISO_BYTES_LEAST) || iso.length > ISO_BYTES_MOST) {
    return refused(LENGTH_ERROR);
  }
  if (card.session.selected !== 0) {
    return refused(PERMISSION_DENIED);
  }
  if (!isCreationOpen(card)) {
    return refused(AUTHENTICATION_ERROR);
  }
  const aid = numberAt(data, 0, AID_BYTES);
  const key_count = data[4] - AES;
  if (aid === 0 || key_count < 1 || key_count > KEYS_MAX) {
    return refused(PARAMETER_ERROR);
  }
  if (findApplication(card, aid) !== undefined) {
    return refused(DUPLICATE_ERROR);
  }
  if (card.applications.length > APPLICATIONS_MAX) {
    return refused(COUNT_ERROR);
  }
  if (!takeMemory(card, BLOCK_BYTES + key_count * KEY_ENTRY_BYTES)) {
    return refused(OUT_OF_MEMORY);
  }
  const keys: CardKey[] = [];
  while (keys.length < key_count) {
    keys.push({ bytes: zeros(KEY_BYTES), version: 0 });
  }
  card.applications.push({ aid: aid, settings: data[3], iso: iso, keys: keys, files: [] });
  card.changes++;
  return done([]);
}

/** By the master key of the card, or, where creating and deleting is free, by that of the application. */
export function deleteApplication(card: DesfireCard, data: number[]): Answer {
  if (data.length !== AID_BYTES) {
    return refused(LENGTH_ERROR);
  }
  const aid = numberAt(data, 0, AID_BYTES);
  if (aid === 0 || (card.session.selected !== 0 && card.session.selected !== aid)) {
    return refused(PERMISSION_DENIED);
  }
  if (findApplication(card, aid) === undefined) {
    return refused(APPLICATION_NOT_FOUND);
  }
  const is_own_free = card.session.selected === 0 || isSet(card.applications[0].settings, CREATION_FREE);
  if (!isMaster(card) || !is_own_free) {
    return refused(AUTHENTICATION_ERROR);
  }
  const rest: Application[] = [];
  for (const application of card.applications) {
    if (application.aid !== aid) {
      rest.push(application);
    }
  }
  card.applications = rest;
  card.changes++;
  if (card.session.selected === aid) {
    select(card, 0);
  }
  return done([]);
}

/** Ends the authentication, as libfreefare expects of a card. */
export function formatCard(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 0) {
    return refused(LENGTH_ERROR);
  }
  if (card.session.selected !== 0 || !isMaster(card)) {
    return refused(AUTHENTICATION_ERROR);
  }
  format(card);
  select(card, 0);
  return done([]);
}

export function getKeySettings(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 0) {
    return refused(LENGTH_ERROR);
  }
  if (!isDirectoryOpen(card)) {
    return refused(AUTHENTICATION_ERROR);
  }
  const level = selectedApplication(card);
  return done([level.settings, level.keys.length + AES]);
}

export function changeKeySettings(card: DesfireCard, data: number[]): Answer {
  if (data.length !== encipheredLength(1)) {
    return refused(LENGTH_ERROR);
  }
  if (!isMaster(card)) {
    return refused(AUTHENTICATION_ERROR);
  }
  const level = selectedApplication(card);
  if (!isSet(level.settings, SETTINGS_CHANGEABLE)) {
    return refused(PERMISSION_DENIED);
  }
  const settings = takeEnciphered(card, [0x54], data, 1);
  if (settings.length === 0) {
    return refused(INTEGRITY_ERROR);
  }
  if (level.aid === 0 && settings[0] > CARD_SETTINGS_MAX) {
    return refused(PARAMETER_ERROR);
  }
  level.settings = settings[0];
  card.changes++;
  return done([]);
}

export function getKeyVersion(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 1) {
    return refused(LENGTH_ERROR);
  }
  const keys = selectedApplication(card).keys;
  return data[0] < keys.length ? done([keys[data[0]].version]) : refused(NO_SUCH_KEY);
}

/** Who may change key `number` of the selected level: OK, or why not. */
export function keyChangeRight(card: DesfireCard, number: number): number {
  if (!isAuthenticated(card)) {
    return AUTHENTICATION_ERROR;
  }
  const level = selectedApplication(card);
  if (number === 0) {
    if (!isSet(level.settings, MASTER_CHANGEABLE)) {
      return PERMISSION_DENIED;
    }
    return isMaster(card) ? 0 : AUTHENTICATION_ERROR;
  }
  const changer = Math.floor(level.settings / 16);
  if (changer === 15) {
    return PERMISSION_DENIED;
  }
  return card.session.key_number === (changer === 14 ? number : changer) ? 0 : AUTHENTICATION_ERROR;
}

/** The new key takes effect; who was authenticated with it no longer is. */
export function replaceKey(card: DesfireCard, number: number, bytes: number[], version: number): void {
  const key = selectedApplication(card).keys[number];
  key.bytes = bytes;
  key.version = version;
  card.changes++;
  if (card.session.key_number === number) {
    dropAuthentication(card);
  }
}
