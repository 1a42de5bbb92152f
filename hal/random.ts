/**
 * Random: bytes from a hardware noise source, fit for keys and challenges.
 */
export interface Random {
  /** `length` bytes (0 to 255), 1 to 256 of them; an empty array when the source failed its health test. */
  bytes(length: number): number[];
}
