/**
 * Garbage: memories that no journal has written as a whole. The meter must boot on all of them, and keep the register
 * of a record that is valid in the middle of it.
 *
 *   garbage      random bytes everywhere
 *   one_record   the same, but the newest whole record of the run is where it was
 *   altered      the memory of the run with bits flipped, sectors exchanged for garbage or zeros, or a blank memory with
 *                some bytes in it
 */
import { start } from "../../firmware/index";
import type { NvmOperation, NvmTwin } from "../twins/nvm";
import { cloneNvm, createNvmTwin } from "../twins/nvm";
import { scribble } from "../twins/nvm_damage";
import type { RandomNumbers } from "../world/random_numbers";
import { randomBelow } from "../world/random_numbers";
import type { Surroundings } from "./dock";
import { bootOn, passOn, surround } from "./dock";
import type { Forks } from "./fork";
import { createOutcome, lookFirst, lookLater } from "./fork";
import type { Contents } from "./invariants";
import { judgeContents } from "./invariants";
import type { Model } from "./model";
import { partsOf, passedAt } from "./model";
import { numbersOf } from "./numbers";

/** Head of a record (firmware/journal/journal.ts): magic, kind of a commit, bytes around the payload. */
const MAGIC = 197;
const KIND_COMMIT = 0;
const FRAME_BYTES = 16;
const GARBAGE_BYTES = 4096;
const FLIPS_MAX = 64;
const SPAN_MS = 8000;

interface KnownRecord {
  address: number;
  length: number;
  /** Volume that stands in it. */
  parts: number;
  /** What has been programmed of it so far. */
  bytes: string;
}

export interface Garbage {
  bytes: string;
  /** Being written, and the newest that is whole. */
  writing: KnownRecord | undefined;
  whole: KnownRecord | undefined;
}

/** `wanted`: a run that fills no memory needs none of it, and a small engine has no room for it. */
export function createGarbage(seed: number, wanted: boolean): Garbage {
  const numbers = numbersOf(seed, 1);
  let bytes = "";
  while (wanted && bytes.length < GARBAGE_BYTES) {
    bytes = bytes + String.fromCharCode(randomBelow(numbers, 256));
  }
  return { bytes: bytes, writing: undefined, whole: undefined };
}

/** Follows which record is being written, before an operation takes effect. */
export function watchRecords(garbage: Garbage, model: Model, operation: NvmOperation): void {
  const bytes = operation.bytes;
  const writing = garbage.writing;
  if (writing !== undefined && writing.bytes.length >= writing.length) {
    garbage.whole = writing;
  } else if (writing !== undefined && operation.address === writing.address + writing.bytes.length) {
    writing.bytes = writing.bytes + bytes;
    return;
  }
  garbage.writing = undefined;
  if (bytes.length >= 8 && bytes.charCodeAt(0) === MAGIC && bytes.charCodeAt(2) === KIND_COMMIT) {
    const length = bytes.charCodeAt(4) + bytes.charCodeAt(5) * 256 + FRAME_BYTES;
    const parts = partsOf(model, passedAt(model, 0).books);
    garbage.writing = { address: operation.address, length: length, parts: parts, bytes: bytes };
  }
}

/** Whether a record stands in the memory as it was programmed: worn cells may have dropped it. */
function stands(memory: NvmTwin, record: KnownRecord): boolean {
  return memory.port.read(record.address, record.bytes.length) === record.bytes;
}

/** Some of the garbage, begun at any place. */
function someGarbage(garbage: Garbage, numbers: RandomNumbers, length: number): string {
  let bytes = "";
  let place = randomBelow(numbers, GARBAGE_BYTES);
  while (bytes.length < length) {
    const end = Math.min(place + length - bytes.length, GARBAGE_BYTES);
    bytes = bytes + garbage.bytes.substring(place, end);
    place = end % GARBAGE_BYTES;
  }
  return bytes;
}

function fillSector(nvm: NvmTwin, sector: number, bytes: string): void {
  scribble(nvm, sector * nvm.geometry.sector_bytes, bytes);
}

function fillAll(garbage: Garbage, nvm: NvmTwin, numbers: RandomNumbers): void {
  for (let sector = 0; sector < nvm.sectors.length; sector++) {
    fillSector(nvm, sector, someGarbage(garbage, numbers, nvm.geometry.sector_bytes));
  }
}

function zeros(nvm: NvmTwin, length: number): string {
  let bytes = "";
  while (bytes.length < length) {
    bytes = bytes + nvm.zero_page;
  }
  return bytes.substring(0, length);
}

function flipBits(nvm: NvmTwin, numbers: RandomNumbers): void {
  const flips = 1 + randomBelow(numbers, FLIPS_MAX);
  for (let i = 0; i < flips; i++) {
    const address = randomBelow(numbers, nvm.geometry.size_bytes);
    const byte = nvm.port.read(address, 1).charCodeAt(0);
    scribble(nvm, address, String.fromCharCode(byte ^ (1 << randomBelow(numbers, 8))));
  }
}

function alter(garbage: Garbage, nvm: NvmTwin, numbers: RandomNumbers): void {
  const sectors = 1 + randomBelow(numbers, 3);
  const fill = randomBelow(numbers, 3);
  if (fill === 0) {
    flipBits(nvm, numbers);
    return;
  }
  for (let i = 0; i < sectors; i++) {
    const length = nvm.geometry.sector_bytes;
    const bytes = fill === 1 ? zeros(nvm, length) : someGarbage(garbage, numbers, length);
    fillSector(nvm, randomBelow(numbers, nvm.sectors.length), bytes);
  }
}

/** A memory of garbage, and what kind it is. */
function makeContents(garbage: Garbage, memory: NvmTwin, nvm: NvmTwin, numbers: RandomNumbers): Contents {
  const known = garbage.whole;
  const whole = known !== undefined && stands(memory, known) ? known : undefined;
  const roll = randomBelow(numbers, 8);
  if (roll === 0 || (roll < 4 && whole === undefined)) {
    fillAll(garbage, nvm, numbers);
    return "garbage";
  }
  if (roll < 4 && whole !== undefined) {
    fillAll(garbage, nvm, numbers);
    scribble(nvm, whole.address, whole.bytes);
    return "one_record";
  }
  alter(garbage, nvm, numbers);
  return "altered";
}

/** Boots a meter on such a memory and judges it. */
export function recoverGarbage(
  forks: Forks,
  garbage: Garbage,
  from: Surroundings,
  memory: NvmTwin,
  numbers: RandomNumbers,
): void {
  const dock = forks.docks[0];
  const blank = randomBelow(numbers, 16) === 0;
  const nvm = blank ? createNvmTwin(memory.geometry) : cloneNvm(memory);
  const contents = makeContents(garbage, memory, nvm, numbers);
  const whole = garbage.whole;
  const outcome = createOutcome("none", 0);
  forks.cuts += 1;
  surround(dock, from);
  const meter = bootOn(dock, nvm);
  if (meter !== undefined) {
    const seen = lookFirst(meter, dock);
    start(meter);
    passOn(dock, SPAN_MS);
    lookLater(seen, meter, dock);
    outcome.observation = seen;
    outcome.meter = meter;
    const parts = whole === undefined ? -1 : whole.parts;
    outcome.broken = judgeContents(forks.model, seen, contents, parts);
  }
  forks.on_outcome(outcome);
}
