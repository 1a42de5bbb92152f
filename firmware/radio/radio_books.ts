/**
 * Books of the radio: what must outlive a power cut, the last bytes of every commit (annex.ts).
 *
 *   version (1); counters of telegrams that are reserved; counter of the last message taken; master key, "" for the one
 *   of the settings; answered requests: how many, number and code of each, oldest first; versions of the signed parts
 *   after the tariff, whose version is its id; rules in force and rules that wait (rules.ts); settings changed by
 *   radio: interval, listening minute and length, group, -1 where none was; hours in service; what updates keep
 *   (update/update_books.ts), "" where there are none
 *
 * Counters are reserved ahead, COUNTER_STEP at once: all below `reserved` may have been used, and a boot goes on at it.
 * A commit for each telegram would be most of all commits of a meter that sends every hour, and wear out its
 * memory; a boot skips half a step of 2^32.
 */
import type { Fields } from "../journal/fields";
import { bytesField, listField, readFields, wholeField, writeFields } from "../journal/fields";
import { INTERVAL_MAX_S, LISTEN_MAX_S } from "./radio_settings";
import { CODE_MAX } from "./radio_results";
import type { Rules } from "./rules";
import { createRules, ruleFields } from "./rules";
import { GROUP_MAX, PART_NAMES, VERSION_MAX } from "./signed_content";

export const COUNTER_STEP = 64;
export const COUNTER_MAX = 4294967295;
/** Requests whose answers are kept for a gateway that asks again. */
export const REQUESTS_KEPT = 8;
export const REQUEST_MAX = 16777215;

const BOOKS_VERSION = 2;
const UPDATE_MAX_BYTES = 24;
const KEY_BYTES = 16;
const MINUTE_MAX = 1439;
const HOURS_MAX = 10000000;
/** Settings as provisioned. */
export const UNCHANGED = -1;

export interface Answered {
  request: number;
  /** What came of it (radio_results.ts). */
  code: number;
}

export interface RadioBooks {
  reserved: number;
  heard: number;
  master_key: string;
  answered: Answered[];
  /** In the order of PART_NAMES; the first is not used. */
  versions: number[];
  in_force: Rules;
  pending: Rules;
  interval_s: number;
  listen_minute: number;
  listen_s: number;
  group: number;
  service_h: number;
  update: string;
}

export function createRadioBooks(): RadioBooks {
  return {
    reserved: 0,
    heard: 0,
    master_key: "",
    answered: [],
    versions: [0, 0, 0, 0, 0],
    in_force: createRules(),
    pending: createRules(),
    interval_s: UNCHANGED,
    listen_minute: UNCHANGED,
    listen_s: UNCHANGED,
    group: UNCHANGED,
    service_h: 0,
    update: "",
  };
}

function answeredFields(fields: Fields, answered: Answered[]): Answered[] {
  const count = wholeField(fields, answered.length, 0, REQUESTS_KEPT);
  const copy: Answered[] = [];
  for (let i = 0; i < count; i++) {
    const known = i < answered.length;
    copy.push({
      request: wholeField(fields, known ? answered[i].request : 1, 1, REQUEST_MAX),
      code: wholeField(fields, known ? answered[i].code : 0, 0, CODE_MAX),
    });
  }
  return copy;
}

function walk(fields: Fields, books: RadioBooks): void {
  wholeField(fields, BOOKS_VERSION, BOOKS_VERSION, BOOKS_VERSION);
  books.reserved = wholeField(fields, books.reserved, 0, COUNTER_MAX);
  books.heard = wholeField(fields, books.heard, 0, COUNTER_MAX);
  books.master_key = bytesField(fields, books.master_key, KEY_BYTES);
  books.answered = answeredFields(fields, books.answered);
  books.versions = listField(fields, books.versions, PART_NAMES.length, 0, VERSION_MAX);
  books.in_force = ruleFields(fields, books.in_force);
  books.pending = ruleFields(fields, books.pending);
  books.interval_s = wholeField(fields, books.interval_s, UNCHANGED, INTERVAL_MAX_S);
  books.listen_minute = wholeField(fields, books.listen_minute, UNCHANGED, MINUTE_MAX);
  books.listen_s = wholeField(fields, books.listen_s, UNCHANGED, LISTEN_MAX_S);
  books.group = wholeField(fields, books.group, UNCHANGED, GROUP_MAX);
  books.service_h = wholeField(fields, books.service_h, 0, HOURS_MAX);
  books.update = bytesField(fields, books.update, UPDATE_MAX_BYTES);
}

export function booksText(books: RadioBooks): string {
  const fields = writeFields();
  walk(fields, books);
  return fields.text;
}

/** The books of a commit, new ones where it has none; undefined when they cannot be read. */
export function readRadioBooks(text: string): RadioBooks | undefined {
  const books = createRadioBooks();
  if (text === "") {
    return books;
  }
  const fields = readFields(text);
  walk(fields, books);
  return fields.ok && fields.place === text.length ? books : undefined;
}
