/**
 * Image: an update of the firmware while it is being received, in the sectors after the archives.
 *
 *   first block   a record (record.ts) of kind 5, written last: id, length and checksum (crc.ts), as fields
 *   then          the image from the second block on
 *
 * Why every cut is safe: an image counts only while its record is there and the checksum over all of its bytes holds.
 * To begin another one erases the record's sector first. A cut before the record is whole leaves no image, and it is
 * received again: nothing that the meter lives on stands here, and the running firmware is elsewhere. A record that is
 * torn and reads well names bytes that were all compared before it was begun.
 */
import { assert } from "../assert";
import type { Nvm } from "../../hal/nvm";
import { CRC_START, crcEnd, crcText } from "./crc";
import { WHOLE_MAX, readFields, wholeField, writeFields } from "./fields";
import type { Layout } from "./layout";
import { KIND_IMAGE, readRecord, writeRecord } from "./record";

/** Bytes read at once for the checksum. */
const READ_BYTES = 64;
const CRC_MAX = 2147483647;
/** 16 MiB: more than any board holds. */
const LENGTH_MAX = 16777216;

export interface Image {
  /** Rises from update to update. */
  id: number;
  length: number;
  /** Checksum (crc.ts) of all bytes. */
  crc: number;
}

/** Largest image that fits; 0 where the part has no room for one. */
export function imageRoom(layout: Layout): number {
  const blocks = layout.image_sectors * layout.sector_blocks - 1;
  return blocks < 1 ? 0 : Math.min(blocks * layout.block_bytes, LENGTH_MAX);
}

function firstBlock(layout: Layout): number {
  return layout.image_first * layout.sector_blocks;
}

function dataAddress(layout: Layout): number {
  return (firstBlock(layout) + 1) * layout.block_bytes;
}

/** The checksum over what stands in the part now. */
function storedCrc(nvm: Nvm, layout: Layout, length: number): number {
  let crc = CRC_START;
  for (let done = 0; done < length; done += READ_BYTES) {
    crc = crcText(crc, nvm.read(dataAddress(layout) + done, Math.min(READ_BYTES, length - done)));
  }
  return crcEnd(crc);
}

/** Erases what an image of this length needs; the record of the one before goes first. */
export function beginImage(nvm: Nvm, layout: Layout, length: number): "ok" | "too_large" | "low_power" | "failed" {
  if (length < 1 || length > imageRoom(layout)) {
    return "too_large";
  }
  const end_block = 1 + Math.floor((length + layout.block_bytes - 1) / layout.block_bytes);
  const sectors = Math.floor((end_block + layout.sector_blocks - 1) / layout.sector_blocks);
  assert(sectors <= layout.image_sectors, "an image that fits has its sectors");
  for (let sector = 0; sector < sectors; sector++) {
    const result = nvm.erase(layout.image_first + sector);
    if (result !== "ok") {
      return result === "low_power" ? "low_power" : "failed";
    }
  }
  return "ok";
}

/**
 * Writes a piece, in any order, each byte once after `beginImage`. Its place and length are whole words, and it lies in
 * one page. False when the part did not take it: the image has to be begun again.
 */
export function putImage(nvm: Nvm, layout: Layout, offset: number, bytes: string): boolean {
  if (offset < 0 || offset + bytes.length > imageRoom(layout)) {
    return false;
  }
  const address = dataAddress(layout) + offset;
  return nvm.program(address, bytes) === "ok" && nvm.read(address, bytes.length) === bytes;
}

/** Writes the record once all bytes are there; "incomplete" while they are not those that the checksum stands for. */
export function endImage(nvm: Nvm, layout: Layout, image: Image): "ok" | "incomplete" | "low_power" | "failed" {
  if (image.length < 1 || image.length > imageRoom(layout) || storedCrc(nvm, layout, image.length) !== image.crc) {
    return "incomplete";
  }
  const fields = writeFields();
  wholeField(fields, image.id, 0, WHOLE_MAX);
  wholeField(fields, image.length, 1, LENGTH_MAX);
  wholeField(fields, image.crc, 0, CRC_MAX);
  const header = { kind: KIND_IMAGE, anchor: 0, length: fields.text.length, sequence: 1 };
  const result = writeRecord(nvm, layout, firstBlock(layout), header, fields.text);
  if (result === "ok") {
    return "ok";
  }
  return result === "failed" ? "failed" : "low_power";
}

/** The image that is there, whole; undefined without one. Reads all of it. */
export function findImage(nvm: Nvm, layout: Layout): Image | undefined {
  const room = imageRoom(layout);
  const record = room === 0 ? undefined : readRecord(nvm, layout, firstBlock(layout));
  if (record === undefined || record.header.kind !== KIND_IMAGE) {
    return undefined;
  }
  const fields = readFields(record.payload);
  const image = {
    id: wholeField(fields, 0, 0, WHOLE_MAX),
    length: wholeField(fields, 1, 1, LENGTH_MAX),
    crc: wholeField(fields, 0, 0, CRC_MAX),
  };
  if (!fields.ok || image.length > room || storedCrc(nvm, layout, image.length) !== image.crc) {
    return undefined;
  }
  return image;
}
