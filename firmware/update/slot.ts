/**
 * Slot: a place for one firmware in the board's flash, as an update fills it. (What comes by cable has a shorter head:
 * tools/flash/slots.ts.) Texts are ASCII, numbers in them hexadecimal.
 *
 *    0   4  magic, "CSB2"
 *    4   8  sequence; of two slots the higher one is the newer
 *   12   8  length of the image
 *   20   8  CRC-32 of the image without its top bit (journal/crc.ts)
 *   28   8  the same of bytes 0 to 27
 *   36   4  spaces
 *   40  16  mark: pending     the image is whole and verified; the next boot tries it
 *   56  16  mark: tried       set by the boot code before it runs the image for the first time
 *   72  16  mark: confirmed   set by the firmware once it has shown that it counts
 *   88 168  blank: a cut may change a byte of the page that it comes in, so head and image share none
 *  256      image, spaces up to a multiple of 8
 *   ..      what staging.ts keeps, whole sectors at the end of the slot
 *
 * What the boot code does, on a board (tools/flash/boot_file.ts; that of Lua boards holds the image to the SHA-256 of the
 * manifest behind it instead of the checksum: tools/update/boot_look.ts) and in the simulator (sim/twins/firmware_slots.ts):
 * of the slots whose head and image have their checks it runs the one with the highest sequence that
 *
 *   came by cable, or is confirmed            or
 *   is pending and was never tried            it sets `tried` first, reads it back, and starts the watchdog
 *
 * So an image runs once without being confirmed: whatever ends that run, a reset, the watchdog or a cut, the next boot runs
 * the older slot, which nothing has written to meanwhile. What was tried and not confirmed is run only where nothing else
 * is whole.
 *
 * A mark is eight bytes, twice, in words of their own. It is set when either is exact, and touched when any bit of it has
 * changed. A cut in the middle of the first copy leaves it set, or not, or reading now so and now so; whoever finds one
 * copy exact and the other not writes the other before it goes on, so that what one boot has read the next one reads too.
 * `tried` counts when it is touched: in doubt, the old firmware.
 */
import type { Nvm, NvmResult } from "../../hal/nvm";
import { hexBytes, wholeAt } from "../card/bytes";
import { CRC_START, checksum, crcEnd, crcText } from "../journal/crc";

export const SLOT_MAGIC = "CSB2";
const CABLE_MAGIC = "CSB1";
const HEAD_TEXT_BYTES = 40;
const CHECKED_BYTES = 28;
const CABLE_IMAGE_FIRST = 64;
/** Where the image of an update begins. */
export const IMAGE_FIRST = 256;

export const MARK_PENDING = 40;
export const MARK_TRIED = 56;
export const MARK_CONFIRMED = 72;
export const MARK = "CSB-MARK";
const MARK_BYTES = 8;
const BLANK = 255;
const CHECKSUM_END = 2147483648;
/** A piece of an image that is read at once. */
const PIECE_BYTES = 512;

export interface SlotHead {
  by_cable: boolean;
  sequence: number;
  image_bytes: number;
  image_crc: number;
  /** Where the image begins. */
  image_first: number;
}

const HEX_DIGITS = "0123456789abcdef";

/** A whole number as so many hexadecimal digits. */
export function hexText(value: number, count: number): string {
  let text = "";
  let rest = value;
  for (let i = 0; i < count; i++) {
    const digit = rest % 16;
    text = HEX_DIGITS.substring(digit, digit + 1) + text;
    rest = Math.floor(rest / 16);
  }
  return text;
}

/** The first 40 bytes of a slot. */
export function headText(nvm: Nvm, sequence: number, image_bytes: number, image_crc: number): string {
  const start = SLOT_MAGIC + hexText(sequence, 8) + hexText(image_bytes, 8) + hexText(image_crc, 8);
  return start + hexText(checksum(nvm, start), 8) + "    ";
}

/** What a slot's head says; undefined when it is none. */
export function readHead(nvm: Nvm): SlotHead | undefined {
  const text = nvm.read(0, HEAD_TEXT_BYTES);
  const magic = text.substring(0, 4);
  const by_cable = magic === CABLE_MAGIC;
  const numbers = hexBytes(text.substring(4, 36));
  if ((!by_cable && magic !== SLOT_MAGIC) || numbers.length !== 16) {
    return undefined;
  }
  if (wholeAt(numbers, 12, 4) % CHECKSUM_END !== checksum(nvm, text.substring(0, CHECKED_BYTES))) {
    return undefined;
  }
  return {
    by_cable: by_cable,
    sequence: wholeAt(numbers, 0, 4),
    image_bytes: wholeAt(numbers, 4, 4),
    image_crc: wholeAt(numbers, 8, 4) % CHECKSUM_END,
    image_first: by_cable ? CABLE_IMAGE_FIRST : IMAGE_FIRST,
  };
}

/** Whether the image has the checksum of its head. */
export function imageWhole(nvm: Nvm, head: SlotHead): boolean {
  const end = head.image_first + head.image_bytes;
  if (end > nvm.geometry.size_bytes) {
    return false;
  }
  let crc = CRC_START;
  for (let at = head.image_first; at < end; at += PIECE_BYTES) {
    crc = crcText(crc, nvm.read(at, Math.min(PIECE_BYTES, end - at)));
  }
  return crcEnd(crc) === head.image_crc;
}

/** How many copies of a mark are exact. */
export function markCopies(nvm: Nvm, mark: number): number {
  const text = nvm.read(mark, 2 * MARK_BYTES);
  return (
    (text.substring(0, MARK_BYTES) === MARK ? 1 : 0) + (text.substring(MARK_BYTES, 2 * MARK_BYTES) === MARK ? 1 : 0)
  );
}

export function markSet(nvm: Nvm, mark: number): boolean {
  return markCopies(nvm, mark) > 0;
}

export function markTouched(nvm: Nvm, mark: number): boolean {
  const text = nvm.read(mark, 2 * MARK_BYTES);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== BLANK) {
      return true;
    }
  }
  return false;
}

/** Sets both copies of a mark; false when none of them is exact afterwards. */
export function setMark(nvm: Nvm, mark: number): boolean {
  for (let at = mark; at < mark + 2 * MARK_BYTES; at += MARK_BYTES) {
    if (nvm.read(at, MARK_BYTES) !== MARK) {
      nvm.program(at, MARK);
    }
  }
  return markSet(nvm, mark);
}

/** Programs a run of whole words, page by page; "refused" when it does not read back. */
export function programRun(nvm: Nvm, address: number, text: string): NvmResult {
  const page_bytes = nvm.geometry.page_bytes;
  let at = 0;
  while (at < text.length) {
    const count = Math.min(page_bytes - ((address + at) % page_bytes), text.length - at);
    const result = nvm.program(address + at, text.substring(at, at + count));
    if (result !== "ok") {
      return result;
    }
    at += count;
  }
  return nvm.read(address, text.length) === text ? "ok" : "refused";
}
