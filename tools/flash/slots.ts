/**
 * Slots: where the firmware stands in a board's flash, and why a cable pulled at any byte leaves the old or the new.
 *
 * There are two slots of equal size. A slot begins at a page of the flash and holds
 *
 *    0   4  magic, "CSB1"
 *    4   8  sequence, hexadecimal; the higher one is the newer
 *   12   8  length of the bundle in bytes, hexadecimal
 *   20   8  CRC-32 (ISO-HDLC) of the bundle, hexadecimal
 *   28   8  CRC-32 of bytes 0 to 27, hexadecimal
 *   36  28  spaces
 *   64      the bundle, spaces up to a multiple of WORD_BYTES
 *
 * A slot is whole when both checks hold. The boot file (boot_file.ts) runs the whole slot with the higher sequence.
 *
 * An update touches only the slot that the boot file would not run: its first page is erased first, which takes its
 * header away; then the others; the bundle is written and read back; last of all the header is written, in one program.
 * Until that last program is complete the slot is not whole and the old firmware is run; from then on the new one. A
 * header or a bundle that is torn fails its CRC. One that reads whole at one boot and torn at the next (flash cut in the
 * middle of a program may) makes the meter run the new and then the old: each of them is complete.
 *
 * While an update by radio is tried (firmware/update/slot.ts), the slot that does not run is the one that the next start
 * runs: then nothing is written at all (update_slot.ts).
 *
 * Storage itself cannot promise that: it deletes a file before it writes the new one, and compacting copies pages through
 * RAM. So it is only the place: the slots are two files that are made once, empty, as large as there is room for, and
 * never deleted, resized or written through Storage again. Pages that lie wholly inside of a file are erased and written
 * with the module Flash; the headers of Storage stay as they are, and it never has a reason to compact. The boot file
 * is written once, before there is anything to lose, and not again unless it is missing or another program's.
 *
 * Where Storage is too small for two, and the chip has flash that neither Storage nor the interpreter uses, the slots
 * are at the top of that. Where neither has room, the board is refused: there is no safe way.
 */
import { crc32 } from "node:zlib";

export const MAGIC = "CSB1";
export const HEADER_BYTES = 64;
/** Flash of all chips here is written in words of 4 bytes or less. */
export const WORD_BYTES = 4;
export const SLOT_FILES = ["curbstop.a", "curbstop.b"] as const;

const FILE_HEADER_BYTES = 32;
/** Left to Storage for the boot file and what provisioning keeps there. */
const RESERVE_BYTES = 4096;
const SLOT_MAX_BYTES = 262_144;
const SEQUENCE_MAX = 0xffff_fffe;
const LENGTH_MAX = 1 << 24;

/** A slot as the boot file reads it: in a file of Storage from an offset on, or at an address of the chip. */
export interface Slot {
  /** Name of the file; "" for plain flash. */
  readonly file: string;
  /** Offset in the file; for plain flash the address. */
  readonly from: number;
  /** Address of the first byte. */
  readonly address: number;
  readonly size_bytes: number;
}

export interface Header {
  readonly sequence: number;
  readonly length_bytes: number;
  readonly crc: number;
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, "0");
}

/** The 64 bytes of a header, as text. */
export function headerText(header: Header): string {
  const { sequence, length_bytes, crc } = header;
  if (!Number.isInteger(sequence) || sequence < 1 || sequence > SEQUENCE_MAX)
    throw new Error("a sequence is out of range");
  if (length_bytes < 1 || length_bytes > LENGTH_MAX) throw new Error("a bundle is too long for a slot");
  const start = `${MAGIC}${hex8(sequence)}${hex8(length_bytes)}${hex8(crc)}`;
  return `${start}${hex8(crc32(start))}`.padEnd(HEADER_BYTES, " ");
}

/** What a header says, or undefined when it is none. */
export function readHeader(text: string): Header | undefined {
  const match = /^CSB1([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{8})/.exec(text);
  if (match === null) return undefined;
  const [sequence, length_bytes, crc, check] = match.slice(1).map((digits) => Number.parseInt(digits, 16));
  if (check !== crc32(text.slice(0, 28))) return undefined;
  if (sequence < 1 || sequence > SEQUENCE_MAX || length_bytes < 1 || length_bytes > LENGTH_MAX) return undefined;
  return { sequence, length_bytes, crc };
}

/** The bundle as it stands in a slot, after the header. */
export function bodyText(bundle: string): string {
  return bundle.padEnd(Math.ceil(bundle.length / WORD_BYTES) * WORD_BYTES, " ");
}

/** Size of the two files that Storage has room for; 0 when a slot in them would be smaller than `least_bytes`. */
export function fileBytes(free_bytes: number, page_bytes: number, least_bytes: number): number {
  const each_bytes = Math.floor((free_bytes - RESERVE_BYTES) / 2) - FILE_HEADER_BYTES;
  // One page more than the slot has, because a file does not begin at a page.
  const pages = Math.min(Math.floor(each_bytes / page_bytes) - 1, Math.floor(SLOT_MAX_BYTES / page_bytes));
  return pages * page_bytes >= least_bytes ? (pages + 1) * page_bytes : 0;
}

/** The slot inside of a file whose data begin at `address`. */
export function slotInFile(file: string, address: number, size_bytes: number, page_bytes: number): Slot {
  const start = Math.ceil(address / page_bytes) * page_bytes;
  const end = Math.floor((address + size_bytes) / page_bytes) * page_bytes;
  return { file, from: start - address, address: start, size_bytes: end - start };
}

/** Two slots at the top of an area of flash that nothing uses, or undefined. */
export function slotsInArea(
  area: { readonly addr: number; readonly length: number },
  page_bytes: number,
  least_bytes: number,
): [Slot, Slot] | undefined {
  const end = Math.floor((area.addr + area.length) / page_bytes) * page_bytes;
  const start = Math.ceil(area.addr / page_bytes) * page_bytes;
  const pages = Math.min(Math.floor((end - start) / page_bytes / 2), Math.floor(SLOT_MAX_BYTES / page_bytes));
  const size_bytes = pages * page_bytes;
  if (size_bytes < least_bytes) return undefined;
  const slot = (address: number): Slot => ({ file: "", from: address, address, size_bytes });
  return [slot(end - 2 * size_bytes), slot(end - size_bytes)];
}
