/** Bytes as texts of characters 0 to 255, which is how the memory takes and gives them (hal/nvm.ts), and back. */

export function textOf(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

export function bytesOf(text: string): number[] {
  return Array.from(text, (_, place) => text.charCodeAt(place));
}

/** The text with another byte at this place. */
export function withByte(text: string, place: number, byte: number): string {
  return text.substring(0, place) + String.fromCharCode(byte) + text.substring(place + 1);
}
