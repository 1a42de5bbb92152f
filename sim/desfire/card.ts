/**
 * Card: what a MIFARE DESFire EV1 (MF3ICD41, 4 KB, AES) remembers, and what it forgets when the field is lost.
 *
 * Application 000000 is the level of the card itself, with the card's master key and without files. Changes to backup
 * and value files wait in the session until CommitTransaction takes them over, all in one step that nothing can
 * interrupt: a field that is lost before or after it leaves the old or the new state, whole.
 *
 * Where the data sheet that we have is silent, the card is strict: every refusal loses the authentication, and it, a new
 * authentication and a selection throw away what was pending.
 *
 * Not modelled: DES and 3DES keys (an application is made for AES or refused, 0A and 1A answer 91AE), ISO file numbers,
 * record files, SetConfiguration and random UIDs, failure delays, native commands without their ISO 7816 wrapping, and
 * the torn write of a standard file (its WriteData is whole or not at all).
 */
import { assert } from "../../firmware/assert";
import type { CmacKey } from "../../firmware/crypto/cmac";
import type { Crypto } from "../../hal/crypto";
import type { Random } from "../../hal/random";
import { zeros } from "./bytes";

export const UID_BYTES = 7;
export const KEY_BYTES = 16;
export const AID_BYTES = 3;
export const APPLICATIONS_MAX = 28;
export const KEYS_MAX = 14;
export const FILES_MAX = 32;
/** Free memory of a fresh MF3ICD41. */
export const MEMORY_BYTES = 4864;
/** Changing the master key, free directory, free create and delete, changeable settings. */
const FRESH_SETTINGS = 15;
/** Nobody is authenticated. */
export const NO_KEY = -1;

export type FileKind = "standard" | "backup" | "value";
export type Mode = "plain" | "maced" | "enciphered";

export interface CardKey {
  bytes: number[];
  version: number;
}

export interface CardFile {
  number: number;
  kind: FileKind;
  mode: Mode;
  /** The four rights, a nibble each: read, write, read and write, change. */
  access: number[];
  /** Standard and backup files: a character 0 to 255 a byte. */
  content: string;
  /** Value files. */
  lower: number;
  upper: number;
  value: number;
  /** What LimitedCredit may give back. */
  limited: number;
  /** Bit 0: LimitedCredit is on; bit 1: GetValue is free. */
  options: number;
}

export interface Application {
  /** As a number, little endian on the air. */
  aid: number;
  settings: number;
  /** ISO file number and DF name, as CreateApplication brought them; empty for none. */
  iso: number[];
  keys: CardKey[];
  files: CardFile[];
}

/** What a transaction has written to one file and not yet committed. */
export interface PendingFile {
  number: number;
  content: string;
  value: number;
  debited: number;
  limited_used: boolean;
}

/** A command or an answer that takes several frames. */
export interface Chain {
  kind: "none" | "authentication" | "command" | "answer";
  /** The instruction, the number of the key, or the number of the frame. */
  code: number;
  bytes: number[];
  /** All frames of an answer; `code` is the next one to be asked for. */
  frames: number[][];
}

export interface Session {
  selected: number;
  /** Number of the authenticated key, or NO_KEY. */
  key_number: number;
  key: CmacKey | undefined;
  /** Where the next MAC or cipher goes on from. */
  initial: number[];
  chain: Chain;
  pending: PendingFile[];
}

export interface DesfireCard {
  crypto: Crypto;
  random: Random;
  uid: number[];
  applications: Application[];
  /** Only FormatPICC gives memory back. */
  used_bytes: number;
  session: Session;
  /** Changes of the non-volatile state since the card was made: who keeps an image saves it when this has moved. */
  changes: number;
}

export function noChain(): Chain {
  return { kind: "none", code: 0, bytes: [], frames: [] };
}

function freshSession(): Session {
  return { selected: 0, key_number: NO_KEY, key: undefined, initial: [], chain: noChain(), pending: [] };
}

/** The level of the card itself, as it leaves the factory: the master key is zero. */
function freshLevel(): Application {
  return { aid: 0, settings: FRESH_SETTINGS, iso: [], keys: [{ bytes: zeros(KEY_BYTES), version: 0 }], files: [] };
}

/** A card fresh from the factory. `random` gives its challenges. */
export function createDesfireCard(crypto: Crypto, random: Random, uid: number[]): DesfireCard {
  assert(uid.length === UID_BYTES, "a DESFire has a UID of 7 bytes");
  return {
    crypto: crypto,
    random: random,
    uid: uid,
    applications: [freshLevel()],
    used_bytes: 0,
    session: freshSession(),
    changes: 0,
  };
}

/** The card has no power any more: authentication, selection, chains and uncommitted changes are gone. */
export function fieldLost(card: DesfireCard): void {
  card.session = freshSession();
}

export function dropAuthentication(card: DesfireCard): void {
  card.session.key_number = NO_KEY;
  card.session.key = undefined;
}

/** Selects an application: what was pending is thrown away. */
export function select(card: DesfireCard, aid: number): void {
  card.session = freshSession();
  card.session.selected = aid;
}

/** Everything but the level of the card is gone, and its memory is free again. */
export function format(card: DesfireCard): void {
  card.applications = [card.applications[0]];
  card.used_bytes = 0;
  card.changes++;
}

export function findApplication(card: DesfireCard, aid: number): Application | undefined {
  for (const application of card.applications) {
    if (application.aid === aid) {
      return application;
    }
  }
  return undefined;
}

export function selectedApplication(card: DesfireCard): Application {
  const application = findApplication(card, card.session.selected);
  return application === undefined ? card.applications[0] : application;
}

export function findFile(application: Application, number: number): CardFile | undefined {
  for (const file of application.files) {
    if (file.number === number) {
      return file;
    }
  }
  return undefined;
}

function cloneFile(file: CardFile): CardFile {
  return {
    number: file.number,
    kind: file.kind,
    mode: file.mode,
    access: file.access,
    content: file.content,
    lower: file.lower,
    upper: file.upper,
    value: file.value,
    limited: file.limited,
    options: file.options,
  };
}

function cloneApplication(application: Application): Application {
  const files: CardFile[] = [];
  for (const file of application.files) {
    files.push(cloneFile(file));
  }
  const keys: CardKey[] = [];
  for (const key of application.keys) {
    keys.push({ bytes: key.bytes, version: key.version });
  }
  return { aid: application.aid, settings: application.settings, iso: application.iso, keys: keys, files: files };
}

function cloneSession(session: Session): Session {
  const pending: PendingFile[] = [];
  for (const file of session.pending) {
    pending.push({
      number: file.number,
      content: file.content,
      value: file.value,
      debited: file.debited,
      limited_used: file.limited_used,
    });
  }
  const frames: number[][] = [];
  for (const frame of session.chain.frames) {
    frames.push(frame);
  }
  const chain = session.chain;
  return {
    selected: session.selected,
    key_number: session.key_number,
    key: session.key,
    initial: session.initial,
    chain: { kind: chain.kind, code: chain.code, bytes: chain.bytes, frames: frames },
    pending: pending,
  };
}

/** The card as it stands, session and all: runs of bytes are shared, since they are replaced and never changed. */
export function cloneCard(card: DesfireCard, random: Random): DesfireCard {
  const applications: Application[] = [];
  for (const application of card.applications) {
    applications.push(cloneApplication(application));
  }
  return {
    crypto: card.crypto,
    random: random,
    uid: card.uid,
    applications: applications,
    used_bytes: card.used_bytes,
    session: cloneSession(card.session),
    changes: card.changes,
  };
}
