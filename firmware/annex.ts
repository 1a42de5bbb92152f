/**
 * Annex: a room that a board adds to the meter or leaves out, the radio's station (radio/station.ts). Here is what the
 * meter asks of it, and what stands for it where there is none: code for radio takes as much as all the rest, and a
 * small board without a modem does not carry it.
 *
 * What the annex keeps goes into every commit as its last bytes. A firmware without the annex does not understand them
 * and carries them along all the same, so that a counter that was used is not used again when the annex is back.
 */
import { NEVER_MS } from "./schedule";

/** Longest that an annex keeps. */
export const ANNEX_MAX_BYTES = 420;
/**
 * Blocks of a sector (journal/layout.ts) into which the longest commit with it fits, and its lanes of marks: the parts
 * with the smallest sectors, of 8, take no annex.
 */
export const ANNEX_SECTOR_BLOCKS = 11;

export interface Annex {
  /** What it keeps, as characters 0 to 255; the last bytes of every commit. */
  kept: string;
  /** Sets its listeners. */
  listen: () => void;
  /** SLOT_RADIO has come; it sets the next deadline. */
  on_due: (now_ms: number) => void;
  /** Something has happened to the meter, and is settled. */
  on_settled: (now_ms: number) => void;
  /** Brings its rules to a time (UTC seconds, 0: not known); true when something has changed that must be kept. */
  pass_time: (utc_s: number) => boolean;
  /** When `pass_time` has something to do next, UTC seconds; NEVER_MS for never. */
  next_start_utc_s: number;
  /** What `id` says of it, with a blank in front; "" where there is none. */
  told: string;
  /** Its part of the nameplate without keys, for whoever asks for the settings. */
  settings_part: string;
}

function nothing(now_ms: number): void {
  if (now_ms < 0) {
    return;
  }
}

/** No annex. */
export function createAnnex(): Annex {
  return {
    kept: "",
    listen: function () {
      return;
    },
    on_due: nothing,
    on_settled: nothing,
    pass_time: function (utc_s) {
      return utc_s < 0;
    },
    next_start_utc_s: NEVER_MS,
    told: "",
    settings_part: "",
  };
}
