/**
 * What a slot that an update by radio has filled (firmware/update/slot.ts) is good for, read over the console with the
 * firmware's own functions: while an update is tried, the next start goes back to the other slot, which no cable may touch.
 */
import { IMAGE_FIRST, MARK_CONFIRMED, markSet, readHead, SLOT_MAGIC } from "../../firmware/update/slot";
import type { Nvm } from "../../hal/nvm";

/** Parts of a slot that were read, as a memory that is blank everywhere else and takes nothing. */
export function memoryOf(size_bytes: number, parts: readonly (readonly [number, string])[]): Nvm {
  return {
    geometry: { size_bytes, sector_bytes: 4096, page_bytes: 256, word_bytes: 1, programs_per_erase: 1, erase_limit: 1 },
    read: (address, length) => {
      const [first, text] = parts.find(([from, part]) => address >= from && address < from + part.length) ?? [0, ""];
      return text.slice(address - first, address - first + length).padEnd(length, "\xff");
    },
    program: () => "refused",
    erase: () => "refused",
    crc32: undefined,
  };
}

/** What stands in a slot in the form of updates. */
export interface UpdateInSlot {
  readonly confirmed: boolean;
  readonly sequence: number;
  /** The CRC-32 that the image must have without its top bit, and where it is. */
  readonly crc: number;
  readonly image_first: number;
  readonly image_bytes: number;
}

/** How much of a slot's beginning `updateIn` looks at. */
export const FRONT_BYTES = IMAGE_FIRST;

/** The update whose first FRONT_BYTES these are; undefined where they are those of none. */
export function updateIn(front: string, size_bytes: number): UpdateInSlot | undefined {
  if (!front.startsWith(SLOT_MAGIC)) return undefined;
  const memory = memoryOf(size_bytes, [[0, front]]);
  const head = readHead(memory);
  if (head === undefined || head.image_first + head.image_bytes > size_bytes) return undefined;
  const { sequence, image_crc, image_first, image_bytes } = head;
  return { confirmed: markSet(memory, MARK_CONFIRMED), sequence, crc: image_crc, image_first, image_bytes };
}
