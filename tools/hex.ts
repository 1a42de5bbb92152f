/** Bytes as hexadecimal digits, for people and files. */
export function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("hex").toUpperCase();
}
