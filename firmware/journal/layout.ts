/**
 * Layout: which sectors of the part hold what. Regions follow one another from sector 0:
 *
 *   sectors of the part   ring   events   history   update image
 *   7                        3        2         2              -
 *   8 to 15                  4        2      rest              -
 *   16 and more              6        3         4           rest
 *
 * Everything is written in blocks: the smallest whole number of pages that makes 256 bytes or more. A block holds
 * (a part of) one record or one lane of marks, so a program never touches a page that holds anything else.
 */
import { assert } from "../assert";
import type { NvmGeometry } from "../../hal/nvm";

/** The longest word, erased. */
export const BLANK_WORD = String.fromCharCode(255, 255, 255, 255, 255, 255, 255, 255);

const BLOCK_BYTES_MIN = 256;
const SECTOR_BLOCKS_MIN = 8;
const SECTORS_MIN = 7;

export interface Layout {
  readonly block_bytes: number;
  readonly sector_blocks: number;
  readonly ring_first: number;
  readonly ring_sectors: number;
  readonly events_first: number;
  readonly events_sectors: number;
  readonly history_first: number;
  readonly history_sectors: number;
  readonly image_first: number;
  readonly image_sectors: number;
}

/** A mark of 8 bytes must be one program, so words divide 8 and pages are made of eights. */
function pagesFit(geometry: NvmGeometry): boolean {
  const word_bytes = geometry.word_bytes;
  return (word_bytes === 1 || word_bytes === 4 || word_bytes === 8) && geometry.page_bytes % 8 === 0;
}

/** The layout of this part, or undefined when the journal cannot live on it. */
export function layoutOf(geometry: NvmGeometry): Layout | undefined {
  const page_bytes = geometry.page_bytes;
  const sectors = Math.floor(geometry.size_bytes / geometry.sector_bytes);
  if (page_bytes < 8 || !pagesFit(geometry) || sectors < SECTORS_MIN) {
    return undefined;
  }
  const block_bytes = Math.floor((BLOCK_BYTES_MIN + page_bytes - 1) / page_bytes) * page_bytes;
  const sector_blocks = Math.floor(geometry.sector_bytes / block_bytes);
  if (sector_blocks < SECTOR_BLOCKS_MIN || sector_blocks * block_bytes !== geometry.sector_bytes) {
    return undefined;
  }
  const large = sectors >= 16;
  const ring_sectors = large ? 6 : sectors >= 8 ? 4 : 3;
  const events_sectors = large ? 3 : 2;
  const history_sectors = large ? 4 : sectors - ring_sectors - events_sectors;
  const image_first = ring_sectors + events_sectors + history_sectors;
  assert(history_sectors >= 2 && image_first <= sectors, "every region fits");
  return {
    block_bytes: block_bytes,
    sector_blocks: sector_blocks,
    ring_first: 0,
    ring_sectors: ring_sectors,
    events_first: ring_sectors,
    events_sectors: events_sectors,
    history_first: ring_sectors + events_sectors,
    history_sectors: history_sectors,
    image_first: image_first,
    image_sectors: sectors - image_first,
  };
}
