/**
 * Marks: pulses counted since the newest commit, for a fraction of the cost of a commit.
 *
 *   0   1  sequence of the commit, modulo 256
 *   1   2  count, 0 to 65535, little endian; 0 seals the commit (ring.ts)
 *   3   1  0xA7
 *   4   4  the four bytes before, each exclusive-or 0xFF
 *
 * The two blocks after a commit are its lanes. Mark i lies in lane i % 2 at 8 * floor(i / 2), so a program never
 * touches the page of the newest mark before it. Counts only rise.
 *
 * Why a torn mark is always seen: of each bit and its complement exactly one is to be cleared, so the place was blank
 * and one that is not cleared leaves two ones. A mark that reads well is exactly the one that was being written; one
 * byte that a torn neighbour disturbs breaks a pair. Direction of error: a cut loses at most the count since the newest
 * whole mark, and never adds to it.
 */
import { assert } from "../assert";
import type { Nvm } from "../../hal/nvm";
import type { Layout } from "./layout";
import { BLANK_WORD } from "./layout";

/** Blocks of a commit's lanes. */
export const LANES = 2;

const MARK_BYTES = 8;
const MARK_MAGIC = 0xa7;
const MARK_MAGIC_COMPLEMENT = 0x58;
const COUNT_MAX = 65535;
/** Places at the start of each lane that are always looked at; behind them a lane ends at its first blank place. */
const SEAL_PLACES = 8;

export interface Lanes {
  nvm: Nvm;
  /** Sequence of the commit, modulo 256. */
  tag: number;
  /** Where the next mark goes, and where the one after it. */
  address: number;
  address_then: number;
  /** Places used, and how many there are: 0 when the commit has no lanes. */
  used: number;
  places: number;
}

/** The lanes of no commit: no mark can be made. */
export function noLanes(nvm: Nvm): Lanes {
  return { nvm: nvm, tag: 0, address: 0, address_then: 0, used: 0, places: 0 };
}

/** The lanes from `block` on, which must both lie in the commit's sector. */
export function lanesAt(nvm: Nvm, layout: Layout, block: number, sequence: number): Lanes {
  const address = block * layout.block_bytes;
  assert((block % layout.sector_blocks) + LANES <= layout.sector_blocks, "lanes end in the sector of their commit");
  return {
    nvm: nvm,
    tag: sequence % 256,
    address: address,
    address_then: address + layout.block_bytes,
    used: 0,
    places: Math.floor(layout.block_bytes / MARK_BYTES) * LANES,
  };
}

/**
 * Writes the next mark; false when a commit is needed instead. Few statements: it runs every ten litres of a life.
 * Reads back one byte, which tells a part that does nothing; a single mark that came out wrong costs only its count.
 */
export function writeMark(lanes: Lanes, count: number): boolean {
  if (lanes.used >= lanes.places || count > COUNT_MAX) {
    return false;
  }
  const address = lanes.address;
  const high = Math.floor(count / 256);
  const low = count - high * 256;
  const tag = lanes.tag;
  const bytes = String.fromCharCode(
    tag,
    low,
    high,
    MARK_MAGIC,
    255 - tag,
    255 - low,
    255 - high,
    MARK_MAGIC_COMPLEMENT,
  );
  const done =
    lanes.nvm.program(address, bytes) === "ok" &&
    lanes.nvm.read(address + 7, 1).charCodeAt(0) === MARK_MAGIC_COMPLEMENT;
  lanes.address = lanes.address_then;
  lanes.address_then = address + MARK_BYTES;
  // A place that failed may be half programmed, and its lanes are not used again.
  lanes.used = done ? lanes.used + 1 : lanes.places;
  return done;
}

/** The count of a mark, -1 when it is none of a commit with this tag. */
function countOf(mark: string, tag: number): number {
  // Shorter while the supply is low.
  if (mark.length !== MARK_BYTES || mark.charCodeAt(0) !== tag || mark.charCodeAt(3) !== MARK_MAGIC) {
    return -1;
  }
  const low = mark.charCodeAt(1);
  const high = mark.charCodeAt(2);
  const paired =
    mark.charCodeAt(4) === 255 - tag &&
    mark.charCodeAt(5) === 255 - low &&
    mark.charCodeAt(6) === 255 - high &&
    mark.charCodeAt(7) === MARK_MAGIC_COMPLEMENT;
  return paired ? low + high * 256 : -1;
}

/** The largest count in these lanes, -1 without a mark. Nothing is written. */
export function newestMark(lanes: Lanes): number {
  let newest = -1;
  for (let lane = 0; lane < LANES; lane++) {
    const start = lane === 0 ? lanes.address : lanes.address_then;
    for (let place = 0; place < Math.floor(lanes.places / LANES); place++) {
      const mark = lanes.nvm.read(start + place * MARK_BYTES, MARK_BYTES);
      if (mark !== BLANK_WORD) {
        newest = Math.max(newest, countOf(mark, lanes.tag));
      } else if (place >= SEAL_PLACES) {
        break;
      }
    }
  }
  return newest;
}

/**
 * Seals a commit of an earlier session again, in the lane that does not hold its seal. Place 0 there may be half
 * programmed with a count; the others only with these same bytes, so programming them once more makes them sound. False
 * when there is no power for it.
 */
export function sealAgain(lanes: Lanes): boolean {
  const tag = lanes.tag;
  const bytes = String.fromCharCode(tag, 0, 0, MARK_MAGIC, 255 - tag, 255, 255, MARK_MAGIC_COMPLEMENT);
  for (let place = 1; place < SEAL_PLACES; place++) {
    const address = lanes.address_then + place * MARK_BYTES;
    const result = lanes.nvm.read(address + 7, 1).charCodeAt(0) === 255 ? lanes.nvm.program(address, bytes) : "refused";
    if (result !== "refused") {
      return result === "ok";
    }
  }
  // Each place was taken by a session that was cut before its first commit: all but those cut in just this are sound.
  return true;
}
