/**
 * Bench: what a board without a console answers to whoever has its line, its case open: the board's identity, and its
 * nameplate given, kept and given up (program.ts), as `curbstop provision` asks for them. Whoever wires it (boards/)
 * decides who is heard; a console would let the same person run anything.
 *
 * A request is a line of ASCII, "bench NUMBER WORD ..."; its answer is the line "bench NUMBER ..." with the same number,
 * of up to ten digits, so that no answer that comes late is taken for another's.
 *
 *   who                system=TEXT chip=TEXT serial=HEX
 *   identity           as the service port's `id`
 *   stored             SHA-256 of the nameplate that is kept, hexadecimal, or "none": the keys in it never come back
 *   plate OFFSET HEX   the next part of a nameplate; how many bytes there are now. Offset 0 begins anew, and the part
 *                      that was sent last may be sent again
 *   provision          takes those bytes for its nameplate, and forgets them: "ok" or "error ..."
 *   newbooks           gives up the books and the nameplate, and restarts: "ok" or "error ..."
 *   clock UTC_S        sets the clock of the meter that runs: "ok" or "error ..."
 *   forget             gives up the nameplate alone, and restarts: "ok"
 *   restart            "ok"
 *
 * Anything else is answered with "error request". The parts are in memory only: a cut forgets them.
 */
import { bytesText, hexBytes, hexText } from "./card/bytes";
import { NAMEPLATE_MAX_BYTES } from "./nameplate";
import type { Machine, Program } from "./program";
import { decimal } from "./text";

const WORD = "bench ";
const NUMBER_MAX_DIGITS = 10;
/** Bytes of a part of a nameplate. */
export const BENCH_PART_BYTES = 240;
/** Longest request, with its LF. */
export const BENCH_LINE_MAX = 32 + 2 * BENCH_PART_BYTES;

/** What the bench asks of its board beyond what a program does. */
export interface BenchBoard {
  /** Name and version of the interpreter, without spaces; name of the chip; its serial number's bytes. */
  system(): string;
  chip(): string;
  serial(): number[];
  sha256(bytes: string): number[];
}

export function isBenchRequest(line: string): boolean {
  return line.substring(0, WORD.length) === WORD;
}

/** The word that begins at a place of the line. */
function wordAt(line: string, from: number): string {
  let end = from;
  while (end < line.length && line.charCodeAt(end) > 32) {
    end += 1;
  }
  return line.substring(from, end);
}

/** A whole number of up to ten digits; -1 for anything else. */
function wholeOf(word: string): number {
  let value = word.length >= 1 && word.length <= NUMBER_MAX_DIGITS ? 0 : -1;
  for (let place = 0; place < word.length && value >= 0; place++) {
    const digit = word.charCodeAt(place) - 48;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : -1;
  }
  return value;
}

/** The nameplate with one more part, undefined where the part does not follow. */
function withPart(plate: string, offset: number, part: string): string | undefined {
  const end = offset + part.length;
  const again = end === plate.length && plate.substring(offset, end) === part;
  const follows = offset === 0 || offset === plate.length || again;
  if (part.length === 0 || part.length > BENCH_PART_BYTES || end > NAMEPLATE_MAX_BYTES || !follows) {
    return undefined;
  }
  return again ? plate : plate.substring(0, offset) + part;
}

function who(board: BenchBoard): string {
  return "system=" + board.system() + " chip=" + board.chip() + " serial=" + hexText(board.serial());
}

function stored(machine: Machine, board: BenchBoard): string {
  const bytes = machine.stored();
  return bytes === undefined ? "none" : hexText(board.sha256(bytes));
}

/** What answers a request, without the LF of either. */
export function createBench(program: Program, machine: Machine, board: BenchBoard): (request: string) => string {
  let plate = "";
  const take = function (rest: string): string {
    const offset = wordAt(rest, 0);
    const part = bytesText(hexBytes(rest.substring(offset.length + 1, rest.length)));
    const longer = wholeOf(offset) < 0 ? undefined : withPart(plate, wholeOf(offset), part);
    if (longer === undefined) {
      return "error part";
    }
    plate = longer;
    return decimal(plate.length);
  };
  const answer = function (word: string, rest: string): string {
    if (word === "who") {
      return who(board);
    } else if (word === "identity") {
      return program.identity();
    } else if (word === "stored") {
      return stored(machine, board);
    } else if (word === "plate") {
      return take(rest);
    } else if (word === "provision") {
      const given = plate;
      plate = "";
      return program.provision(given);
    } else if (word === "newbooks") {
      return program.newBooks();
    } else if (word === "clock") {
      return program.setClock(wholeOf(rest));
    } else if (word === "forget" || word === "restart") {
      if (word === "forget") {
        machine.forget();
      }
      machine.restart_soon();
      return "ok";
    }
    return "error request";
  };
  return function (request) {
    const number = wordAt(request, WORD.length);
    if (wholeOf(number) < 0) {
      return WORD + "0 error number";
    }
    const word_at = WORD.length + number.length + 1;
    const word = wordAt(request, word_at);
    const rest = request.substring(word_at + word.length + 1, request.length);
    return WORD + number + " " + answer(word, rest);
  };
}
