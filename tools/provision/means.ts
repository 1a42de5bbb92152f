/**
 * Means: how one kind of board is given its nameplate. What is given, to whom and in which order is the same for all of
 * them (giving.ts).
 *
 * All of them reject with a FlashError, and leave a board nobody's or whole wherever the cable is pulled: the parts
 * gather in the board's memory, which forgets them; the firmware takes the whole only when its CRC is right, and keeps it
 * before anything else (firmware/program.ts).
 */
import { FlashError, LineLost } from "../flash/flash_error";
import { printable } from "../flash/link";
import type { Books } from "../flash/board_state";
import type { ModemLine } from "./modem_line";

const SHOWN_MAX = 100;

/** newBooks and the bench answer before the board restarts. */
export const RESTART_MS = 1500;
/** To boot, with a memory to look through. */
export const BOOT_LIMIT_MS = 60_000;

/** A board at the end of a line, open for provisioning. */
export interface ProvisionMeans {
  /** Of the board itself, fit for a terminal; "" without one. */
  readonly serial: string;
  /** Whose books it keeps. */
  readonly books: Books | undefined;
  /** Whether the board keeps this nameplate, perhaps from a day before. */
  keepsEarlier(plate: string): Promise<boolean>;
  /** Whether it keeps this one to the byte. */
  keeps(plate: string): Promise<boolean>;
  /** Brings it there; what the firmware answers to it. */
  give(plate: string): Promise<string>;
  /** What newBooks answers; when that is "ok" the board is nobody's, restarted, and open again. */
  giveUpBooks(): Promise<string>;
  /** Starts the board anew; its line is then the firmware's. */
  restart(): Promise<void>;
  /** Sets the clock of the meter that runs; "none" where its firmware cannot be told. The line is the firmware's again. */
  setClock(utc_s: () => number): Promise<string>;
  /** Lends the line of its modem, where its console can; its firmware has it back after a restart. */
  borrowModem?(): Promise<ModemLine>;
  /** Removes a nameplate that must not stay from a board that was restarted. */
  takeBack(): Promise<void>;
}

export function pause(span_ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, span_ms));
}

/** What a board says is wrong, fit for a terminal. */
export function faultText(answer: string): string {
  return printable(answer)
    .replace(/^error /, "")
    .slice(0, SHOWN_MAX);
}

/**
 * Brings a part of a nameplate. An interpreter quotes what it could not read of a line, and in this one are keys: what the
 * board says to it is shown to nobody.
 */
export async function bringPart(port: string, bring: () => Promise<unknown>): Promise<void> {
  try {
    await bring();
  } catch (error) {
    if (!(error instanceof FlashError) || error instanceof LineLost) throw error;
    throw new FlashError(`${port}: the board does not take its nameplate (look at its cable, then try again)`);
  }
}

/** Refuses a board whose firmware is not there, or another board's. */
export function checkRuns(runs: boolean, identity: string, port: string): void {
  if (!runs) throw new FlashError(`${port}: no Curbstop firmware runs on this board (curbstop flash brings it there)`);
  if (/ meter=none not_this_board$/.test(identity))
    throw new FlashError(`${port}: the firmware on it was built for another board (flash it with its own)`);
}
