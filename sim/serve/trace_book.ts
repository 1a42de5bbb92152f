/**
 * Trace book: what is kept of a live trace: its hash, its newest lines, the events that the meter logged, and the
 * expectations that were checked. The whole trace is not kept: a year has a million lines, and a recording brings any
 * of them back (recording.ts).
 */
import { createHash } from "node:crypto";
import type { ExpectationResult } from "../run";
import type { LoggedEvent } from "./messages";

const LINES_KEPT = 2000;
const EVENTS_KEPT = 5000;
/** An hour of them is one; a page shows fewer. */
const TELEGRAMS_KEPT = 200;

/** A frame that the meter has handed to its modem. */
export interface SentFrame {
  t: number;
  /** State of the modem; only with "ok" it is on the air. */
  modem: string;
  /** In hexadecimal. */
  frame: string;
}

export class TraceBook {
  /** All lines so far, kept or not. */
  count = 0;
  readonly events: LoggedEvent[] = [];
  /** Events so far, kept or not. */
  event_count = 0;
  readonly expectations: ExpectationResult[] = [];
  /** Telegrams so far, kept or not. */
  telegram_count = 0;
  private readonly telegrams: SentFrame[] = [];
  private readonly hash = createHash("sha256");
  private readonly lines: string[] = [];

  take(line: string): void {
    this.hash.update(`${line}\n`);
    this.count++;
    this.lines.push(line);
    // Cut rarely: each cut moves the whole list.
    if (this.lines.length > 2 * LINES_KEPT) this.lines.splice(0, this.lines.length - LINES_KEPT);
    if (line.includes('"event":"log"')) this.takeEvent(line);
    else if (line.includes('"port":"radio","send_bytes"')) this.takeTelegram(line);
    else if (line.includes('"event":"expect"')) this.expectations.push(JSON.parse(line) as ExpectationResult);
  }

  /** SHA-256 of all lines so far, each with "\n" behind it. */
  sha256(): string {
    return this.hash.copy().digest("hex");
  }

  /** The newest lines after the first `seen`, at most `most`. */
  linesAfter(seen: number, most: number): string[] {
    const fresh = Math.min(this.count - seen, most, this.lines.length);
    return fresh <= 0 ? [] : this.lines.slice(-fresh);
  }

  eventsAfter(seen: number): LoggedEvent[] {
    const fresh = Math.min(this.event_count - seen, this.events.length);
    return fresh <= 0 ? [] : this.events.slice(-fresh);
  }

  telegramsAfter(seen: number): SentFrame[] {
    const fresh = Math.min(this.telegram_count - seen, this.telegrams.length);
    return fresh <= 0 ? [] : this.telegrams.slice(-fresh);
  }

  private takeTelegram(line: string): void {
    const { t, modem, frame } = JSON.parse(line) as SentFrame;
    this.telegrams.push({ t, modem, frame });
    this.telegram_count++;
    if (this.telegrams.length > 2 * TELEGRAMS_KEPT) {
      this.telegrams.splice(0, this.telegrams.length - TELEGRAMS_KEPT);
    }
  }

  private takeEvent(line: string): void {
    const { t, code, value } = JSON.parse(line) as LoggedEvent;
    this.events.push({ t, code, value });
    this.event_count++;
    if (this.events.length > 2 * EVENTS_KEPT) this.events.splice(0, this.events.length - EVENTS_KEPT);
  }
}
