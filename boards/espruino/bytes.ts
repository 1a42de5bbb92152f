/// <reference path="./espruino.d.ts" />
/**
 * Bytes on Espruino: texts of characters 0 to 255, and what its native calls take and give.
 *
 * `String.fromCharCode.apply` takes a typed array; it puts every byte on the interpreter's stack, so long runs go in
 * pieces.
 */
const PIECE_BYTES = 128;

/** A text of what a native call gave; empty when it gave nothing, for want of memory. */
export function textOfBytes(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) {
    return "";
  }
  let text = "";
  for (let first = 0; first < bytes.length; first += PIECE_BYTES) {
    const piece = new Uint8Array(bytes.buffer, bytes.byteOffset + first, Math.min(PIECE_BYTES, bytes.length - first));
    text = text + String.fromCharCode.apply(undefined, piece as unknown as number[]);
  }
  return text;
}

/** A list of what a native call gave, from a place on. The interpreter's `slice` of a typed array gives a plain one. */
export function arrayOf(bytes: ArrayBuffer, first: number): number[] {
  return new Uint8Array(bytes, first).slice() as unknown as number[];
}
