/**
 * Staging: an update in the slot that does not run, from its manifest to the mark that makes the next boot try it. It
 * goes straight into the flash as it comes: an image is larger than any meter's memory.
 *
 *   sector 0, first       head and marks (slot.ts), then the image
 *   .. last but one       held: 8 bytes for each fragment, in the order of their numbers; then the table (manifest.ts)
 *   last sector           record: "CSBM", length of the manifest and CRC-31 of it, in 4 and 8 hexadecimal digits, the
 *                         signed bytes of the manifest, zeros up to a multiple of 8
 *
 * In this order, so that a cut at any operation leaves something that one boot after the other reads alike, or that is
 * begun anew:
 *   1  sector 0 is erased, and with it the head of whatever stood here; then the record's; then all others
 *   2  the record is written, then the head, whose sequence is the next one: now it is collected
 *   3  each fragment is compared with its hash, written, read back, and then marked as held
 *   4  when all are held, the SHA-256 of the whole is computed, in steps, and compared with the manifest's
 *   5  `pending` is set
 *
 * What cannot be finished because the flash does not take it any more (a cut has torn a word that may be written once, or
 * a sector is worn) is "spoilt": it is forgotten, and collected anew when the manifest comes round again.
 */
import type { FirmwareSlots } from "../../hal/firmware_slots";
import type { Nvm, NvmGeometry } from "../../hal/nvm";
import { assert } from "../assert";
import { bytesAt, hexBytes, textBytes, wholeAt } from "../card/bytes";
import { sameBytes } from "../crypto/cmac";
import type { LmsHash } from "../crypto/lms";
import type { Sha256Run } from "../crypto/sha256";
import { createSha256Run } from "../crypto/sha256";
import { checksum } from "../journal/crc";
import type { UpdateFragment } from "./fragment";
import { NAME_BYTES } from "./fragment";
import type { Manifest } from "./manifest";
import {
  HASH_BYTES,
  MANIFEST_MAX_BYTES,
  bytesOfFragment,
  filledBytes,
  imageFragments,
  readManifest,
  signedBytes,
  tableFragments,
} from "./manifest";
import { IMAGE_FIRST, MARK, MARK_PENDING, headText, hexText, programRun, readHead, setMark } from "./slot";

const RECORD_MAGIC = "CSBM";
const RECORD_HEAD_BYTES = 16;
const HELD_BYTES = 8;
/** Blocks of SHA-256 between two looks at the sensor: each takes a small board without a native one a third of a second. */
const STEP_BLOCKS = 4;
const SETTLED_READS = 8;
const STEP_BYTES = STEP_BLOCKS * 64;

/** An update that is being collected, or is whole. */
export interface Staged {
  manifest: Manifest;
  /** By which fragments name it. */
  name: number[];
  table_count: number;
  count: number;
  held_first: number;
  table_first: number;
  missing: number;
  /** SHA-256 of the image under way, and how far it is. */
  run: Sha256Run | undefined;
  hashed_bytes: number;
}

/** A slot that is being prepared for an update. */
export interface Preparation {
  manifest: Manifest;
  text: string;
  /** Sectors that are erased. */
  erased: number;
}

export type FragmentResult = "taken" | "known" | "early" | "forged" | "not_now" | "spoilt";

function recordAddress(geometry: NvmGeometry): number {
  return geometry.size_bytes - geometry.sector_bytes;
}

function recordText(nvm: Nvm, manifest: string): string {
  let text = RECORD_MAGIC + hexText(manifest.length, 4) + hexText(checksum(nvm, manifest), 8) + manifest;
  while (text.length % HELD_BYTES !== 0) {
    text = text + "\0";
  }
  return text;
}

/** The manifest that a slot's record holds, as its signed bytes; "" when there is none. */
function readRecord(nvm: Nvm): string {
  const address = recordAddress(nvm.geometry);
  const head = nvm.read(address, RECORD_HEAD_BYTES);
  const numbers = hexBytes(head.substring(4, RECORD_HEAD_BYTES));
  if (head.substring(0, 4) !== RECORD_MAGIC || numbers.length !== 6) {
    return "";
  }
  const length = wholeAt(numbers, 0, 2);
  if (length < 1 || length > MANIFEST_MAX_BYTES) {
    return "";
  }
  const manifest = nvm.read(address + RECORD_HEAD_BYTES, length);
  return checksum(nvm, manifest) === wholeAt(numbers, 2, 4) ? manifest : "";
}

/** The manifest of the update that stands in a slot; undefined when it is none that came by radio. */
export function manifestIn(nvm: Nvm): Manifest | undefined {
  const head = readHead(nvm);
  const manifest = readManifest(textBytes(readRecord(nvm)));
  if (head === undefined || head.by_cable || manifest === undefined) {
    return undefined;
  }
  const same = head.image_bytes === manifest.image_bytes && head.image_crc === manifest.image_crc;
  return same ? manifest : undefined;
}

export function updateName(hash: LmsHash, manifest: number[]): number[] {
  return bytesAt(hash.sha256(manifest), 0, NAME_BYTES);
}

/** Where everything of an update stands; `missing` is that of a slot without any fragment. */
function layOut(hash: LmsHash, geometry: NvmGeometry, manifest: Manifest, text: string): Staged {
  const table_count = tableFragments(manifest.image_bytes, manifest.fragment_bytes);
  const count = table_count + imageFragments(manifest.image_bytes, manifest.fragment_bytes);
  const held_bytes = count * HELD_BYTES;
  const area_bytes = held_bytes + table_count * manifest.fragment_bytes;
  const sectors = Math.floor((area_bytes + geometry.sector_bytes - 1) / geometry.sector_bytes);
  const held_first = recordAddress(geometry) - sectors * geometry.sector_bytes;
  return {
    manifest: manifest,
    name: updateName(hash, textBytes(text)),
    table_count: table_count,
    count: count,
    held_first: held_first,
    table_first: held_first + held_bytes,
    missing: count,
    run: undefined,
    hashed_bytes: 0,
  };
}

/** Whether a slot has room for an update. */
export function updateFits(hash: LmsHash, geometry: NvmGeometry, manifest: Manifest): boolean {
  const staged = layOut(hash, geometry, manifest, "");
  const record_fits = filledBytes(RECORD_HEAD_BYTES + signedBytes(manifest)) <= geometry.sector_bytes;
  return record_fits && IMAGE_FIRST + filledBytes(manifest.image_bytes) <= staged.held_first;
}

function isHeld(nvm: Nvm, staged: Staged, number: number): boolean {
  return nvm.read(staged.held_first + number * HELD_BYTES, HELD_BYTES) === MARK;
}

/**
 * Writes what stands here once more, where the part lets it: after a cut in its first program some bits may read now so
 * and now so. False when it still does not read alike.
 */
function settleRun(nvm: Nvm, address: number, text: string): boolean {
  programRun(nvm, address, text);
  for (let i = 0; i < SETTLED_READS; i++) {
    if (nvm.read(address, text.length) !== text) {
      return false;
    }
  }
  return true;
}

/** The update that is being collected in the spare slot; undefined when there is none. */
export function openStaged(slots: FirmwareSlots, hash: LmsHash): Staged | undefined {
  const nvm = slots.spare;
  const manifest = manifestIn(nvm);
  const head = readHead(nvm);
  if (manifest === undefined || head === undefined || head.sequence !== slots.sequence + 1) {
    return undefined;
  }
  if (!updateFits(hash, nvm.geometry, manifest)) {
    return undefined;
  }
  const text = readRecord(nvm);
  const head_text = headText(nvm, head.sequence, head.image_bytes, head.image_crc);
  if (!settleRun(nvm, recordAddress(nvm.geometry), recordText(nvm, text)) || !settleRun(nvm, 0, head_text)) {
    return undefined;
  }
  const staged = layOut(hash, nvm.geometry, manifest, text);
  for (let number = 0; number < staged.count; number++) {
    staged.missing -= isHeld(nvm, staged, number) ? 1 : 0;
  }
  return staged;
}

/** Begins to make room for an update; `text` are the signed bytes of its manifest. */
export function prepare(manifest: Manifest, text: string): Preparation {
  return { manifest: manifest, text: text, erased: 0 };
}

/** The sector that is erased after so many: head, record, and then all from the first one on. */
function sectorToErase(geometry: NvmGeometry, erased: number): number {
  const last = Math.floor(geometry.size_bytes / geometry.sector_bytes) - 1;
  return erased < 2 ? erased * last : erased - 1;
}

/** Erases one sector, or writes what makes the slot the update's: "ready" when fragments can come. */
export function stepPreparation(
  slots: FirmwareSlots,
  hash: LmsHash,
  preparation: Preparation,
): Staged | "working" | "not_now" | "spoilt" {
  const nvm = slots.spare;
  const geometry = nvm.geometry;
  if (preparation.erased * geometry.sector_bytes < geometry.size_bytes) {
    const result = nvm.erase(sectorToErase(geometry, preparation.erased));
    preparation.erased += result === "ok" ? 1 : 0;
    return result === "ok" ? "working" : result === "low_power" ? "not_now" : "spoilt";
  }
  const manifest = preparation.manifest;
  const recorded = programRun(nvm, recordAddress(geometry), recordText(nvm, preparation.text));
  const head = headText(nvm, slots.sequence + 1, manifest.image_bytes, manifest.image_crc);
  const headed = recorded === "ok" ? programRun(nvm, 0, head) : recorded;
  if (headed !== "ok") {
    // Half of it is written, so it is all erased again, when the supply is good.
    preparation.erased = 0;
    return headed === "low_power" ? "not_now" : "spoilt";
  }
  return layOut(hash, geometry, manifest, preparation.text);
}

/** The hash that a fragment must have; none while its part of the table is not there. */
function expectedHash(nvm: Nvm, staged: Staged, number: number): number[] {
  if (number < staged.table_count) {
    return textBytes(staged.manifest.table_hashes.substring(number * HASH_BYTES, (number + 1) * HASH_BYTES));
  }
  const place = (number - staged.table_count) * HASH_BYTES;
  if (!isHeld(nvm, staged, Math.floor(place / staged.manifest.fragment_bytes))) {
    return [];
  }
  return textBytes(nvm.read(staged.table_first + place, HASH_BYTES));
}

function hashOf(hash: LmsHash, text: string): number[] {
  return bytesAt(hash.sha256(textBytes(text)), 0, HASH_BYTES);
}

/** Whether the part of the table that has a fragment's hash is what it was: a cut near by may have changed a byte. */
function tableGood(nvm: Nvm, hash: LmsHash, staged: Staged, number: number): boolean {
  if (number < staged.table_count) {
    return true;
  }
  const size = staged.manifest.fragment_bytes;
  const part = Math.floor(((number - staged.table_count) * HASH_BYTES) / size);
  return sameBytes(hashOf(hash, nvm.read(staged.table_first + part * size, size)), expectedHash(nvm, staged, part));
}

/** Takes a fragment of this update, whoever sent it. */
export function takeUpdateFragment(
  slots: FirmwareSlots,
  hash: LmsHash,
  staged: Staged,
  fragment: UpdateFragment,
): FragmentResult {
  const nvm = slots.spare;
  const number = fragment.number;
  if (number >= staged.count || fragment.text.length !== bytesOfFragment(staged.manifest, number)) {
    return "forged";
  }
  if (isHeld(nvm, staged, number)) {
    return "known";
  }
  const expected = expectedHash(nvm, staged, number);
  if (expected.length === 0) {
    return "early";
  }
  if (!sameBytes(hashOf(hash, fragment.text), expected)) {
    return tableGood(nvm, hash, staged, number) ? "forged" : "spoilt";
  }
  const size = staged.manifest.fragment_bytes;
  const place = number - staged.table_count;
  const address = place < 0 ? staged.table_first + number * size : IMAGE_FIRST + place * size;
  // What a cut has left whole but not marked is not written twice.
  let result =
    nvm.read(address, fragment.text.length) === fragment.text ? "ok" : programRun(nvm, address, fragment.text);
  if (result === "ok") {
    result = programRun(nvm, staged.held_first + number * HELD_BYTES, MARK);
  }
  if (result !== "ok") {
    return result === "low_power" ? "not_now" : "spoilt";
  }
  staged.missing -= 1;
  return "taken";
}

/** Goes on with the hash of an image that is whole; "good" or "bad" once it is there. */
export function stepImageHash(slots: FirmwareSlots, staged: Staged): "working" | "good" | "bad" {
  assert(staged.missing === 0, "an image is hashed when it is whole");
  const image_bytes = staged.manifest.image_bytes;
  if (slots.spare_sha256 !== undefined) {
    return sameBytes(slots.spare_sha256(IMAGE_FIRST, image_bytes), staged.manifest.image_sha256) ? "good" : "bad";
  }
  if (staged.run === undefined) {
    staged.run = createSha256Run();
    staged.hashed_bytes = 0;
  }
  const left_bytes = image_bytes - staged.hashed_bytes;
  const piece = slots.spare.read(IMAGE_FIRST + staged.hashed_bytes, Math.min(STEP_BYTES, Math.max(left_bytes, 1)));
  if (left_bytes >= STEP_BYTES) {
    staged.run.absorb(piece);
    staged.hashed_bytes += STEP_BYTES;
    return "working";
  }
  const rest = piece.substring(0, left_bytes);
  const blocks_bytes = Math.floor(rest.length / 64) * 64;
  staged.run.absorb(rest.substring(0, blocks_bytes));
  const found = staged.run.finish(rest.substring(blocks_bytes, rest.length));
  staged.run = undefined;
  return sameBytes(found, staged.manifest.image_sha256) ? "good" : "bad";
}

/** Lets the next boot try the image; false when the flash does not take the mark. */
export function setPending(slots: FirmwareSlots): boolean {
  return setMark(slots.spare, MARK_PENDING);
}

/** Forgets what is in the spare slot. What a cut leaves of that is forgotten by the next boot. */
export function forgetStaged(slots: FirmwareSlots): boolean {
  const geometry = slots.spare.geometry;
  const forgotten = slots.spare.erase(0) === "ok";
  return slots.spare.erase(Math.floor(geometry.size_bytes / geometry.sector_bytes) - 1) === "ok" && forgotten;
}
