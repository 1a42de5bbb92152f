/**
 * Cells: what a memory chip holds, as pages of text that are replaced and never changed, so that a blank chip of a
 * megabyte costs nothing.
 */
import { assert } from "../../firmware/assert";

const CELL_PAGE_BYTES = 256;

export interface Cells {
  size_bytes: number;
  /** By number; empty while the page has its first value throughout. */
  pages: string[];
  blank_page: string;
}

export function createCells(size_bytes: number, first_value: number): Cells {
  assert(size_bytes % CELL_PAGE_BYTES === 0, "a memory has whole pages");
  let blank_page = "";
  while (blank_page.length < CELL_PAGE_BYTES) {
    blank_page = blank_page + String.fromCharCode(first_value);
  }
  const pages: string[] = [];
  while (pages.length * CELL_PAGE_BYTES < size_bytes) {
    pages.push("");
  }
  return { size_bytes: size_bytes, pages: pages, blank_page: blank_page };
}

export function cellAt(cells: Cells, address: number): number {
  const page = cells.pages[Math.floor(address / CELL_PAGE_BYTES)];
  return (page.length === 0 ? cells.blank_page : page).charCodeAt(address % CELL_PAGE_BYTES);
}

export function setCell(cells: Cells, address: number, value: number): void {
  const number = Math.floor(address / CELL_PAGE_BYTES);
  const page = cells.pages[number].length === 0 ? cells.blank_page : cells.pages[number];
  const place = address % CELL_PAGE_BYTES;
  cells.pages[number] =
    page.substring(0, place) + String.fromCharCode(value) + page.substring(place + 1, CELL_PAGE_BYTES);
}

/** Gives a run of whole pages its first value again. */
export function clearCells(cells: Cells, address: number, length: number): void {
  assert(address % CELL_PAGE_BYTES === 0 && length % CELL_PAGE_BYTES === 0, "whole pages are cleared");
  for (let page = 0; page < Math.floor(length / CELL_PAGE_BYTES); page++) {
    cells.pages[Math.floor(address / CELL_PAGE_BYTES) + page] = "";
  }
}
