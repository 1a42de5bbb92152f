/**
 * Frames in pieces, where a LoRaWAN frame carries less than one of ours: 51 bytes at the slowest rates of EU868, which is
 * also what most networks send at in class C. Both ways; a frame that fits goes whole.
 *
 *   0  1  pieces of the frame, 2 to PIECES_MAX: less than the L with which any frame begins (frames.ts), so none is one
 *   1  1  number of the frame, modulo 32, times 8, and the piece's place, from 0 on
 *   2  n  its bytes
 *
 * Pieces may come in any order and more than once. Of one that is lost the frame is lost, and sent again as any that was
 * lost. Pieces of two frames of one number make a frame that nobody takes: its sums and its MAC are wrong.
 */
import { assert } from "../assert";
import { bytesAt, putBytes } from "../card/bytes";

export const PIECES_MAX = 8;
const HEAD_BYTES = 2;
const PLACES = 8;
const NUMBERS = 32;
/** The longest frame of ours that there can be: in format B, with L and sums (radio/frames.ts). */
export const WHOLE_MAX_BYTES = 256;
/** In less than this the longest frame finds no room in PIECES_MAX. */
export const PIECE_MIN_BYTES = HEAD_BYTES + Math.floor((WHOLE_MAX_BYTES + PIECES_MAX - 1) / PIECES_MAX);

/** What has come of a frame. */
export interface PieceBox {
  /** Its first two bytes, without the place. */
  count: number;
  number: number;
  /** By place; empty where one is missing. */
  parts: number[][];
}

export function createPieceBox(): PieceBox {
  return { count: 0, number: 0, parts: [] };
}

export function isPiece(payload: number[]): boolean {
  return payload.length > HEAD_BYTES && payload[0] >= 2 && payload[0] <= PIECES_MAX;
}

/** The payloads that carry a frame; `number` is one more for each. */
export function piecesOf(frame: number[], most_bytes: number, number: number): number[][] {
  assert(frame.length > 0 && frame.length <= WHOLE_MAX_BYTES, "a frame has a length");
  if (frame.length <= most_bytes) {
    return [frame];
  }
  assert(most_bytes >= PIECE_MIN_BYTES, "a frame finds room in its pieces");
  const each_bytes = most_bytes - HEAD_BYTES;
  const count = Math.floor((frame.length + each_bytes - 1) / each_bytes);
  const pieces: number[][] = [];
  for (let place = 0; place < count; place++) {
    const piece = [count, (number % NUMBERS) * PLACES + place];
    const first = place * each_bytes;
    putBytes(piece, bytesAt(frame, first, Math.min(each_bytes, frame.length - first)));
    pieces.push(piece);
  }
  return pieces;
}

/** Takes a piece; the frame when it is whole. */
export function takePiece(box: PieceBox, piece: number[]): number[] | undefined {
  const place = piece[1] % PLACES;
  const number = Math.floor(piece[1] / PLACES);
  if (piece[0] !== box.count || number !== box.number) {
    box.count = piece[0];
    box.number = number;
    box.parts = [];
    for (let i = 0; i < box.count; i++) {
      box.parts.push([]);
    }
  }
  if (place >= box.count) {
    return undefined;
  }
  box.parts[place] = bytesAt(piece, HEAD_BYTES, piece.length - HEAD_BYTES);
  const frame: number[] = [];
  for (const part of box.parts) {
    if (part.length === 0) {
      return undefined;
    }
    putBytes(frame, part);
  }
  box.count = 0;
  box.parts = [];
  return frame.length <= WHOLE_MAX_BYTES ? frame : undefined;
}
