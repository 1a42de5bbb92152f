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

export function arrayOf(bytes: ArrayBuffer): number[] {
  const view = new Uint8Array(bytes);
  const array: number[] = [];
  for (let index = 0; index < view.length; index++) {
    array.push(view[index]);
  }
  return array;
}
