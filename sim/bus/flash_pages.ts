/**
 * MCU flash behind an engine's flash calls: writes clear bits of whole words, an erase sets those of a page. A write
 * that is not made of whole words, or lies outside, is refused as the engine would throw.
 *
 * Fault: the plug is pulled after `cut_after` bytes of the next write, or in the next erase, which then has cleared a
 * part of its page; nothing is taken any more until `powered` is set again.
 */
import type { Cells } from "./cells";
import { cellAt, clearCells, createCells, setCell } from "./cells";
import type { FlashWires } from "./wires";

export interface FlashPagesTwin {
  pages: FlashWires;
  cells: Cells;
  cut_armed: boolean;
  cut_after: number;
  powered: boolean;
}

function pulled(twin: FlashPagesTwin): boolean {
  if (!twin.cut_armed) {
    return false;
  }
  twin.cut_armed = false;
  twin.powered = false;
  return true;
}

export function createFlashPages(size_bytes: number, page_bytes: number, word_bytes: number): FlashPagesTwin {
  const cells = createCells(size_bytes, 255);
  const twin: FlashPagesTwin = {
    pages: {
      read: function (address, length) {
        let bytes = "";
        while (bytes.length < length) {
          bytes = bytes + String.fromCharCode(cellAt(cells, address + bytes.length));
        }
        return bytes;
      },
      write: function (address, bytes) {
        if (address % word_bytes !== 0 || bytes.length % word_bytes !== 0 || address + bytes.length > size_bytes) {
          return false;
        }
        if (!twin.powered) {
          return true;
        }
        const cut = pulled(twin);
        for (let place = 0; place < bytes.length && !(cut && place >= twin.cut_after); place++) {
          setCell(cells, address + place, cellAt(cells, address + place) & bytes.charCodeAt(place));
        }
        return true;
      },
      erase_page: function (address) {
        if (twin.powered) {
          const cut = pulled(twin);
          clearCells(cells, address, cut ? Math.min(twin.cut_after, page_bytes) : page_bytes);
        }
        return true;
      },
    },
    cells: cells,
    cut_armed: false,
    cut_after: 0,
    powered: true,
  };
  return twin;
}
