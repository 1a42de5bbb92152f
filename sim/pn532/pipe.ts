/**
 * Byte pipe in virtual time: two byte lines, each the other's far end, at 115200 baud. What is written arrives later,
 * in order, in pieces of at most `piece_bytes`.
 *
 * Faults, each put on one byte of one direction by its number (the first byte ever written is 0):
 *   lost      the byte does not arrive
 *   flipped   `bits` of it arrive the other way round
 *   garbage   other bytes arrive ahead of it
 * Not modelled: a baud rate that does not match, echo, overrun of a receiver's buffer.
 */
import type { ByteLine } from "../../firmware/reader/byte_line";
import { hearNobody } from "../../firmware/reader/byte_line";
import type { Queue } from "../world/queue";
import { createEvent, scheduleEvent } from "../world/queue";

const BITS_PER_BYTE = 10;
const BAUD_PER_MS = 115;

export interface LineFault {
  at_byte: number;
  kind: "lost" | "flipped" | "garbage";
  /** Of "flipped": what is exclusive-ored. */
  bits: number;
  /** Of "garbage". */
  bytes: number[];
}

export interface Direction {
  written_bytes: number;
  faults: LineFault[];
  piece_bytes: number;
  /** When the last byte so far will have arrived. */
  free_at_ms: number;
  listener: (bytes: number[]) => void;
}

export interface BytePipe {
  host: ByteLine;
  chip: ByteLine;
  to_chip: Direction;
  to_host: Direction;
}

function createDirection(piece_bytes: number): Direction {
  return {
    written_bytes: 0,
    faults: [],
    piece_bytes: piece_bytes,
    free_at_ms: 0,
    listener: hearNobody,
  };
}

function spoil(direction: Direction, bytes: number[]): number[] {
  const spoiled: number[] = [];
  for (const byte of bytes) {
    let value = byte;
    let lost = false;
    for (const fault of direction.faults) {
      if (fault.at_byte === direction.written_bytes) {
        for (const one of fault.bytes) {
          spoiled.push(one);
        }
        value = value ^ fault.bits;
        lost = lost || fault.kind === "lost";
      }
    }
    if (!lost) {
      spoiled.push(value);
    }
    direction.written_bytes += 1;
  }
  return spoiled;
}

function deliver(queue: Queue, direction: Direction, piece: number[]): void {
  const begin_ms = Math.max(queue.now_ms, direction.free_at_ms);
  direction.free_at_ms = begin_ms + Math.floor((piece.length * BITS_PER_BYTE + BAUD_PER_MS - 1) / BAUD_PER_MS);
  const arrival = createEvent(function () {
    direction.listener(piece);
  });
  scheduleEvent(queue, arrival, direction.free_at_ms);
}

function write(queue: Queue, direction: Direction, bytes: number[]): void {
  let piece: number[] = [];
  for (const byte of spoil(direction, bytes)) {
    piece.push(byte);
    if (piece.length === direction.piece_bytes) {
      deliver(queue, direction, piece);
      piece = [];
    }
  }
  if (piece.length > 0) {
    deliver(queue, direction, piece);
  }
}

function createEnd(queue: Queue, out: Direction, into: Direction): ByteLine {
  return {
    write: function (bytes) {
      write(queue, out, bytes);
    },
    on_bytes: function (listener) {
      into.listener = listener;
    },
  };
}

export function createBytePipe(queue: Queue, piece_bytes: number): BytePipe {
  const to_chip = createDirection(piece_bytes);
  const to_host = createDirection(piece_bytes);
  return {
    host: createEnd(queue, to_chip, to_host),
    chip: createEnd(queue, to_host, to_chip),
    to_chip: to_chip,
    to_host: to_host,
  };
}

export function loseByte(direction: Direction, at_byte: number): void {
  direction.faults.push({ at_byte: at_byte, kind: "lost", bits: 0, bytes: [] });
}

export function flipBits(direction: Direction, at_byte: number, bits: number): void {
  direction.faults.push({ at_byte: at_byte, kind: "flipped", bits: bits, bytes: [] });
}

export function putGarbage(direction: Direction, at_byte: number, bytes: number[]): void {
  direction.faults.push({ at_byte: at_byte, kind: "garbage", bits: 0, bytes: bytes });
}
