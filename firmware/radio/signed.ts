/**
 * Signed message: prices and supply rules of a utility, good for many meters, signed once under the region's LMS key.
 * Whoever carries it (a gateway, a repeater, a technician's port) needs no secret and can change nothing.
 *
 *    0   1  format, 1
 *    1   2  utility
 *    3   3  region, supply group code as BCD
 *    6   1  revision of the region's signing key
 *    7   4  version, from 1 on; rises from message to message of a region, whatever they carry
 *   11   5  start, UTC seconds; 0: at once
 *   16   1  scope: 0 all meters of the region, 1 a group, 2 one meter
 *   17   9  one meter: its 18 digits as BCD; a group: 7 zeros, then its number, 1 to 65535; all: zeros
 *   26   1  length of the parts, m
 *   27   m  parts: tag 1, length 1, content; at least one, tags rising, so one message has one form
 *  27+m  s  HSS signature (crypto/lms.ts) over bytes 0 to 26+m
 *
 * Most significant byte first. Parts:
 *   1  tariff       as on cards (card/content.ts); its id is the version and its start that of the message
 *   2  friendly     from 2, to 2: local minutes of the day; 1: 1 for weekends, else 0
 *   3  holidays     local days since 1970-01-01, 2 each, rising, at most HOLIDAYS_MAX; none is a part of length 0
 *   4  lifeline     kind 1: 0 none; 1 daily allowance, then litres 4; 2 flow limit, then open 4 and period 4 in seconds
 *   5  emergency    credit lent once on request, milli-units, 4
 *
 * Versions are kept for each part: of two messages, each part that a meter keeps is of the higher version, in whatever
 * order they arrive. With one version for all, a meter that hears version 8 (holidays) before version 7 (a tariff)
 * would never take the tariff. The tariff's id is that version, so that tariffs from cards and from the air are one row.
 *
 * Byte 0 also keeps the kinds of content under one signing key apart: nothing else that is signed with it, such as the
 * manifest of an update, may begin with 1.
 */
import { assert } from "../assert";
import { bytesAt, digitsAt, putBytes, putDigits, putWhole, wholeAt } from "../card/bytes";
import { readTariffBytes, tariffBytes } from "../card/content";
import { HOLIDAYS_MAX } from "../settings";
import type { Addressed, Friendly, Lifeline, PartName, SignedContent } from "./signed_content";
import { LIFELINE_KINDS, METER_DIGITS, PART_NAMES, SCOPES, contentFault } from "./signed_content";

export const SIGNED_FORMAT = 1;
export const SIGNED_HEAD_BYTES = 27;

const REGION_BYTES = 3;
const ADDRESS_FIRST = 17;
const METER_BYTES = 9;
/** Behind scope and address. */
export const ADDRESS_END = ADDRESS_FIRST + METER_BYTES;
const GROUP_BYTES = 2;
/** What the byte of the length can say; all parts at their longest are fewer. */
export const PARTS_MAX_BYTES = 255;
const PART_HEAD_BYTES = 2;
const FRIENDLY_BYTES = 5;
const DAY_BYTES = 2;
const EMERGENCY_BYTES = 4;
/** Of each kind of lifeline, in the order of LIFELINE_KINDS. */
const LIFELINE_BYTES: number[] = [1, 5, 9];

/** Place of a name in its list. */
function placeOf(names: string[], name: string): number {
  let place = 0;
  while (place < names.length && names[place] !== name) {
    place += 1;
  }
  assert(place < names.length, "a name is one of its list");
  return place;
}

/** Tag, length and content of a part. */
function putPart(bytes: number[], name: PartName, content: number[]): void {
  bytes.push(placeOf(PART_NAMES, name) + 1);
  putWhole(bytes, content.length, 1);
  putBytes(bytes, content);
}

function friendlyBytes(friendly: Friendly): number[] {
  const bytes: number[] = [];
  putWhole(bytes, friendly.from_minute, 2);
  putWhole(bytes, friendly.to_minute, 2);
  bytes.push(friendly.weekends ? 1 : 0);
  return bytes;
}

export function lifelineBytes(lifeline: Lifeline): number[] {
  const bytes: number[] = [placeOf(LIFELINE_KINDS, lifeline.kind)];
  if (lifeline.kind === "daily_allowance") {
    putWhole(bytes, lifeline.daily_l, 4);
  } else if (lifeline.kind === "flow_limit") {
    putWhole(bytes, lifeline.open_s, 4);
    putWhole(bytes, lifeline.period_s, 4);
  }
  return bytes;
}

function partsBytes(content: SignedContent): number[] {
  const bytes: number[] = [];
  if (content.tariff !== undefined) {
    putPart(bytes, "tariff", tariffBytes(content.tariff));
  }
  if (content.friendly !== undefined) {
    putPart(bytes, "friendly", friendlyBytes(content.friendly));
  }
  if (content.holidays !== undefined) {
    const days: number[] = [];
    for (const day of content.holidays) {
      putWhole(days, day, DAY_BYTES);
    }
    putPart(bytes, "holidays", days);
  }
  if (content.lifeline !== undefined) {
    putPart(bytes, "lifeline", lifelineBytes(content.lifeline));
  }
  if (content.emergency_milli !== undefined) {
    const amount: number[] = [];
    putWhole(amount, content.emergency_milli, EMERGENCY_BYTES);
    putPart(bytes, "emergency", amount);
  }
  return bytes;
}

/** Scope and address. */
export function putAddress(bytes: number[], to: Addressed): void {
  bytes.push(placeOf(SCOPES, to.scope));
  if (to.scope === "meter") {
    putDigits(bytes, to.meter, METER_BYTES);
  } else {
    putDigits(bytes, "", METER_BYTES - GROUP_BYTES);
    putWhole(bytes, to.group, GROUP_BYTES);
  }
}

/** The bytes that are signed. The content has no fault. */
export function contentBytes(content: SignedContent): number[] {
  assert(contentFault(content) === "", "only a message without fault is written");
  const bytes = [SIGNED_FORMAT];
  putWhole(bytes, content.utility, 2);
  putDigits(bytes, content.region, REGION_BYTES);
  putWhole(bytes, content.key_revision, 1);
  putWhole(bytes, content.version, 4);
  putWhole(bytes, content.start_utc_s, 5);
  putAddress(bytes, content);
  const parts = partsBytes(content);
  putWhole(bytes, parts.length, 1);
  putBytes(bytes, parts);
  return bytes;
}

/** How many bytes are signed, by their own head; 0 when they are not there. */
export function contentLength(bytes: number[]): number {
  if (bytes.length < SIGNED_HEAD_BYTES) {
    return 0;
  }
  const length = SIGNED_HEAD_BYTES + bytes[SIGNED_HEAD_BYTES - 1];
  return length <= bytes.length ? length : 0;
}

/** Friendly hours at a place; undefined when they are none. */
function friendlyAt(bytes: number[], first: number, length: number): Friendly | undefined {
  if (length !== FRIENDLY_BYTES || bytes[first + 4] > 1) {
    return undefined;
  }
  return {
    from_minute: wholeAt(bytes, first, 2),
    to_minute: wholeAt(bytes, first + 2, 2),
    weekends: bytes[first + 4] === 1,
  };
}

function holidaysAt(bytes: number[], first: number, length: number): number[] | undefined {
  if (length % DAY_BYTES !== 0 || length > HOLIDAYS_MAX * DAY_BYTES) {
    return undefined;
  }
  const days: number[] = [];
  for (let at = first; at < first + length; at += DAY_BYTES) {
    days.push(wholeAt(bytes, at, DAY_BYTES));
  }
  return days;
}

/** A lifeline at a place; undefined when it is none. */
export function lifelineAt(bytes: number[], first: number, length: number): Lifeline | undefined {
  if (length < 1 || bytes[first] >= LIFELINE_KINDS.length || length !== LIFELINE_BYTES[bytes[first]]) {
    return undefined;
  }
  const kind = LIFELINE_KINDS[bytes[first]];
  return {
    kind: kind,
    daily_l: kind === "daily_allowance" ? wholeAt(bytes, first + 1, 4) : 0,
    open_s: kind === "flow_limit" ? wholeAt(bytes, first + 1, 4) : 0,
    period_s: kind === "flow_limit" ? wholeAt(bytes, first + 5, 4) : 0,
  };
}

/** Reads one part into the content; whether it is one. */
function readPart(content: SignedContent, name: PartName, bytes: number[], first: number, length: number): boolean {
  if (name === "tariff") {
    const tariff = readTariffBytes(bytesAt(bytes, first, length), 0);
    // Bytes behind the last block would be a second form of the same tariff.
    if (tariff === undefined || tariffBytes(tariff).length !== length) {
      return false;
    }
    content.tariff = tariff;
    return true;
  }
  if (name === "friendly") {
    content.friendly = friendlyAt(bytes, first, length);
    return content.friendly !== undefined;
  }
  if (name === "holidays") {
    content.holidays = holidaysAt(bytes, first, length);
    return content.holidays !== undefined;
  }
  if (name === "lifeline") {
    content.lifeline = lifelineAt(bytes, first, length);
    return content.lifeline !== undefined;
  }
  content.emergency_milli = length === EMERGENCY_BYTES ? wholeAt(bytes, first, length) : undefined;
  return content.emergency_milli !== undefined;
}

/** Reads all parts, whose tags rise, up to exactly the end of the bytes; whether they are that. */
function readParts(content: SignedContent, bytes: number[]): boolean {
  let at = SIGNED_HEAD_BYTES;
  let tag_before = 0;
  while (at < bytes.length) {
    if (at + PART_HEAD_BYTES > bytes.length) {
      return false;
    }
    const tag = bytes[at];
    const length = bytes[at + 1];
    const first = at + PART_HEAD_BYTES;
    if (tag <= tag_before || tag > PART_NAMES.length || first + length > bytes.length) {
      return false;
    }
    if (!readPart(content, PART_NAMES[tag - 1], bytes, first, length)) {
      return false;
    }
    tag_before = tag;
    at = first + length;
  }
  return true;
}

/** Reads scope and address; whether they are that. */
export function readAddress(content: Addressed, bytes: number[]): boolean {
  if (bytes[ADDRESS_FIRST - 1] >= SCOPES.length) {
    return false;
  }
  content.scope = SCOPES[bytes[ADDRESS_FIRST - 1]];
  if (content.scope === "meter") {
    content.meter = digitsAt(bytes, ADDRESS_FIRST, METER_BYTES);
    return content.meter.length === METER_DIGITS;
  }
  for (let at = ADDRESS_FIRST; at < ADDRESS_FIRST + METER_BYTES - GROUP_BYTES; at++) {
    if (bytes[at] !== 0) {
      return false;
    }
  }
  content.group = wholeAt(bytes, ADDRESS_FIRST + METER_BYTES - GROUP_BYTES, GROUP_BYTES);
  return true;
}

/** What exactly these signed bytes say, whoever wrote them. */
export function readContent(bytes: number[]): SignedContent | "unknown_format" | "malformed" {
  if (bytes.length > 0 && bytes[0] !== SIGNED_FORMAT) {
    return "unknown_format";
  }
  const length = contentLength(bytes);
  if (length === 0 || length !== bytes.length) {
    return "malformed";
  }
  const content: SignedContent = {
    utility: wholeAt(bytes, 1, 2),
    region: digitsAt(bytes, 3, REGION_BYTES),
    key_revision: bytes[6],
    version: wholeAt(bytes, 7, 4),
    start_utc_s: wholeAt(bytes, 11, 5),
    scope: "all",
    group: 0,
    meter: "",
    tariff: undefined,
    friendly: undefined,
    holidays: undefined,
    lifeline: undefined,
    emergency_milli: undefined,
  };
  if (content.region === "" || !readAddress(content, bytes) || !readParts(content, bytes)) {
    return "malformed";
  }
  return contentFault(content) === "" ? content : "malformed";
}
