/**
 * Nvm twin: NOR flash that does what its geometry says. A program clears bits, an erase sets them; a misaligned run,
 * one that crosses a page, or one program too many of a word is refused. Faults (cuts, wear, unstable bits) come with
 * the journal that must survive them.
 *
 * Sectors take memory only once they are programmed: a blank part costs nothing on a small engine.
 */
import { assert } from "../../firmware/assert";
import type { Nvm, NvmGeometry, NvmResult } from "../../hal/nvm";

const BLANK = 255;

interface Sector {
  /** Empty while the sector is blank. */
  bytes: number[];
  /** Programs since the last erase, by word. */
  programs: number[];
  erases: number;
}

export interface NvmTwin {
  port: Nvm;
  sectors: Sector[];
}

function fillSector(sector: Sector, geometry: NvmGeometry): void {
  if (sector.bytes.length > 0) {
    return;
  }
  for (let i = 0; i < geometry.sector_bytes; i++) {
    sector.bytes.push(BLANK);
  }
  const words = Math.floor(geometry.sector_bytes / geometry.word_bytes);
  for (let word = 0; word < words; word++) {
    sector.programs.push(0);
  }
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

function program(sectors: Sector[], geometry: NvmGeometry, address: number, bytes: number[]): NvmResult {
  if (rangeFault(geometry, address, bytes.length)) {
    return "range";
  }
  const sector = sectors[Math.floor(address / geometry.sector_bytes)];
  const offset = address % geometry.sector_bytes;
  fillSector(sector, geometry);
  const first_word = Math.floor(offset / geometry.word_bytes);
  const words = Math.floor(bytes.length / geometry.word_bytes);
  for (let word = first_word; word < first_word + words; word++) {
    if (sector.programs[word] >= geometry.programs_per_erase) {
      return "refused";
    }
  }
  for (let word = first_word; word < first_word + words; word++) {
    sector.programs[word] += 1;
  }
  for (let i = 0; i < bytes.length; i++) {
    assert(bytes[i] >= 0 && bytes[i] <= BLANK, "bytes are 0 to 255");
    sector.bytes[offset + i] = sector.bytes[offset + i] & bytes[i];
  }
  return "ok";
}

function read(sectors: Sector[], geometry: NvmGeometry, address: number, length: number): number[] {
  const bytes: number[] = [];
  if (address < 0 || length < 1 || address + length > geometry.size_bytes) {
    return bytes;
  }
  for (let place = address; place < address + length; place++) {
    const sector = sectors[Math.floor(place / geometry.sector_bytes)];
    bytes.push(sector.bytes.length === 0 ? BLANK : sector.bytes[place % geometry.sector_bytes]);
  }
  return bytes;
}

export function createNvmTwin(geometry: NvmGeometry): NvmTwin {
  assert(geometry.size_bytes % geometry.sector_bytes === 0, "a part has whole sectors");
  const sectors: Sector[] = [];
  const count = Math.floor(geometry.size_bytes / geometry.sector_bytes);
  while (sectors.length < count) {
    sectors.push({ bytes: [], programs: [], erases: 0 });
  }
  return {
    port: {
      geometry: geometry,
      read: function (address, length) {
        return read(sectors, geometry, address, length);
      },
      program: function (address, bytes) {
        return program(sectors, geometry, address, bytes);
      },
      erase: function (sector) {
        if (sector < 0 || sector >= sectors.length) {
          return "range";
        }
        sectors[sector] = { bytes: [], programs: [], erases: sectors[sector].erases + 1 };
        return "ok";
      },
    },
    sectors: sectors,
  };
}
