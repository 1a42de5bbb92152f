/**
 * Flash that tears: the power is cut at a chosen operation, and what that operation was changing is left as `tear` says.
 *
 *   none        nothing changed                        all      everything changed
 *   subset      a random subset of the bits changed    noise    each bit reads differently from read to read
 *   flip        all bits read as before or as after, drawn anew at each power-up: the cruellest, a whole record that
 *               comes and goes
 *   neighbour   a random subset, and one other byte of the page disturbed
 *
 * Besides: sectors that are dead (erase or program silently without effect), a supply that forbids programs, words
 * programmed too often are refused, and all that the journal must never do fails the test: erase with a bad supply.
 */
import assert from "node:assert/strict";
import type { Nvm, NvmGeometry, NvmResult } from "../../../hal/nvm";
import { bytesOf, textOf } from "../../byte_texts";

export const TEARS = ["none", "all", "subset", "noise", "flip", "neighbour"] as const;
export type Tear = (typeof TEARS)[number];

export class PowerCut extends Error {}

/** A small generator (mulberry32), so that a seed replays a failure. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function sized(sectors: number, sector_bytes: number, page_bytes: number, word_bytes: number, programs: number) {
  const erase_limit = 10_000;
  const size_bytes = sectors * sector_bytes;
  return { size_bytes, sector_bytes, page_bytes, word_bytes, programs_per_erase: programs, erase_limit };
}

/** The parts that the journal must work on. */
export const GEOMETRIES: Record<string, NvmGeometry> = {
  nor: sized(8, 4096, 256, 1, 2),
  nor_small: sized(7, 4096, 256, 1, 2),
  nor_large: sized(64, 4096, 256, 1, 2),
  nrf52: sized(8, 4096, 512, 4, 2),
  stm32l4: sized(16, 2048, 8, 8, 1),
  stm32l4_row: sized(12, 2048, 256, 8, 1),
  fram: sized(8, 4096, 4096 / 16, 1, 1_000_000),
};

interface Doubt {
  start: number;
  before: Uint8Array;
  after: Uint8Array;
  tear: "noise" | "flip";
  reads_after: boolean;
}

export interface TearingNvm {
  port: Nvm;
  bytes: Uint8Array;
  /** Programs and erases so far. */
  operations: number;
  erases: number[];
  /** Cuts the power at the operation of this number; -1 never. */
  cut_at: number;
  tear: Tear;
  /** What the firmware was told about the supply; an erase while it is false is a failure. */
  supply_good: boolean;
  /** Programs answer "low_power" from this operation on. */
  low_from: number;
  dead_erase: Set<number>;
  dead_program: Set<number>;
  /** How "flip" reads after the next power-up; undefined: drawn. */
  reads_after: boolean | undefined;
  powerUp(): void;
}

export function createTearingNvm(geometry: NvmGeometry, random: () => number): TearingNvm {
  const bytes = new Uint8Array(geometry.size_bytes).fill(255);
  const programs = new Uint32Array(geometry.size_bytes / geometry.word_bytes);
  let doubts: Doubt[] = [];
  let off = false;
  const sectors = geometry.size_bytes / geometry.sector_bytes;
  const nvm: TearingNvm = {
    port: { geometry, read, program, erase, crc32: undefined },
    bytes,
    operations: 0,
    erases: Array.from({ length: sectors }, () => 0),
    cut_at: -1,
    tear: "none",
    supply_good: true,
    low_from: Infinity,
    dead_erase: new Set(),
    dead_program: new Set(),
    reads_after: undefined,
    powerUp() {
      off = false;
      nvm.cut_at = -1;
      for (const doubt of doubts) doubt.reads_after = nvm.reads_after ?? random() < 0.5;
    },
  };

  function read(address: number, length: number): string {
    if (off) throw new PowerCut();
    assert(address >= 0 && length > 0 && address + length <= geometry.size_bytes, "read out of range");
    const found = bytes.slice(address, address + length);
    for (const doubt of doubts) {
      const from = Math.max(address, doubt.start);
      const to = Math.min(address + length, doubt.start + doubt.before.length);
      for (let place = from; place < to; place++) {
        const before = doubt.before[place - doubt.start];
        const after = doubt.after[place - doubt.start];
        const mask = doubt.tear === "flip" ? (doubt.reads_after ? 255 : 0) : Math.floor(random() * 256);
        // The byte may have been programmed again since.
        found[place - address] &= (before & ~mask) | (after & mask);
      }
    }
    return textOf(found);
  }

  /** Leaves the bytes at `start` somewhere between what they are and `after`; then the power is gone. */
  function cut(start: number, after: Uint8Array): never {
    const before = bytes.slice(start, start + after.length);
    if (nvm.tear === "all") bytes.set(after, start);
    if (nvm.tear === "subset" || nvm.tear === "neighbour") {
      for (let i = 0; i < after.length; i++) {
        const mask = Math.floor(random() * 256) & (random() < 0.3 ? 255 : Math.floor(random() * 256));
        bytes[start + i] = (before[i] & ~mask) | (after[i] & mask);
      }
    }
    if (nvm.tear === "neighbour" && after.length < geometry.page_bytes) {
      const page = start - (start % geometry.page_bytes);
      const place = page + Math.floor(random() * geometry.page_bytes);
      if (place < start || place >= start + after.length) bytes[place] = Math.floor(random() * 256);
    }
    if (nvm.tear === "noise" || nvm.tear === "flip") {
      bytes.set(
        Uint8Array.from(before, (byte, i) => byte | after[i]),
        start,
      );
      doubts.push({ start, before, after, tear: nvm.tear, reads_after: false });
    }
    off = true;
    throw new PowerCut();
  }

  function program(address: number, run: string): NvmResult {
    if (off) throw new PowerCut();
    const data = bytesOf(run);
    assert(address >= 0 && address + data.length <= geometry.size_bytes && data.length > 0, "program out of range");
    assert(address % geometry.word_bytes === 0 && data.length % geometry.word_bytes === 0, "whole words");
    const page = Math.floor(address / geometry.page_bytes);
    assert.equal(page, Math.floor((address + data.length - 1) / geometry.page_bytes), "a run stays in its page");
    assert(
      data.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255),
      "whole bytes",
    );
    if (nvm.operations >= nvm.low_from) return "low_power";
    const first = address / geometry.word_bytes;
    for (let word = first; word < first + data.length / geometry.word_bytes; word++) {
      if (programs[word] >= geometry.programs_per_erase) return "refused";
    }
    for (let word = first; word < first + data.length / geometry.word_bytes; word++) programs[word] += 1;
    const after = bytes.slice(address, address + data.length);
    for (let i = 0; i < data.length; i++) after[i] &= data[i];
    nvm.operations += 1;
    if (nvm.operations - 1 === nvm.cut_at) cut(address, after);
    if (!nvm.dead_program.has(Math.floor(address / geometry.sector_bytes))) bytes.set(after, address);
    return "ok";
  }

  function erase(sector: number): NvmResult {
    if (off) throw new PowerCut();
    assert(sector >= 0 && sector < sectors, "erase out of range");
    assert(nvm.supply_good, "no erase while the supply is not good");
    const start = sector * geometry.sector_bytes;
    nvm.operations += 1;
    nvm.erases[sector] += 1;
    if (nvm.dead_erase.has(sector)) return "ok";
    if (nvm.operations - 1 === nvm.cut_at) cut(start, new Uint8Array(geometry.sector_bytes).fill(255));
    bytes.fill(255, start, start + geometry.sector_bytes);
    programs.fill(0, start / geometry.word_bytes, (start + geometry.sector_bytes) / geometry.word_bytes);
    doubts = doubts.filter((doubt) => Math.floor(doubt.start / geometry.sector_bytes) !== sector);
    return "ok";
  }

  return nvm;
}
