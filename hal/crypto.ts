/**
 * Crypto: primitives that the board has natively. A board leaves out what it lacks; the firmware then uses its own.
 * Bytes are integers 0 to 255. No method keeps a key after it returns.
 */
export interface Crypto {
  /** AES-128 ECB over whole 16-byte blocks (FIPS 197). */
  readonly aes_ecb_encrypt: ((key: number[], data: number[]) => number[]) | undefined;
  readonly aes_ecb_decrypt: ((key: number[], data: number[]) => number[]) | undefined;
  /** SHA-256 (FIPS 180-4), 32 bytes. */
  readonly sha256: ((data: number[]) => number[]) | undefined;
}
