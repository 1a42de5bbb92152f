/**
 * Archive: records appended through two sectors or more; the oldest sector is erased when room is needed.
 *
 * An archive is what the newest commit says it is: each commit holds its head (sector, place, last sequence), and what
 * was appended after that commit is undone by a cut. So whoever moves something from the commit to an archive appends
 * it, drops it and commits: after any cut it is in exactly one of the two.
 *
 *   after a boot  blocks at the head may have been programmed since the commit: records with the sequences that come
 *                 next are passed over, and one block more, which may be half programmed. Nothing is appended before a
 *                 commit has told the new head. Their sequences are given again, so that walking back, where sequences
 *                 must fall, never shows them.
 *   one sector    between two commits at most one sector is opened, and it is not the one with the committed head. So
 *                 all that the commit stands on is there after a cut.
 *   documents     a sector that is opened begins with what must live on (months, pending tariff); so erasing the other
 *                 sectors later loses nothing but the oldest events and hours.
 *   failures      a sector that fails is left, and retired when it fails right after its erase: what was appended
 *                 before can be read until its turn comes.
 */
import { assert } from "../assert";
import type { Nvm } from "../../hal/nvm";
import type { Fields } from "./fields";
import { wholeField } from "./fields";
import type { Layout } from "./layout";
import type { Record, RecordResult } from "./record";
import { blocksOf, readHeader, readRecord, SEQUENCE_MAX, writeRecord } from "./record";
import type { JournalResult } from "./ring";
import type { Wear } from "./wear";
import { checkBlank, eraseSector, retireSector } from "./wear";

/** Bytes of an archive's head in the commit, at most: two whole numbers below 2^13 and one below 2^48. */
export const HEAD_BYTES_MAX = 11;

/** What must live on when the sector that holds it is erased. */
export interface Document {
  kind: number;
  payload: string;
}

export interface Archive {
  nvm: Nvm;
  layout: Layout;
  wear: Wear;
  /** First sector, and how many. */
  first: number;
  sectors: number;
  /** The head: sector within the archive, first free block in it. */
  sector: number;
  place: number;
  /** Of the newest record; 0 before the first. */
  sequence: number;
  /** A commit has told the head, and nothing since forbids to append. */
  settled: boolean;
  /** The head as it was written last: it stays the same from commit to commit until something is appended. */
  written: Head;
}

interface Head {
  sector: number;
  place: number;
  sequence: number;
  text: string;
}

/** An archive without a record: its first append opens its first sector. */
export function createArchive(nvm: Nvm, layout: Layout, wear: Wear, first: number, sectors: number): Archive {
  assert(sectors >= 2 && first + sectors <= layout.image_first, "an archive lives in its region");
  return {
    nvm: nvm,
    layout: layout,
    wear: wear,
    first: first,
    sectors: sectors,
    sector: sectors - 1,
    place: layout.sector_blocks,
    sequence: 0,
    settled: false,
    written: { sector: -1, place: 0, sequence: 0, text: "" },
  };
}

export function archiveFields(fields: Fields, archive: Archive): void {
  const written = archive.written;
  const is_same =
    written.sequence === archive.sequence && written.place === archive.place && written.sector === archive.sector;
  if (fields.writing && is_same) {
    fields.text += written.text;
    return;
  }
  const start = fields.text.length;
  archive.sector = wholeField(fields, archive.sector, 0, archive.sectors - 1);
  archive.place = wholeField(fields, archive.place, 0, archive.layout.sector_blocks);
  archive.sequence = wholeField(fields, archive.sequence, 0, SEQUENCE_MAX - 1);
  if (fields.writing) {
    archive.written = {
      sector: archive.sector,
      place: archive.place,
      sequence: archive.sequence,
      text: fields.text.substring(start, fields.text.length),
    };
  }
}

function blockAt(archive: Archive, sector: number, place: number): number {
  return (archive.first + sector) * archive.layout.sector_blocks + place;
}

/** The rule "after a boot": see the header. Comes after the head has been read from the commit. */
export function resumeArchive(archive: Archive): void {
  const end = archive.layout.sector_blocks;
  let sequence = archive.sequence + 1;
  let place = archive.place;
  while (place < end) {
    const header = readHeader(archive.nvm, archive.layout, blockAt(archive, archive.sector, place));
    if (header === undefined || header.sequence !== sequence) {
      break;
    }
    place += blocksOf(archive.layout, header.length);
    sequence += 1;
  }
  archive.place = Math.min(place + 1, end);
}

/** Writes one record of a run that begins at the head's sequence; `ahead` is its place in that run, from 1. */
function writeAt(archive: Archive, block: number, ahead: number, document: Document): RecordResult {
  const length = document.payload.length;
  const header = { kind: document.kind, anchor: 0, length: length, sequence: archive.sequence + ahead };
  return writeRecord(archive.nvm, archive.layout, block, header, document.payload);
}

/** Writes the documents into a sector that was just erased, and moves the head there when all of them stand. */
function fillSector(archive: Archive, sector: number, documents: Document[]): RecordResult {
  let place = 0;
  let written = 0;
  for (const document of documents) {
    written += 1;
    const result = writeAt(archive, blockAt(archive, sector, place), written, document);
    if (result !== "ok") {
      return result;
    }
    place += blocksOf(archive.layout, document.payload.length);
  }
  archive.sector = sector;
  archive.place = place;
  archive.sequence += written;
  return "ok";
}

/** Opens the next good sector with these records; the head stays where it is unless all of them are written. */
function openSector(archive: Archive, records: Document[], supply_good: boolean): JournalResult {
  for (let i = 1; i < archive.sectors; i++) {
    const sector = (archive.sector + i) % archive.sectors;
    if (archive.wear.retired[archive.first + sector]) {
      continue;
    }
    const erased = supply_good ? eraseSector(archive.nvm, archive.wear, archive.first + sector) : "low_power";
    if (erased === "low_power") {
      return "low_power";
    }
    const blank = erased === "ok" && checkBlank(archive.nvm, archive.wear, archive.first + sector) === "ok";
    const filled = blank ? fillSector(archive, sector, records) : "failed";
    if (filled === "ok") {
      archive.settled = false;
      return "ok";
    }
    if (filled !== "failed") {
      return "low_power";
    }
    retireSector(archive.wear, archive.first + sector);
  }
  return "worn_out";
}

/**
 * Appends a record; with the next commit it is there for good. `documents` are what must live on, as of now, without
 * the record itself. "low_power" also while a commit must come first.
 */
export function appendArchive(
  archive: Archive,
  kind: number,
  payload: string,
  supply_good: boolean,
  documents: Document[],
): JournalResult {
  if (!archive.settled) {
    return "low_power";
  }
  const record = { kind: kind, payload: payload };
  const blocks = blocksOf(archive.layout, payload.length);
  if (archive.place + blocks <= archive.layout.sector_blocks) {
    const result = writeAt(archive, blockAt(archive, archive.sector, archive.place), 1, record);
    if (result === "ok") {
      archive.place += blocks;
      archive.sequence += 1;
      return "ok";
    }
    if (result === "low_power") {
      return "low_power";
    }
    if (result === "unfinished") {
      archive.place += blocks;
      archive.settled = false;
      return "low_power";
    }
    archive.place = archive.layout.sector_blocks;
  }
  const records: Document[] = [];
  for (const document of documents) {
    records.push(document);
  }
  records.push(record);
  return openSector(archive, records, supply_good);
}

const ANY_KIND = -1;

/** The whole record at this block, if it is older than `sequence`. */
function olderRecord(archive: Archive, block: number, sequence: number): Record | undefined {
  const header = readHeader(archive.nvm, archive.layout, block);
  if (header === undefined || header.sequence >= sequence) {
    return undefined;
  }
  const record = readRecord(archive.nvm, archive.layout, block);
  // Flash in doubt may read differently now.
  return record !== undefined && record.header.sequence < sequence ? record : undefined;
}

/** The record of this kind with `back` newer ones of it, walking back from the head as far as sequences fall. */
export function recordOf(archive: Archive, kind: number, back: number): Record | undefined {
  let sequence = archive.sequence + 1;
  let newer = 0;
  let end = archive.place;
  for (let i = archive.sectors; i > 0; i--) {
    const sector = (archive.sector + i) % archive.sectors;
    const readable = !archive.wear.retired[archive.first + sector];
    for (let place = end - 1; readable && place >= 0; place--) {
      const record = olderRecord(archive, blockAt(archive, sector, place), sequence);
      if (record !== undefined) {
        sequence = record.header.sequence;
        if (kind === ANY_KIND || record.header.kind === kind) {
          if (newer === back) {
            return record;
          }
          newer += 1;
        }
      }
    }
    end = archive.layout.sector_blocks;
  }
  return undefined;
}

/** The payload of the newest record of this kind. */
export function newestOf(archive: Archive, kind: number): string | undefined {
  const record = recordOf(archive, kind, 0);
  return record === undefined ? undefined : record.payload;
}

/** The record with `back` newer ones, 0 for the newest; undefined when it does not exist, or no longer. */
export function recordAt(archive: Archive, back: number): Record | undefined {
  return recordOf(archive, ANY_KIND, back);
}
