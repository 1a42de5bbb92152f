/**
 * Wear: how often each sector of the ring and the archives was erased, and which were retired.
 *
 *   one whole number a sector: erases, or -1 - erases once the sector is retired
 *
 * Direction of error: an erase that no commit follows before a cut is not counted, at most one region's worth a cut.
 */
import { assert } from "../assert";
import type { Nvm } from "../../hal/nvm";
import type { Fields } from "./fields";
import { wholeField } from "./fields";
import type { Layout } from "./layout";
import { BLANK_WORD } from "./layout";

/** Counting stops here; FRAM, which does not wear, may get this far. */
const ERASES_MAX = 10000000;
/** Bytes of one sector in the commit, at most. */
export const WEAR_SECTOR_BYTES_MAX = 4;

/** Bytes that are read at once to see whether they are blank. */
const CHECK_BYTES = 256;

export interface Wear {
  /** By sector, from sector 0 to the last before the image. */
  erases: number[];
  /** Never erased or programmed again; what it holds may still be read. */
  retired: boolean[];
  /** Both as they stand in a commit; "" when they have changed since. Most commits erase nothing. */
  text: string;
}

export interface Lifetime {
  /** Erases of the sector that was erased most. */
  erases_max: number;
  erase_limit: number;
  used_permille: number;
  /** Sectors retired. */
  retired: number;
}

export function createWear(layout: Layout): Wear {
  const wear: Wear = { erases: [], retired: [], text: "" };
  for (let sector = 0; sector < layout.image_first; sector++) {
    wear.erases.push(0);
    wear.retired.push(false);
  }
  return wear;
}

/** Gives a sector up. */
export function retireSector(wear: Wear, sector: number): void {
  wear.retired[sector] = true;
  wear.text = "";
}

export function wearFields(fields: Fields, wear: Wear): void {
  if (fields.writing && wear.text !== "") {
    fields.text += wear.text;
    return;
  }
  const start = fields.text.length;
  for (let sector = 0; sector < wear.erases.length; sector++) {
    const erases = wear.erases[sector];
    const value = wholeField(fields, wear.retired[sector] ? -1 - erases : erases, -1 - ERASES_MAX, ERASES_MAX);
    if (!fields.writing) {
      wear.retired[sector] = value < 0;
      wear.erases[sector] = value < 0 ? -1 - value : value;
    }
  }
  wear.text = fields.writing ? fields.text.substring(start, fields.text.length) : "";
}

/** A run a step: a small engine pays for each statement. */
function isBlank(nvm: Nvm, sector: number): boolean {
  let blank = BLANK_WORD;
  while (blank.length < CHECK_BYTES) {
    blank += blank;
  }
  const end = (sector + 1) * nvm.geometry.sector_bytes;
  for (let address = sector * nvm.geometry.sector_bytes; address < end; address += CHECK_BYTES) {
    const run_bytes = Math.min(CHECK_BYTES, end - address);
    if (nvm.read(address, run_bytes) !== blank.substring(0, run_bytes)) {
      return false;
    }
  }
  return true;
}

/** Erases a sector and counts it; one whose erase is refused is retired for good. */
export function eraseSector(nvm: Nvm, wear: Wear, sector: number): "ok" | "low_power" | "retired" {
  assert(sector < wear.erases.length && !wear.retired[sector], "only a good sector of the journal is erased");
  const result = nvm.erase(sector);
  if (result === "low_power") {
    return "low_power";
  }
  wear.erases[sector] = Math.min(wear.erases[sector] + 1, ERASES_MAX);
  wear.retired[sector] = result !== "ok";
  wear.text = "";
  return wear.retired[sector] ? "retired" : "ok";
}

/** Looks whether a sector that was erased is blank; one that is not is retired for good. */
export function checkBlank(nvm: Nvm, wear: Wear, sector: number): "ok" | "retired" {
  if (isBlank(nvm, sector)) {
    return "ok";
  }
  retireSector(wear, sector);
  return "retired";
}

/** What the sector that was erased most has used of its specified life. Whoever asks warns at 800 permille. */
export function lifetime(wear: Wear, erase_limit: number): Lifetime {
  let erases_max = 0;
  let retired = 0;
  for (let sector = 0; sector < wear.erases.length; sector++) {
    erases_max = Math.max(erases_max, wear.erases[sector]);
    retired += wear.retired[sector] ? 1 : 0;
  }
  return {
    erases_max: erases_max,
    erase_limit: erase_limit,
    used_permille: Math.floor((erases_max * 1000) / erase_limit),
    retired: retired,
  };
}
