/**
 * Playback: a scenario on this process's world, as far as someone wants to look.
 */
import { localSeconds } from "../firmware/credit/calendar";
import { timeText } from "../sim/scenario/times";
import { openWorld, runUntil, viewField } from "../sim/world/main";
import type { World } from "../sim/world/world";
import type { ExpectationResult } from "../sim/run";
import type { LoggedEvent } from "../sim/serve/messages";
import { localText } from "./face_words";

export class Playback {
  now_ms = 0;
  readonly end_ms: number;
  /** What the meter logged, oldest first. */
  readonly events: LoggedEvent[] = [];
  readonly expectations: ExpectationResult[] = [];
  private readonly world: World;

  constructor(program: Iterable<string>) {
    const lines = [...program];
    // The last line is "T_MS end".
    this.end_ms = Number(lines[lines.length - 1].split(" ")[0]);
    let next = 0;
    this.world = openWorld({ read_line: () => lines[next++], write_line: (line) => this.take(line) });
  }

  /** Runs up to a virtual time; false when the scenario has ended. */
  run(until_ms: number): boolean {
    this.now_ms = Math.min(until_ms, this.end_ms);
    return runUntil(this.world, this.now_ms);
  }

  /** Local date and time at a virtual time, "Mon 4 Mar 07:30"; days and hours when the clock was not set. */
  clock(time_ms: number): string {
    const { start_utc_s, settings } = this.world;
    if (start_utc_s === 0) return timeText(Math.floor(time_ms / 1000) * 1000);
    return localText(localSeconds(settings, start_utc_s + Math.floor(time_ms / 1000)));
  }

  readonly view = {
    text: (field: string): string => viewField(this.world, field),
    number: (field: string): number => Number(viewField(this.world, field)),
  };

  private take(line: string): void {
    if (line.includes('"event":"log"')) this.events.push(JSON.parse(line) as LoggedEvent);
    if (line.includes('"event":"expect"')) this.expectations.push(JSON.parse(line) as ExpectationResult);
  }
}
