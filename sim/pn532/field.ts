/**
 * The chip's antenna: one contactless card, ISO/IEC 14443 type A at 106 kbit/s with the ATQA, SAK and ATS of a DESFire
 * EV1, and what it does with commands that come over the air.
 */
import { SAK_ISO_DEP } from "../../firmware/reader/pn532_codes";

export interface ContactlessCard {
  /** 4, 7 or 10 bytes. */
  uid: number[];
  /** An APDU and its answer; without any bytes the card is mute. */
  respond: (apdu: number[]) => number[];
  /** The card has lost its power or was deselected: what it had in mind of a session is gone. */
  field_lost: () => void;
}

export interface Field {
  card: ContactlessCard | undefined;
  on: boolean;
  /** The reader has selected the card. */
  selected: boolean;
  /** RATS was done: the card takes blocks. */
  iso_dep: boolean;
  /** Fault: after so many more bytes of APDUs and answers the card is pulled; -1 for never. */
  bytes_to_pull: number;
}

/** TL, T0, TA, TB, TC, T1: frames of 64 bytes, FWI 8, CID. */
export function desfireAts(): number[] {
  return [0x06, 0x75, 0x77, 0x81, 0x02, 0x80];
}

/** I-block: 000xx01x, of which neither chaining, CID nor NAD. */
const I_BLOCK_MASK = 0xfe;
const I_BLOCK = 0x02;
const R_NAK = 0xb2;
const R_ACK = 0xa2;
const S_DESELECT = 0xc2;
const RATS = 0xe0;
const CASCADE_TAG = 0x88;

export function createField(): Field {
  return { card: undefined, on: false, selected: false, iso_dep: false, bytes_to_pull: -1 };
}

/** The card forgets its session. */
export function deselectCard(field: Field): void {
  const was_selected = field.selected;
  field.selected = false;
  field.iso_dep = false;
  if (was_selected && field.card !== undefined) {
    field.card.field_lost();
  }
}

export function pullCard(field: Field): void {
  deselectCard(field);
  field.card = undefined;
}

export function switchField(field: Field, on: boolean): void {
  if (!on) {
    deselectCard(field);
  }
  field.on = on;
}

/** ATQA, high byte first: the size of the UID, and DESFire's anti-collision bits. */
function atqa(uid: number[]): number[] {
  if (uid.length === 4) {
    return [0x03, 0x04];
  }
  return uid.length === 7 ? [0x03, 0x44] : [0x03, 0x84];
}

/** The UID as it is selected, level by level (ISO/IEC 14443-3, 6.5.4), each but the last behind a cascade tag. */
function cascade(uid: number[]): number[] {
  const levels: number[] = [];
  for (let index = 0; index < uid.length; index++) {
    if (index % 3 === 0 && uid.length - index > 4) {
      levels.push(CASCADE_TAG);
    }
    levels.push(uid[index]);
  }
  return levels;
}

function isWanted(uid: number[], wanted: number[]): boolean {
  const levels = cascade(uid);
  for (let index = 0; index < wanted.length; index++) {
    if (wanted[index] !== levels[index]) {
      return false;
    }
  }
  return wanted.length === 0 || wanted.length === levels.length;
}

/** Selects the card, when it is there and `wanted` (any, when empty): ATQA, SAK, UID, ATS; empty without one. */
export function selectCard(field: Field, wanted: number[], with_rats: boolean): number[] {
  field.on = true;
  deselectCard(field);
  const card = field.card;
  if (card === undefined || !isWanted(card.uid, wanted)) {
    return [];
  }
  field.selected = true;
  field.iso_dep = with_rats;
  const found = atqa(card.uid);
  found.push(SAK_ISO_DEP, card.uid.length);
  for (const byte of card.uid) {
    found.push(byte);
  }
  if (with_rats) {
    for (const byte of desfireAts()) {
      found.push(byte);
    }
  }
  return found;
}

/** So many bytes go over the air; false when the card is pulled before the last one. */
function pass(field: Field, count: number): boolean {
  if (field.bytes_to_pull < 0) {
    return true;
  }
  if (field.bytes_to_pull < count) {
    field.bytes_to_pull = -1;
    pullCard(field);
    return false;
  }
  field.bytes_to_pull -= count;
  return true;
}

/** An APDU to the card; empty when the card, or what it says, does not come through. */
export function exchangeApdu(field: Field, apdu: number[]): number[] {
  const card = field.card;
  if (card === undefined || !field.iso_dep || !pass(field, apdu.length)) {
    return [];
  }
  const answer = card.respond(apdu);
  return pass(field, answer.length) ? answer : [];
}

/** A block to the card as it is, without its CRC; empty when there is no answer. */
export function exchangeBlock(field: Field, block: number[]): number[] {
  if (block.length === 0 || !field.selected) {
    return [];
  }
  const head = block[0];
  if (!field.iso_dep) {
    field.iso_dep = head === RATS && block.length === 2;
    return field.iso_dep ? desfireAts() : [];
  }
  if ((head & I_BLOCK_MASK) === R_NAK) {
    return [R_ACK + (head % 2)];
  }
  if (head === S_DESELECT) {
    deselectCard(field);
    return [S_DESELECT];
  }
  if ((head & I_BLOCK_MASK) !== I_BLOCK) {
    return [];
  }
  const apdu: number[] = [];
  for (let index = 1; index < block.length; index++) {
    apdu.push(block[index]);
  }
  const answer = exchangeApdu(field, apdu);
  if (answer.length === 0) {
    return [];
  }
  const reply = [head];
  for (const byte of answer) {
    reply.push(byte);
  }
  return reply;
}
