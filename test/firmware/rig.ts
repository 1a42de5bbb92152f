/**
 * Rig: a whole meter in its simulated world, begun by a generated program and driven step by step with the program's
 * own verbs (sim/world/program.ts), so that a test reads like a scenario and can look at everything between its steps.
 */
import assert from "node:assert/strict";
import type { Event } from "../../firmware/event_log";
import type { Meter } from "../../firmware/state";
import type { RadioSettings } from "../../firmware/radio/radio_settings";
import type { Settings } from "../../firmware/settings";
import type { Tariff } from "../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { noTokens, type TokenSettings } from "../../firmware/token/settings";
import { openWorld, runUntil, viewField } from "../../sim/world/main";
import { createEvent, scheduleEvent } from "../../sim/world/queue";
import { doStep } from "../../sim/world/steps";
import type { TwinSettings, World } from "../../sim/world/world";
import { settings, START_UTC_S, tariff } from "./samples";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60000;
export const HOUR_MS = 3600000;
export const DAY_MS = 86400000;
/** Longer than the valve and its supervisor need. */
const VALVE_MS = 3000;

export interface RigOptions {
  settings?: Partial<Settings>;
  /** Off unless it is given. */
  radio?: RadioSettings | undefined;
  twins?: Partial<TwinSettings>;
  tariff?: Tariff;
  start_utc_s?: number;
  seed?: number;
  trace?: boolean;
  /** Commissions with this credit at once and waits for the valve; undefined leaves the meter as it booted. */
  opening_milli?: number | undefined;
}

export interface TraceLine {
  t: number;
  port?: string;
  event?: string;
  [field: string]: unknown;
}

/** ID START_UTC_S STANDING_MILLI LIMIT:PRICE ... */
export function tariffWords({ id, start_utc_s, standing_milli, limits_l, prices_milli }: Tariff): string {
  const pairs = limits_l.map((limit_l, block) => `${limit_l === NO_LIMIT_L ? 0 : limit_l}:${prices_milli[block]}`);
  return [id, start_utc_s, standing_milli, ...pairs].join(" ");
}

/** What a meter's tokens are set to; nothing for a meter without. */
export function tokenLines(tokens: TokenSettings): string[] {
  const { tables: _tables, mode, key, key_type, key_revision, tariff_index, key_expiry, first_tid, ...rest } = tokens;
  const token = { mode, key, key_type, key_revision, tariff_index, key_expiry, first_tid };
  const lines = [
    ...Object.entries(token).map(([name, value]) => `set token_${name} ${value}`),
    ...Object.entries(rest).map(([name, value]) => `set ${name} ${value}`),
  ];
  return JSON.stringify(tokens) === JSON.stringify(noTokens()) ? [] : lines;
}

function beginning(options: RigOptions): string[] {
  const { holidays, tokens, ...rest } = settings(options.settings);
  const set = Object.entries({ ...rest, ...options.twins });
  return [
    "program 1",
    ...set.map(([key, value]) => `set ${key} ${typeof value === "boolean" ? Number(value) : value}`),
    ...Object.entries(options.radio ?? {})
      .filter(([, value]) => value !== "")
      .map(([key, value]) => `set radio_${key} ${value}`),
    ...tokenLines(tokens),
    ...holidays.map((day) => `holiday ${day}`),
    `tariff ${tariffWords(options.tariff ?? tariff())}`,
    `begin ${options.start_utc_s ?? START_UTC_S} ${options.seed ?? 1} ${options.trace === true ? 1 : 0}`,
    `${2 ** 50} end`,
  ];
}

export class Rig {
  public readonly world: World;
  private readonly lines: string[] = [];

  public constructor(options: RigOptions = {}) {
    const program = beginning(options);
    this.world = openWorld({
      read_line: () => program.shift(),
      write_line: (line) => this.lines.push(line),
    });
    if (options.opening_milli !== undefined) {
      this.step(`commission ${options.opening_milli}`);
      this.pass(VALVE_MS);
    }
  }

  public get meter(): Meter {
    assert.ok(this.world.meter !== undefined, `the boot was refused: ${this.world.boot}`);
    return this.world.meter;
  }

  public get now_ms(): number {
    return this.world.queue.now_ms;
  }

  /** Does steps of a program now: "draw 600 60000", "key *". */
  public step(...steps: string[]): this {
    for (const words of steps) doStep(this.world, `${this.now_ms} ${words}`);
    return this;
  }

  /** Lets virtual time pass, with all that happens in it. */
  public pass(span_ms: number): this {
    const until_ms = this.now_ms + span_ms;
    scheduleEvent(
      this.world.queue,
      createEvent(() => undefined),
      until_ms,
    );
    assert.ok(runUntil(this.world, until_ms));
    assert.equal(this.now_ms, until_ms);
    return this;
  }

  /** Steps, and time for the valve to follow. */
  public then(...steps: string[]): this {
    return this.step(...steps).pass(VALVE_MS);
  }

  /** Presses keys one after the other. */
  public keys(text: string): this {
    return this.step(...Array.from(text, (key) => `key ${key}`));
  }

  /** Draws so many litres and waits until they have run. */
  public litres(litres: number, flow_l_h = 3600): this {
    const duration_ms = Math.ceil((litres * HOUR_MS) / flow_l_h);
    return this.step(`draw ${flow_l_h} ${duration_ms}`).pass(duration_ms);
  }

  /** A field of the view (sim/world/view.ts). */
  public see(field: string): string {
    return viewField(this.world, field);
  }

  public number(field: string): number {
    return Number(this.see(field));
  }

  /** The events that the meter's log still holds, oldest first. */
  public events(code?: string): Event[] {
    const { ring, count } = this.meter.log;
    const ordered = [...ring].sort((a, b) => a.sequence - b.sequence);
    assert.ok(ordered.length === 0 || ordered[ordered.length - 1].sequence === count);
    return code === undefined ? ordered : ordered.filter((event) => event.code === code);
  }

  public trace(): TraceLine[] {
    return this.lines.map((line) => JSON.parse(line) as TraceLine);
  }
}

/** A commissioned meter; unless told otherwise, with its valve open and credit for years. */
export function running(options: RigOptions = {}): Rig {
  return new Rig({ opening_milli: 1e11, ...options });
}
