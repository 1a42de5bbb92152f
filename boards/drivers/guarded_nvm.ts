/**
 * Guarded memory: the nvm port made of the bare cells of a part. It answers what hal/nvm.ts promises and the part
 * itself does not: range, supply, and one program of a word too many.
 *
 * How programs are counted. A word that reads blank has not been programmed since its erase; one that does not has been
 * at least once, or its erase was torn. That is all that a limit of 1 (ECC flash) needs. For a limit of 2 or more each
 * further program of a word is remembered in RAM until its sector is erased, for REPROGRAMS_MAX words: the journal
 * programs a word again only to seal a commit, a few times a boot, so the list stays almost empty, and when it is full
 * a further word is refused. A boot forgets the list, so a word may get one program more in each boot. A program of
 * nothing but ones leaves a word blank and is not counted.
 *
 * A part that is silent is refused before anything is sent. Once a program is under way it counts as "ok", because
 * "refused" means that nothing has changed: whoever needs to know reads it back, as with a worn sector.
 */
import { assert } from "../../firmware/assert";
import type { Nvm, NvmGeometry, NvmResult } from "../../hal/nvm";
import { PROGRAMS_UNLIMITED } from "../../hal/nvm";

/** Words that are programmed once more within a boot and a sector's life. */
export const REPROGRAMS_MAX = 64;

/** A part's cells: addresses are within its geometry and runs within a page. */
export interface MemoryCells {
  /** Any run; an empty text when the part does not answer. */
  read(address: number, length: number): string;
  /** Programs and waits for the end; false when the part refused, and nothing has changed. */
  program(address: number, bytes: string): boolean;
  /** Erases the sector that begins here and waits for the end; false as above. */
  erase(address: number): boolean;
}

export interface NvmGuard {
  /** False while the supply is too low for a program or an erase. */
  supply_good: () => boolean;
  /** Native CRC-32, see hal/nvm.ts. */
  crc32: ((bytes: string) => number) | undefined;
}

interface Reprograms {
  /** Addresses of words programmed more than once since their erase, and how often each was. */
  addresses: number[];
  counts: number[];
}

/** A run of one byte. */
export function filled(code: number, length: number): string {
  const character = String.fromCharCode(code);
  let text = "";
  for (let i = 0; i < length; i++) {
    text = text + character;
  }
  return text;
}

function rangeFault(geometry: NvmGeometry, address: number, length: number): boolean {
  if (address < 0 || length < 1 || address + length > geometry.size_bytes) {
    return true;
  }
  if (address % geometry.word_bytes !== 0 || length % geometry.word_bytes !== 0) {
    return true;
  }
  return Math.floor(address / geometry.page_bytes) !== Math.floor((address + length - 1) / geometry.page_bytes);
}

/** How often a word that is not blank has been programmed, as far as is known. */
function programsOf(reprograms: Reprograms, address: number): number {
  const place = reprograms.addresses.indexOf(address);
  return place < 0 ? 1 : reprograms.counts[place];
}

/** Whether each word of the run may be programmed once more. */
function programsLeft(
  geometry: NvmGeometry,
  reprograms: Reprograms,
  address: number,
  old: string,
  blank: string,
): boolean {
  const word_bytes = geometry.word_bytes;
  const blank_word = blank.substring(0, word_bytes);
  let added = 0;
  for (let offset = 0; offset < old.length; offset += word_bytes) {
    if (old.substring(offset, offset + word_bytes) !== blank_word) {
      if (programsOf(reprograms, address + offset) >= geometry.programs_per_erase) {
        return false;
      }
      added += reprograms.addresses.indexOf(address + offset) < 0 ? 1 : 0;
    }
  }
  return reprograms.addresses.length + added <= REPROGRAMS_MAX;
}

function countReprograms(
  geometry: NvmGeometry,
  reprograms: Reprograms,
  address: number,
  old: string,
  blank: string,
): void {
  const word_bytes = geometry.word_bytes;
  const blank_word = blank.substring(0, word_bytes);
  for (let offset = 0; offset < old.length; offset += word_bytes) {
    if (old.substring(offset, offset + word_bytes) !== blank_word) {
      const place = reprograms.addresses.indexOf(address + offset);
      if (place < 0) {
        reprograms.addresses.push(address + offset);
        reprograms.counts.push(2);
      } else {
        reprograms.counts[place] += 1;
      }
    }
  }
  assert(reprograms.addresses.length <= REPROGRAMS_MAX, "what does not fit the list was refused");
}

/** A sector that is erased is as new. */
function forgetSector(reprograms: Reprograms, first: number, end: number): void {
  const addresses: number[] = [];
  const counts: number[] = [];
  for (let place = 0; place < reprograms.addresses.length; place++) {
    const address = reprograms.addresses[place];
    if (address < first || address >= end) {
      addresses.push(address);
      counts.push(reprograms.counts[place]);
    }
  }
  reprograms.addresses = addresses;
  reprograms.counts = counts;
}

/** Programs words whose programs are counted. */
function programCounted(
  geometry: NvmGeometry,
  cells: MemoryCells,
  reprograms: Reprograms,
  blank: string,
  address: number,
  bytes: string,
): NvmResult {
  const old = cells.read(address, bytes.length);
  if (old.length !== bytes.length) {
    return "refused";
  }
  const first = old === blank.substring(0, bytes.length);
  if (!first && !programsLeft(geometry, reprograms, address, old, blank)) {
    return "refused";
  }
  if (!cells.program(address, bytes)) {
    return "refused";
  }
  if (!first) {
    countReprograms(geometry, reprograms, address, old, blank);
  }
  return "ok";
}

export function createGuardedNvm(geometry: NvmGeometry, cells: MemoryCells, guard: NvmGuard): Nvm {
  assert(geometry.size_bytes % geometry.sector_bytes === 0, "a part has whole sectors");
  assert(geometry.sector_bytes % geometry.page_bytes === 0, "a sector has whole pages");
  const counted = geometry.programs_per_erase < PROGRAMS_UNLIMITED;
  const reprograms: Reprograms = { addresses: [], counts: [] };
  const blank = counted ? filled(255, geometry.page_bytes) : "";
  return {
    geometry: geometry,
    read: function (address, length) {
      if (address < 0 || length < 1 || address + length > geometry.size_bytes) {
        return "";
      }
      return cells.read(address, length);
    },
    program: function (address, bytes) {
      if (rangeFault(geometry, address, bytes.length)) {
        return "range";
      }
      if (!guard.supply_good()) {
        return "low_power";
      }
      if (counted) {
        return programCounted(geometry, cells, reprograms, blank, address, bytes);
      }
      return cells.program(address, bytes) ? "ok" : "refused";
    },
    erase: function (sector) {
      const address = sector * geometry.sector_bytes;
      if (sector < 0 || address >= geometry.size_bytes) {
        return "range";
      }
      if (!guard.supply_good()) {
        return "low_power";
      }
      if (!cells.erase(address)) {
        return "refused";
      }
      forgetSector(reprograms, address, address + geometry.sector_bytes);
      return "ok";
    },
    crc32: guard.crc32,
  };
}
