/**
 * Slot file: a firmware in NodeMCU's file system (SPIFFS), and why a cable pulled at any byte leaves the old or the new.
 *
 *    0  13  "--curbstop 1 ": the file is Lua that begins with two comments
 *   13  64  SHA-256 of everything from byte 78 on, hexadecimal
 *   77   1  LF
 *   78   2  "--"
 *   80   8  sequence, hexadecimal; the higher one is the newer
 *   88   1  LF
 *   89      the bundle, to the end of the file
 *
 * There are two, SLOT_FILES. A slot is whole when its SHA-256 holds; the boot file (boot_file.ts) runs the whole one with
 * the higher sequence. An upload removes the file that the boot file would not run, writes the new firmware as NEW_FILE,
 * reads it back, and renames it: only then the boot file knows it. SPIFFS renames by writing a new page with the name
 * before it gives the old page up, and never onto a name that is taken, so no rename here replaces a file. Whatever a cut
 * leaves of a file, of any of them, fails its SHA-256.
 *
 * An update by radio fills such a file in another form (firmware/update/slot.ts). An upload keeps one that is confirmed or
 * runs, takes the sequence above it, and gives up what is still being collected.
 *
 * What the file system itself makes of a cut in the middle of its own page is not known here: NodeMCU formats a
 * partition that it cannot mount. The books are not in it.
 */
import { createHash } from "node:crypto";

export const SLOT_FILES = ["curbstop.a", "curbstop.b"] as const;
/** What is being written; nothing runs it. */
export const NEW_FILE = "curbstop.new";
/** From here on the SHA-256 counts. */
export const HASHED_FIRST = 78;
export const HEADER_BYTES = 89;
/**
 * A slot that an update by radio fills (firmware/update/slot.ts, boards/nodemcu/slots.ts) is a file of so many bytes at the
 * most: two and what the file system takes for itself fit into 1.25 MB.
 */
export const UPDATE_SLOT_BYTES = 524_288;
/** As boards/nodemcu/slots.ts has them. In the last one is the record of the manifest. */
export const SECTOR_BYTES = 4096;

const SEQUENCE_MAX = 0xffff_fffe;

export type SlotName = (typeof SLOT_FILES)[number];

export interface SlotHeader {
  readonly sequence: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** False for an update that is being tried, true for one that has confirmed itself; what came by cable says nothing. */
  readonly confirmed?: boolean;
}

export function sha256Hex(text: string): string {
  return createHash("sha256").update(Buffer.from(text, "latin1")).digest("hex");
}

/** The text of a slot file. */
export function slotText(bundle: string, sequence: number): string {
  if (!Number.isInteger(sequence) || sequence < 1 || sequence > SEQUENCE_MAX)
    throw new Error("a sequence is out of range");
  const hashed = `--${sequence.toString(16).padStart(8, "0")}\n${bundle}`;
  return `--curbstop 1 ${sha256Hex(hashed)}\n${hashed}`;
}

/** What the first HEADER_BYTES of a file say, or undefined when they are no header. */
export function readSlotHeader(text: string): SlotHeader | undefined {
  const match = /^--curbstop 1 ([0-9a-f]{64})\n--([0-9a-f]{8})\n$/.exec(text);
  if (match === null) return undefined;
  const sequence = Number.parseInt(match[2], 16);
  return sequence < 1 || sequence > SEQUENCE_MAX ? undefined : { sequence, sha256: match[1] };
}
