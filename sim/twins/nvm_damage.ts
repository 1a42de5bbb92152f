/**
 * Nvm damage: what a power cut, age or chance leaves in the memory.
 *
 * What a cut inside an operation can leave behind (`damage`):
 *   none        nothing has happened yet
 *   whole       all was done, but nobody heard of it
 *   torn        of the bits that should change, any subset has changed
 *   unstable    torn, and some of those bits read differently from one read to the next
 *   disturbed   torn, and one byte beside the run, in the same page, has any other value (programs; an erase disturbs
 *               no one, so it is torn)
 * The bits that should change are, in a program, the ones that it clears (or sets, on FRAM and EEPROM); in an erase,
 * every 0 of the sector. Subsets are drawn few, half, nearly all, or as far as a place, so that the dangerous
 * ones, all but a bit and a bit alone, come often.
 */
import { assert } from "../../firmware/assert";
import type { RandomNumbers } from "../world/random_numbers";
import { randomBelow } from "../world/random_numbers";
import type { NvmOperation, NvmSector, NvmTwin } from "./nvm";
import { countPrograms, eraseWhole, ownSector, programWhole, programmed, spliced } from "./nvm";

export type NvmDamage = "none" | "whole" | "torn" | "unstable" | "disturbed";

export const NVM_DAMAGES: NvmDamage[] = ["none", "whole", "torn", "unstable", "disturbed"];

const ALL_BITS = 255;
const BYTE_VALUES = 256;
/** Shares of the bits that have changed: one in 16, half, all but one in 16, and as far as a place. */
const FEW = 0;
const HALF = 1;
const FRONT = 2;
const SHARES = 4;

function randomByte(numbers: RandomNumbers): number {
  return randomBelow(numbers, BYTE_VALUES);
}

/** Bits of the byte at `place` that have changed, for a share of bits that was drawn for the run. */
function changedBits(numbers: RandomNumbers, share: number, place: number, front: number): number {
  if (share === HALF) {
    return randomByte(numbers);
  }
  if (share === FRONT) {
    return place < front ? ALL_BITS : place === front ? randomByte(numbers) : 0;
  }
  const few = randomByte(numbers) & randomByte(numbers) & randomByte(numbers) & randomByte(numbers);
  return share === FEW ? few : ALL_BITS - few;
}

/** `old` with the bits of `changed` taken from `wanted`. */
function mixed(old: number, wanted: number, changed: number): number {
  return (old & (ALL_BITS - changed)) | (wanted & changed);
}

function setDoubts(twin: NvmTwin, sector: NvmSector, page: number, first: number, part: string): void {
  while (sector.doubts.length < sector.pages.length) {
    sector.doubts.push(twin.zero_page);
  }
  sector.doubts[page] = spliced(sector.doubts[page], first, part);
}

/** Tears a run within a page: it should become `wanted`, and only some of its bits do. */
function tear(
  twin: NvmTwin,
  sector: NvmSector,
  page: number,
  first: number,
  wanted: string,
  unstable: boolean,
  numbers: RandomNumbers,
): void {
  const text = sector.pages[page];
  const share = randomBelow(numbers, SHARES);
  const front = randomBelow(numbers, wanted.length);
  let part = "";
  let doubts = "";
  for (let i = 0; i < wanted.length; i++) {
    const old = text.charCodeAt(first + i);
    const target = wanted.charCodeAt(i);
    part = part + String.fromCharCode(mixed(old, target, changedBits(numbers, share, i, front)));
    if (unstable) {
      doubts = doubts + String.fromCharCode((old ^ target) & randomByte(numbers));
    }
  }
  sector.pages[page] = spliced(text, first, part);
  if (unstable) {
    setDoubts(twin, sector, page, first, doubts);
  }
}

/** Changes one byte of the page that is not in the run; a run that fills its page has none beside it. */
function disturb(
  twin: NvmTwin,
  sector: NvmSector,
  page: number,
  first: number,
  length: number,
  numbers: RandomNumbers,
): void {
  const others = twin.geometry.page_bytes - length;
  if (others === 0) {
    return;
  }
  const place = (first + length + randomBelow(numbers, others)) % twin.geometry.page_bytes;
  const text = sector.pages[page];
  const changed = text.charCodeAt(place) ^ (1 + randomBelow(numbers, ALL_BITS));
  sector.pages[page] = spliced(text, place, String.fromCharCode(changed));
}

function tearProgram(twin: NvmTwin, operation: NvmOperation, kind: NvmDamage, numbers: RandomNumbers): void {
  const geometry = twin.geometry;
  const sector = ownSector(twin, operation.sector);
  if (sector.program_worn) {
    return;
  }
  countPrograms(twin, operation.address, operation.bytes.length);
  const offset = operation.address % geometry.sector_bytes;
  const page = Math.floor(offset / geometry.page_bytes);
  const first = offset % geometry.page_bytes;
  const text = sector.pages[page];
  let wanted = "";
  for (let i = 0; i < operation.bytes.length; i++) {
    wanted =
      wanted + String.fromCharCode(programmed(geometry, text.charCodeAt(first + i), operation.bytes.charCodeAt(i)));
  }
  tear(twin, sector, page, first, wanted, kind === "unstable", numbers);
  if (kind === "disturbed") {
    disturb(twin, sector, page, first, wanted.length, numbers);
  }
}

function tearErase(twin: NvmTwin, operation: NvmOperation, unstable: boolean, numbers: RandomNumbers): void {
  const blank = twin.sectors[operation.sector].pages.length === 0;
  const sector = ownSector(twin, operation.sector);
  sector.erases += 1;
  if (blank || sector.erase_worn) {
    return;
  }
  for (let page = 0; page < sector.pages.length; page++) {
    if (sector.pages[page] !== twin.blank_page) {
      tear(twin, sector, page, 0, twin.blank_page, unstable, numbers);
    }
  }
}

/** Does to the part what a cut inside of this operation does; to be called in `before`, with the power taken away. */
export function damage(twin: NvmTwin, operation: NvmOperation, kind: NvmDamage, numbers: RandomNumbers): void {
  if (kind === "none") {
    return;
  }
  if (operation.kind === "program") {
    if (kind === "whole") {
      programWhole(twin, operation.address, operation.bytes);
    } else {
      tearProgram(twin, operation, kind, numbers);
    }
  } else if (kind === "whole") {
    eraseWhole(twin, operation.sector);
  } else {
    tearErase(twin, operation, kind === "unstable", numbers);
  }
}

/** From now on, programs or erases of a sector are without effect, and nobody says so. */
export function wearOut(twin: NvmTwin, sector: number, operation: "program" | "erase"): void {
  const own = ownSector(twin, sector);
  if (operation === "program") {
    own.program_worn = true;
  } else {
    own.erase_worn = true;
  }
}

/** Puts bytes into the cells, whatever was there: contents that no meter has written. */
export function scribble(twin: NvmTwin, address: number, bytes: string): void {
  const geometry = twin.geometry;
  assert(address >= 0 && address + bytes.length <= geometry.size_bytes, "one scribbles inside the memory");
  let place = 0;
  while (place < bytes.length) {
    const offset = (address + place) % geometry.sector_bytes;
    const sector = ownSector(twin, Math.floor((address + place) / geometry.sector_bytes));
    const page = Math.floor(offset / geometry.page_bytes);
    const first = offset % geometry.page_bytes;
    const part = bytes.substring(place, Math.min(place + geometry.page_bytes - first, bytes.length));
    sector.pages[page] = spliced(sector.pages[page], first, part);
    place += part.length;
  }
}
