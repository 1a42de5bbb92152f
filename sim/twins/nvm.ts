/**
 * Nvm twin: a memory that does what its geometry says, and fails as real ones do. Without a fault, a program clears
 * bits and an erase sets them; where words may be programmed without limit (FRAM, EEPROM), a program sets bits too. A
 * misaligned run or one that crosses a page answers "range", one program too many of a word "refused".
 *
 * Faults, each switched on by a scenario or a torture:
 *   cut         power fails in a program or an erase: `before` is called ahead of each; it does `damage`
 *               (nvm_damage.ts lists what can be left behind) and takes the power away
 *   unpowered   `powered` false: the meter is off, and firmware that runs on in its last call is a zombie: program and
 *               erase answer "ok" and change nothing, reads still work
 *   low supply  `supply_low`: the part's own brown-out detector forbids program and erase ("low_power"). It trips well
 *               below the warning of the power port, after which one program still works.
 *   low reads   what reads bring while the supply is low: "right", "noisy" (random wrong bits) or "empty"
 *   unstable    cells left in doubt by a cut read differently from one read to the next, until they are erased or
 *               programmed to 0
 *   worn        a sector's programs or erases are without effect, silently ("ok"): `wearOut`, or with `wears` every
 *               erase beyond the geometry's limit
 * Not modelled: data that fades over years, read disturbance, the time that program and erase take.
 *
 * A page is a text of characters 0 to 255, which is never changed but replaced: blank pages cost nothing, a small
 * engine keeps 12 bytes in one variable, and a clone shares every page with its origin.
 */
import { assert } from "../../firmware/assert";
import type { Nvm, NvmGeometry, NvmResult } from "../../hal/nvm";
import { PROGRAMS_UNLIMITED } from "../../hal/nvm";
import type { RandomNumbers } from "../world/random_numbers";
import { createRandomNumbers, randomBelow } from "../world/random_numbers";

const BLANK = 255;

export interface NvmSector {
  /** A text a page; empty while the sector is blank. */
  pages: string[];
  /** Programs since the last erase, a text a page, its first characters a word each; empty while there are none. */
  programs: string[];
  /** Bits in doubt, a text a page; empty while there are none. */
  doubts: string[];
  erases: number;
  /** Also a clone's: to be copied before it is changed. */
  shared: boolean;
  program_worn: boolean;
  erase_worn: boolean;
}

/** A program or an erase that is about to take effect. */
export interface NvmOperation {
  kind: "program" | "erase";
  /** First byte programmed, or first byte of the sector erased. */
  address: number;
  /** What is programmed, as characters 0 to 255; empty for an erase. */
  bytes: string;
  sector: number;
  /** 1 for the first operation of the twin. */
  number: number;
}

export interface NvmTwin {
  port: Nvm;
  geometry: NvmGeometry;
  sectors: NvmSector[];
  /** Programs and erases that the part took up so far, without those that it answered "range" or "refused". */
  operations: number;
  powered: boolean;
  supply_low: boolean;
  low_reads: "right" | "noisy" | "empty";
  /** Every erase beyond the geometry's limit is without effect. */
  wears: boolean;
  /** Called before each operation takes effect; may take the power away, damage the part, or clone it. */
  before: (operation: NvmOperation) => void;
  /** What unstable cells and noisy reads show. */
  noise: RandomNumbers;
  blank_page: string;
  /** A page's length of zeros: no programs, no doubts. */
  zero_page: string;
}

/** Where nobody looks, an operation is not even written down. */
function unwatched(operation: NvmOperation): void {
  assert(operation.number > 0, "operations are counted from 1");
}

function repeated(code: number, length: number): string {
  const character = String.fromCharCode(code);
  let text = "";
  for (let i = 0; i < length; i++) {
    text = text + character;
  }
  return text;
}

/** A text with a part of it replaced. */
export function spliced(text: string, first: number, part: string): string {
  return text.substring(0, first) + part + text.substring(first + part.length, text.length);
}

function copied(list: string[]): string[] {
  const copy: string[] = [];
  for (const text of list) {
    copy.push(text);
  }
  return copy;
}

/** A sector as this twin alone has it, ready to be changed, with its pages in place. */
export function ownSector(twin: NvmTwin, number: number): NvmSector {
  let sector = twin.sectors[number];
  if (sector.shared) {
    sector = {
      pages: copied(sector.pages),
      programs: copied(sector.programs),
      doubts: copied(sector.doubts),
      erases: sector.erases,
      shared: false,
      program_worn: sector.program_worn,
      erase_worn: sector.erase_worn,
    };
    twin.sectors[number] = sector;
  }
  const pages = Math.floor(twin.geometry.sector_bytes / twin.geometry.page_bytes);
  while (sector.pages.length < pages) {
    sector.pages.push(twin.blank_page);
  }
  return sector;
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

/** Whether one of the words has been programmed as often as it may be. */
function wordsUsedUp(twin: NvmTwin, address: number, length: number): boolean {
  const geometry = twin.geometry;
  const sector = twin.sectors[Math.floor(address / geometry.sector_bytes)];
  if (sector.programs.length === 0) {
    return false;
  }
  const offset = address % geometry.sector_bytes;
  const counts = sector.programs[Math.floor(offset / geometry.page_bytes)];
  const first = Math.floor((offset % geometry.page_bytes) / geometry.word_bytes);
  const end = first + Math.floor(length / geometry.word_bytes);
  for (let word = first; word < end; word++) {
    if (counts.charCodeAt(word) >= geometry.programs_per_erase) {
      return true;
    }
  }
  return false;
}

/** Counts a program of words. */
export function countPrograms(twin: NvmTwin, address: number, length: number): void {
  const geometry = twin.geometry;
  if (geometry.programs_per_erase >= PROGRAMS_UNLIMITED) {
    return;
  }
  const sector = ownSector(twin, Math.floor(address / geometry.sector_bytes));
  while (sector.programs.length < sector.pages.length) {
    sector.programs.push(twin.zero_page);
  }
  const offset = address % geometry.sector_bytes;
  const page = Math.floor(offset / geometry.page_bytes);
  const counts = sector.programs[page];
  const first = Math.floor((offset % geometry.page_bytes) / geometry.word_bytes);
  const end = first + Math.floor(length / geometry.word_bytes);
  let part = "";
  for (let word = first; word < end; word++) {
    part = part + String.fromCharCode(counts.charCodeAt(word) + 1);
  }
  sector.programs[page] = spliced(counts, first, part);
}

/** What a byte is once it has been programmed. */
export function programmed(geometry: NvmGeometry, old: number, byte: number): number {
  return geometry.programs_per_erase >= PROGRAMS_UNLIMITED ? byte : old & byte;
}

/** Runs of this length are by far the most frequent: the journal's marks. */
const SHORT_RUN_BLANK = String.fromCharCode(BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK);

/** What the cells of a run hold once these bytes have been programmed over the old ones. */
function cells(geometry: NvmGeometry, old: string, bytes: string): string {
  if (old === SHORT_RUN_BLANK) {
    return bytes;
  }
  let part = "";
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes.charCodeAt(i);
    assert(byte <= BLANK, "bytes are 0 to 255");
    part = part + String.fromCharCode(programmed(geometry, old.charCodeAt(i), byte));
  }
  return part;
}

/** Programs a run wholly, whatever the supply. */
export function programWhole(twin: NvmTwin, address: number, bytes: string): void {
  const geometry = twin.geometry;
  const sector = ownSector(twin, Math.floor(address / geometry.sector_bytes));
  if (sector.program_worn) {
    return;
  }
  countPrograms(twin, address, bytes.length);
  const offset = address % geometry.sector_bytes;
  const page = Math.floor(offset / geometry.page_bytes);
  const first = offset % geometry.page_bytes;
  const text = sector.pages[page];
  const part = cells(geometry, text.substring(first, first + bytes.length), bytes);
  sector.pages[page] = spliced(text, first, part);
  if (sector.doubts.length > 0) {
    settle(sector, page, first, bytes);
  }
}

/** A cell that is programmed to 0 is no longer in doubt. */
function settle(sector: NvmSector, page: number, first: number, bytes: string): void {
  const doubts = sector.doubts[page];
  let part = "";
  for (let i = 0; i < bytes.length; i++) {
    part = part + String.fromCharCode(doubts.charCodeAt(first + i) & bytes.charCodeAt(i));
  }
  sector.doubts[page] = spliced(doubts, first, part);
}

/** Erases a sector wholly, whatever the supply. */
export function eraseWhole(twin: NvmTwin, number: number): void {
  const sector = twin.sectors[number];
  const erases = sector.erases + 1;
  if (sector.erase_worn || (twin.wears && erases > twin.geometry.erase_limit)) {
    ownSector(twin, number).erases = erases;
    return;
  }
  twin.sectors[number] = {
    pages: [],
    programs: [],
    doubts: [],
    erases: erases,
    shared: false,
    program_worn: sector.program_worn,
    erase_worn: sector.erase_worn,
  };
}

/** Counts an operation and shows it to whoever looks; false when it must not take effect any more. */
function announced(twin: NvmTwin, kind: "program" | "erase", address: number, bytes: string): boolean {
  if (!twin.powered) {
    return false;
  }
  twin.operations += 1;
  if (twin.before !== unwatched) {
    const sector = Math.floor(address / twin.geometry.sector_bytes);
    twin.before({ kind: kind, address: address, bytes: bytes, sector: sector, number: twin.operations });
  }
  return twin.powered;
}

function program(twin: NvmTwin, address: number, bytes: string): NvmResult {
  if (rangeFault(twin.geometry, address, bytes.length)) {
    return "range";
  }
  if (twin.supply_low) {
    return "low_power";
  }
  if (wordsUsedUp(twin, address, bytes.length)) {
    return "refused";
  }
  if (announced(twin, "program", address, bytes)) {
    programWhole(twin, address, bytes);
  }
  return "ok";
}

function erase(twin: NvmTwin, sector: number): NvmResult {
  if (sector < 0 || sector >= twin.sectors.length) {
    return "range";
  }
  if (twin.supply_low) {
    return "low_power";
  }
  if (announced(twin, "erase", sector * twin.geometry.sector_bytes, "")) {
    eraseWhole(twin, sector);
  }
  return "ok";
}

/** A run within a page; its cells in doubt show anything. */
function readPage(twin: NvmTwin, sector: NvmSector, offset: number, count: number): string {
  const page = Math.floor(offset / twin.geometry.page_bytes);
  const first = offset % twin.geometry.page_bytes;
  const text = sector.pages.length === 0 ? twin.blank_page : sector.pages[page];
  if (sector.doubts.length === 0) {
    return text.substring(first, first + count);
  }
  const doubts = sector.doubts[page];
  let bytes = "";
  for (let i = first; i < first + count; i++) {
    const doubt = doubts.charCodeAt(i);
    const noise = doubt === 0 ? 0 : doubt & randomBelow(twin.noise, 256);
    bytes = bytes + String.fromCharCode(text.charCodeAt(i) ^ noise);
  }
  return bytes;
}

/** What a read brings while the supply is low: nothing, or one byte in eight wrong. */
function lowRead(twin: NvmTwin, right: string): string {
  let bytes = "";
  if (twin.low_reads === "noisy") {
    for (let i = 0; i < right.length; i++) {
      const noise = randomBelow(twin.noise, 8) === 0 ? randomBelow(twin.noise, 256) : 0;
      bytes = bytes + String.fromCharCode(right.charCodeAt(i) ^ noise);
    }
  }
  return bytes;
}

function read(twin: NvmTwin, address: number, length: number): string {
  const geometry = twin.geometry;
  const end = address + length;
  if (address < 0 || length < 1 || end > geometry.size_bytes) {
    return "";
  }
  let bytes = "";
  let place = address;
  while (place < end) {
    const count = Math.min(geometry.page_bytes - (place % geometry.page_bytes), end - place);
    const sector = twin.sectors[Math.floor(place / geometry.sector_bytes)];
    bytes = bytes + readPage(twin, sector, place % geometry.sector_bytes, count);
    place += count;
  }
  return twin.supply_low && twin.low_reads !== "right" ? lowRead(twin, bytes) : bytes;
}

function assemble(geometry: NvmGeometry, blank_page: string, zero_page: string): NvmTwin {
  const twin: NvmTwin = {
    port: {
      geometry: geometry,
      read: function (address, length) {
        return read(twin, address, length);
      },
      program: function (address, bytes) {
        return program(twin, address, bytes);
      },
      erase: function (sector) {
        return erase(twin, sector);
      },
      crc32: undefined,
    },
    geometry: geometry,
    sectors: [],
    operations: 0,
    powered: true,
    supply_low: false,
    low_reads: "right",
    wears: false,
    before: unwatched,
    noise: createRandomNumbers(1),
    blank_page: blank_page,
    zero_page: zero_page,
  };
  return twin;
}

/** A blank part. */
export function createNvmTwin(geometry: NvmGeometry): NvmTwin {
  assert(geometry.size_bytes % geometry.sector_bytes === 0, "a part has whole sectors");
  assert(geometry.sector_bytes % geometry.page_bytes === 0, "a sector has whole pages");
  const unlimited = geometry.programs_per_erase >= PROGRAMS_UNLIMITED;
  assert(unlimited || geometry.programs_per_erase <= BLANK, "programs of a word fit into a character");
  const twin = assemble(geometry, repeated(BLANK, geometry.page_bytes), repeated(0, geometry.page_bytes));
  const count = Math.floor(geometry.size_bytes / geometry.sector_bytes);
  while (twin.sectors.length < count) {
    twin.sectors.push({
      pages: [],
      programs: [],
      doubts: [],
      erases: 0,
      shared: false,
      program_worn: false,
      erase_worn: false,
    });
  }
  return twin;
}

/** A part with the same contents, wear and switches, that goes its own way from now on; nobody looks at it yet. */
export function cloneNvm(twin: NvmTwin): NvmTwin {
  const clone = assemble(twin.geometry, twin.blank_page, twin.zero_page);
  for (const sector of twin.sectors) {
    sector.shared = true;
    clone.sectors.push(sector);
  }
  clone.operations = twin.operations;
  clone.powered = twin.powered;
  clone.supply_low = twin.supply_low;
  clone.low_reads = twin.low_reads;
  clone.wears = twin.wears;
  clone.noise.state = twin.noise.state;
  return clone;
}
