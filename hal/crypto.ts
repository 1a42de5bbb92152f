/**
 * Crypto: what a board computes natively, or by the firmware's own room crypto/ where the chip has nothing for it
 * (`createAes`); the board decides, so that a bundle holds one of the two. Bytes are integers 0 to 255. No method keeps
 * a key after it returns.
 */
export interface Crypto {
  /** AES-128 (FIPS 197) in CBC mode (NIST SP 800-38A 6.2) over whole 16-byte blocks, without padding. */
  aes_cbc_encrypt(key: number[], initial: number[], data: number[]): number[];
  aes_cbc_decrypt(key: number[], initial: number[], data: number[]): number[];
  /** SHA-256 (FIPS 180-4), 32 bytes; undefined where the firmware must use its own. */
  readonly sha256: ((data: number[]) => number[]) | undefined;
}
