/** Bytes as texts of characters 0 to 255, which is how the memory takes and gives them (hal/nvm.ts), and back. */

/** A call takes only so many arguments. */
const PIECE = 8192;

/** As a whole or in pieces and not byte by byte: the torture of a memory reads it millions of times. */
export function textOf(bytes: Iterable<number>): string {
  if (bytes instanceof Uint8Array) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const all = [...bytes];
  let text = "";
  for (let start = 0; start < all.length; start += PIECE)
    text += String.fromCharCode(...all.slice(start, start + PIECE));
  return text;
}

export function bytesOf(text: string): number[] {
  const bytes = new Array<number>(text.length);
  for (let place = 0; place < text.length; place++) bytes[place] = text.charCodeAt(place);
  return bytes;
}

/** The text with another byte at this place. */
export function withByte(text: string, place: number, byte: number): string {
  return text.substring(0, place) + String.fromCharCode(byte) + text.substring(place + 1);
}
