/**
 * HT1621: LCD controller for 32 segments by 4 commons on three wires (Holtek, datasheet rev. 1.30 of 6 August 2003:
 * command format, pages 9 and 10; command summary, pages 12 and 13).
 *
 *   100 c c c c c c c c x            command: 01 SYS EN, 03 LCD ON, 18 RC 256K, 29 bias 1/3 with 4 commons
 *   101 a a a a a a d0 d1 d2 d3 ...  data: an address, most significant bit first, then four bits for each address from
 *                                    there on, D0 first
 * A transfer begins with CS low and ends with CS high. Pages 9, 10 and 12 from memory.
 *
 * The glass: eight characters of fourteen segments and a point (segment_font.ts), four addresses each, and six
 * annunciators in the last bit of characters 0 to 5. Character i, by address and bit D0 to D3:
 *
 *   4 i      a b c d
 *   4 i + 1  e f g h
 *   4 i + 2  i j k l
 *   4 i + 3  m n p, and the annunciator V, L, E, A, T, B of character 0, 1, 2, 3, 4, 5
 * A glass that is wired otherwise needs a table of its own here.
 *
 * Only what has changed is sent, and all of it every REFRESH_SHOWS: a spark at the glass may upset the chip, which has
 * no way to say so.
 *
 * Port: display (ht1621).
 */
import { assert } from "../../firmware/assert";
import type { Display } from "../../hal/display";
import { segmentsOf, SEGMENT_NAMES } from "./segment_font";

/** Three wires: CS, WR and DATA. */
export interface BitLine {
  /** CS low, or high again. */
  select(on: boolean): void;
  /** Clocks out the lowest `count` bits of a value, the highest of them first. */
  send(value: number, count: number): void;
}

export const REFRESH_SHOWS = 100;

const CHARACTERS = 8;
const ADDRESSES_PER_CHARACTER = 4;
const ADDRESSES = 32;
const ANNUNCIATORS = "VLEATB";
/** Names of the bits of a character in order; the last one of 16 is the annunciator's. */
const ANNUNCIATOR_BIT = 8;

const MODE_COMMAND = 4;
const MODE_DATA = 5;
const COMMANDS = [0x01, 0x18, 0x29, 0x03];

function command(line: BitLine, code: number): void {
  line.select(true);
  line.send(MODE_COMMAND, 3);
  line.send(code * 2, 9);
  line.select(false);
}

/** Four bits, D0 the lowest, as they go over the wire: D0 first. */
function reversed(nibble: number): number {
  return (nibble & 1) * 8 + (nibble & 2) * 2 + Math.floor((nibble & 4) / 2) + Math.floor((nibble & 8) / 8);
}

function sendRun(line: BitLine, nibbles: number[], first: number, end: number): void {
  line.select(true);
  line.send(MODE_DATA, 3);
  line.send(first, 6);
  for (let address = first; address < end; address++) {
    line.send(reversed(nibbles[address]), 4);
  }
  line.select(false);
}

/** Adds the segments of one character. */
function paint(nibbles: number[], character: number, segments: string): void {
  for (let index = 0; index < segments.length; index++) {
    const bit = SEGMENT_NAMES.indexOf(segments.substring(index, index + 1));
    if (bit >= 0) {
      const address = character * ADDRESSES_PER_CHARACTER + Math.floor(bit / 4);
      const place = bit % 4;
      nibbles[address] += place === 0 ? 1 : place === 1 ? 2 : place === 2 ? 4 : 8;
    }
  }
}

function picture(text: string, annunciators: string): number[] {
  const nibbles: number[] = [];
  while (nibbles.length < ADDRESSES) {
    nibbles.push(0);
  }
  for (let character = 0; character < text.length; character++) {
    paint(nibbles, character, segmentsOf(text.charCodeAt(character)));
  }
  for (let index = 0; index < annunciators.length; index++) {
    const character = ANNUNCIATORS.indexOf(annunciators.substring(index, index + 1));
    if (character >= 0) {
      nibbles[character * ADDRESSES_PER_CHARACTER + 3] += ANNUNCIATOR_BIT;
    }
  }
  return nibbles;
}

/** Sends the runs of addresses that differ; all of them without an old picture. */
function update(line: BitLine, old: number[], nibbles: number[]): void {
  let first = -1;
  for (let address = 0; address <= ADDRESSES; address++) {
    const differs = address < ADDRESSES && (old.length === 0 || old[address] !== nibbles[address]);
    if (differs && first < 0) {
      first = address;
    } else if (!differs && first >= 0) {
      sendRun(line, nibbles, first, address);
      first = -1;
    }
  }
}

export function createHt1621(line: BitLine): Display {
  let old: number[] = [];
  let shows = 0;
  return {
    show: function (text, annunciators) {
      assert(text.length <= CHARACTERS, "the glass has eight characters");
      if (shows % REFRESH_SHOWS === 0) {
        old = [];
        for (const code of COMMANDS) {
          command(line, code);
        }
      }
      shows += 1;
      const nibbles = picture(text, annunciators);
      update(line, old, nibbles);
      old = nibbles;
    },
  };
}
