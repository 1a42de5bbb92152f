/**
 * Crypto: what a board computes natively, or by the firmware's own room crypto/ where the chip has nothing for it
 * (`createAes`); the board decides, so that a bundle holds one of the two. Bytes are integers 0 to 255. No method keeps
 * a key after it returns, but for `aes_cmac`.
 */
export type HashChain = (
  link: number[],
  value_first: number,
  n: number,
  step_place: number,
  from: number,
  to: number,
) => number[];

/**
 * The CMAC of a message under the key it was made for, chained on from `initial` (zeros as in RFC 4493). What it returns
 * may be the engine's own kind of list: its 16 bytes can be indexed, sliced and passed on as `initial`, nothing else.
 */
export type Cmac = (initial: number[], message: number[]) => number[];

export interface Crypto {
  /** AES-128 (FIPS 197) in CBC mode (NIST SP 800-38A 6.2) over whole 16-byte blocks, without padding. */
  aes_cbc_encrypt(key: number[], initial: number[], data: number[]): number[];
  aes_cbc_decrypt(key: number[], initial: number[], data: number[]): number[];
  /** SHA-256 (FIPS 180-4), 32 bytes; undefined where the firmware must use its own. */
  readonly sha256: ((data: number[]) => number[]) | undefined;
  /**
   * A hash chain without the interpreter in between, where a board can do it: for each step from `from` to below `to`,
   * the byte at `step_place` becomes the step, and the n bytes at `value_first` become the first n of SHA-256 of the
   * whole link. Returns those n bytes; of the link itself, nothing but these bytes may be another afterwards. At most 255
   * steps, at least one.
   */
  readonly sha256_chain?: HashChain;
  /**
   * AES-CMAC (RFC 4493) without the interpreter in between, where a board can do it: with words of four bytes, and no
   * list of the whole message that has to be made. `whole` and `padded` are the key's subkeys K1 and K2. What it returns
   * keeps the key, as long as it is kept itself.
   */
  readonly aes_cmac?: (key: number[], whole: number[], padded: number[]) => Cmac;
}
