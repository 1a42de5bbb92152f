/**
 * Non-volatile memory: NOR flash, MCU flash, EEPROM or FRAM behind one geometry.
 *
 * Preconditions on the hardware, which the journal's proof stands on: a program only clears bits (1 to 0) of the words
 * named (FRAM and EEPROM set them as well: nobody may rely on either); an erase sets every bit of one sector; after a
 * power cut inside either, any subset of the bits that should have changed may have changed, and may read differently
 * from one read to the next until they are erased; a program that is cut may also change another byte of its page. A
 * worn sector takes a program or an erase without effect and answers "ok": only a read tells. While the supply is too
 * low for "ok", reads may be wrong or empty.
 *
 * Bytes are a text of characters 0 to 255: engines copy texts to and from memory natively, and a number array takes
 * twelve times as much on a small one. What `read` returns is a copy: it stays what it is when the memory changes or
 * reads differently later, so a driver must not hand out a view of memory-mapped flash.
 */

/** What `programs_per_erase` says where words may be programmed without limit (FRAM, EEPROM). */
export const PROGRAMS_UNLIMITED = 1000000000;

export interface NvmGeometry {
  readonly size_bytes: number;
  /** Smallest unit of erase. FRAM and EEPROM, which need no erase, state the same size and take `erase` as a fill. */
  readonly sector_bytes: number;
  /** Largest run that one `program` may write; a run must not cross a page. */
  readonly page_bytes: number;
  /** Alignment and smallest length of a program: 1, 4 or 8. */
  readonly word_bytes: number;
  /** How often a word may be programmed between erases: 1 for ECC flash, 2 to 255 for NOR, or PROGRAMS_UNLIMITED. */
  readonly programs_per_erase: number;
  /** Erases that a sector is specified to survive. */
  readonly erase_limit: number;
}

/** "range": outside the memory or misaligned; "low_power": the supply forbids it; "refused": the part said no. */
export type NvmResult = "ok" | "range" | "low_power" | "refused";

export interface Nvm {
  readonly geometry: NvmGeometry;
  /** Reads `length` bytes; an empty text when the range is outside the memory. */
  read(address: number, length: number): string;
  /** Programs and waits for the end, 0.1 to 5 ms. */
  program(address: number, bytes: string): NvmResult;
  /** Erases one sector (0-based number) and waits for the end, 20 to 400 ms. */
  erase(sector: number): NvmResult;
  /**
   * CRC-32 (ISO-HDLC, as in zlib) of a text of bytes, 0 to 2^32 - 1, where the board computes it natively; undefined
   * where the firmware must use its own. All records are checked by it, so it may not fail.
   */
  readonly crc32: ((bytes: string) => number) | undefined;
}
