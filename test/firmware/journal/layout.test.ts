import assert from "node:assert/strict";
import { layoutOf } from "../../../firmware/journal/layout";
import { GEOMETRIES } from "./tearing_nvm";

const nor = GEOMETRIES["nor"];
const withSectors = (sectors: number) => ({ ...nor, size_bytes: sectors * nor.sector_bytes });

describe("journal: layout", () => {
  it("gives every region its sectors, one after another, on parts of any size", () => {
    for (let sectors = 7; sectors <= 70; sectors++) {
      const layout = layoutOf(withSectors(sectors))!;
      assert.equal(layout.ring_first, 0);
      assert.equal(layout.events_first, layout.ring_sectors);
      assert.equal(layout.history_first, layout.events_first + layout.events_sectors);
      assert.equal(layout.image_first, layout.history_first + layout.history_sectors);
      assert.equal(layout.image_first + layout.image_sectors, sectors);
      const regions = [layout.ring_sectors, layout.events_sectors, layout.history_sectors, layout.image_sectors];
      const expected = sectors === 7 ? [3, 2, 2, 0] : sectors < 16 ? [4, 2, sectors - 6, 0] : [6, 3, 4, sectors - 13];
      assert.deepEqual(regions, expected);
    }
  });

  it("makes blocks of whole pages, 256 bytes or more", () => {
    const expected: Record<string, [number, number]> = {
      nor: [256, 16],
      nor_small: [256, 16],
      nor_large: [256, 16],
      nrf52: [512, 8],
      stm32l4: [256, 8],
      stm32l4_row: [256, 8],
      fram: [256, 16],
    };
    for (const [name, geometry] of Object.entries(GEOMETRIES)) {
      const layout = layoutOf(geometry)!;
      assert.deepEqual([layout.block_bytes, layout.sector_blocks], expected[name], name);
    }
    assert.equal(layoutOf({ ...nor, page_bytes: 24, sector_bytes: 264 * 8, size_bytes: 264 * 64 })?.block_bytes, 264);
  });

  it("refuses parts that are too small, sectors of less than eight blocks, odd words and odd pages", () => {
    assert.equal(layoutOf(withSectors(6)), undefined);
    assert.equal(layoutOf({ ...nor, sector_bytes: 1792, size_bytes: 1792 * 8 }), undefined);
    assert.equal(layoutOf({ ...nor, sector_bytes: 2200, size_bytes: 2200 * 8 }), undefined);
    assert.equal(layoutOf({ ...nor, word_bytes: 16 }), undefined);
    assert.equal(layoutOf({ ...nor, word_bytes: 2 }), undefined);
    assert.equal(layoutOf({ ...nor, page_bytes: 4 }), undefined);
    assert.equal(layoutOf({ ...nor, page_bytes: 0 }), undefined);
    assert.equal(layoutOf({ ...nor, page_bytes: 260 }), undefined);
    assert.equal(layoutOf({ ...nor, page_bytes: 12, sector_bytes: 264 * 8, size_bytes: 264 * 64 }), undefined);
  });
});
