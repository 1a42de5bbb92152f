/**
 * Collection: what a receiver has of one content, taken in any order and in any window, until it has as many fragments as
 * the content has, whichever they are. It never holds more, and of one content at a time.
 *
 * It gives way to another content when two fragments of that one have come and none of its own between them, or none of
 * its own for STALE_MS: someone who puts in a fragment now and then neither holds the place nor takes it from a carousel
 * that is turning.
 */
import { assert } from "../assert";
import { bytesAt, textBytes } from "../card/bytes";
import { sameBytes } from "../crypto/cmac";
import type { LmsHash } from "../crypto/lms";
import type { Recovery } from "./erasure";
import { beginRecovery, recoveredText, stepRecovery } from "./erasure";
import type { Fragment } from "./fragments";
import { NAME_BYTES, fragmentCount } from "./fragments";

/** A content of which nothing has come for so long gives way to another. */
const STALE_MS = 600000;

export interface Collection {
  /** Empty until a fragment has come. */
  name: number[];
  region: string;
  content_bytes: number;
  size: number;
  count: number;
  numbers: number[];
  texts: string[];
  heard_ms: number;
  /** Name of another content of which a fragment has just come; empty for none. */
  other: number[];
  /** Under way once the collection is whole. */
  recovery: Recovery | undefined;
}

export function createCollection(): Collection {
  return {
    name: [],
    region: "",
    content_bytes: 0,
    size: 0,
    count: 0,
    numbers: [],
    texts: [],
    heard_ms: 0,
    other: [],
    recovery: undefined,
  };
}

export function emptyCollection(collection: Collection): void {
  collection.name = [];
  collection.count = 0;
  collection.numbers = [];
  collection.texts = [];
  collection.other = [];
  collection.recovery = undefined;
}

/** Whether the content can be put together. */
export function isCollected(collection: Collection): boolean {
  return collection.count > 0 && collection.numbers.length === collection.count;
}

function isOf(collection: Collection, fragment: Fragment): boolean {
  const is_cut_so = collection.content_bytes === fragment.length && collection.size === fragment.size;
  return is_cut_so && collection.region === fragment.region && sameBytes(collection.name, fragment.name);
}

/** Begins with the content that a fragment is of. */
function beginContent(collection: Collection, fragment: Fragment): void {
  emptyCollection(collection);
  collection.name = fragment.name;
  collection.region = fragment.region;
  collection.content_bytes = fragment.length;
  collection.size = fragment.size;
  collection.count = fragmentCount(fragment.length, fragment.size);
}

/** "taken"; "known" before; "whole" already; "other": of another content, to which the one under way does not give way. */
export type CollectResult = "taken" | "known" | "whole" | "other";

export function collect(collection: Collection, fragment: Fragment, now_ms: number): CollectResult {
  if (isCollected(collection)) {
    return "whole";
  }
  if (!isOf(collection, fragment)) {
    const is_busy = collection.count > 0 && now_ms - collection.heard_ms < STALE_MS;
    if (is_busy && !sameBytes(collection.other, fragment.name)) {
      collection.other = fragment.name;
      return "other";
    }
    beginContent(collection, fragment);
  }
  collection.heard_ms = now_ms;
  collection.other = [];
  if (collection.numbers.indexOf(fragment.number) >= 0) {
    return "known";
  }
  collection.numbers.push(fragment.number);
  collection.texts.push(fragment.text);
  return "taken";
}

/** Goes on putting a whole collection together, by one lost fragment (erasure.ts); true when nothing is lost any more. */
export function stepCollected(collection: Collection): boolean {
  assert(isCollected(collection), "a content is put together when enough of it is there");
  if (collection.recovery === undefined) {
    collection.recovery = beginRecovery(collection.numbers, collection.texts, collection.count);
  }
  return stepRecovery(collection.recovery);
}

/** Puts a whole collection together at once, where nothing waits meanwhile; as takeCollected. */
export function takeAtOnce(collection: Collection, hash: LmsHash): string {
  let done = stepCollected(collection);
  while (!done) {
    done = stepCollected(collection);
  }
  return takeCollected(collection, hash);
}

/** The content, a text of one character a byte, and the collection empty; "" when its bytes do not have its name. */
export function takeCollected(collection: Collection, hash: LmsHash): string {
  const recovery = collection.recovery;
  let content = "";
  if (recovery !== undefined) {
    content = recoveredText(recovery).substring(0, collection.content_bytes);
  }
  const is_named = sameBytes(bytesAt(hash.sha256(textBytes(content)), 0, NAME_BYTES), collection.name);
  emptyCollection(collection);
  return is_named ? content : "";
}
