/**
 * Rules: what a signed message says beside the tariff (signed.ts): friendly hours, holidays, lifeline, emergency credit.
 * Each part holds from its start on, over what the meter was provisioned with, until a newer one takes its place. What
 * waits for its start and what is in force are kept in every commit.
 */
import type { Fields } from "../journal/fields";
import { flagField, listField, wholeField } from "../journal/fields";
import { NEVER_MS } from "../schedule";
import type { Settings } from "../settings";
import { CREDIT_SETTING_MAX_MILLI, DUTY_PERIOD_MAX_S, HOLIDAYS_MAX, LIFELINE_DAILY_MAX_L } from "../settings";
import type { Friendly, Lifeline } from "./signed_content";
import { HOLIDAY_MAX_DAY, LIFELINE_KINDS, START_MAX_UTC_S } from "./signed_content";

const DAY_MINUTES = 1440;

export interface Rules {
  friendly: Friendly | undefined;
  holidays: number[] | undefined;
  lifeline: Lifeline | undefined;
  emergency_milli: number | undefined;
  /** When each of the four begins, UTC seconds; 0 at once. */
  starts_utc_s: number[];
}

export function createRules(): Rules {
  return {
    friendly: undefined,
    holidays: undefined,
    lifeline: undefined,
    emergency_milli: undefined,
    starts_utc_s: [0, 0, 0, 0],
  };
}

/** The rules that a meter was provisioned with. */
export function rulesOf(settings: Settings): Rules {
  return {
    friendly: {
      from_minute: settings.friendly_from_minute,
      to_minute: settings.friendly_to_minute,
      weekends: settings.friendly_weekends,
    },
    holidays: settings.holidays,
    lifeline: {
      kind: settings.lifeline,
      daily_l: settings.lifeline_daily_l,
      open_s: settings.lifeline_open_s,
      period_s: settings.lifeline_period_s,
    },
    emergency_milli: settings.emergency_milli,
    starts_utc_s: [0, 0, 0, 0],
  };
}

/** Puts the parts that are there into the settings. */
export function applyRules(settings: Settings, rules: Rules): void {
  const friendly = rules.friendly;
  const lifeline = rules.lifeline;
  if (friendly !== undefined) {
    settings.friendly_from_minute = friendly.from_minute;
    settings.friendly_to_minute = friendly.to_minute;
    settings.friendly_weekends = friendly.weekends;
  }
  if (rules.holidays !== undefined) {
    settings.holidays = rules.holidays;
  }
  if (lifeline !== undefined) {
    settings.lifeline = lifeline.kind;
    settings.lifeline_daily_l = lifeline.daily_l;
    settings.lifeline_open_s = lifeline.open_s;
    settings.lifeline_period_s = lifeline.period_s;
  }
  if (rules.emergency_milli !== undefined) {
    settings.emergency_milli = rules.emergency_milli;
  }
}

/** Moves a part whose start has come; 0 without a clock means that only what starts at once does. */
function isDue(rules: Rules, part: number, utc_s: number): boolean {
  return rules.starts_utc_s[part] <= utc_s;
}

/** Puts the parts whose start has come into force; true when there were any. */
export function startRules(pending: Rules, in_force: Rules, utc_s: number): boolean {
  let started = false;
  if (pending.friendly !== undefined && isDue(pending, 0, utc_s)) {
    in_force.friendly = pending.friendly;
    pending.friendly = undefined;
    started = true;
  }
  if (pending.holidays !== undefined && isDue(pending, 1, utc_s)) {
    in_force.holidays = pending.holidays;
    pending.holidays = undefined;
    started = true;
  }
  if (pending.lifeline !== undefined && isDue(pending, 2, utc_s)) {
    in_force.lifeline = pending.lifeline;
    pending.lifeline = undefined;
    started = true;
  }
  if (pending.emergency_milli !== undefined && isDue(pending, 3, utc_s)) {
    in_force.emergency_milli = pending.emergency_milli;
    pending.emergency_milli = undefined;
    started = true;
  }
  return started;
}

/** Whether a part is there, by its place. */
function waits(rules: Rules, part: number): boolean {
  if (part === 0) {
    return rules.friendly !== undefined;
  }
  if (part === 1) {
    return rules.holidays !== undefined;
  }
  return part === 2 ? rules.lifeline !== undefined : rules.emergency_milli !== undefined;
}

/** When the next of the parts that wait begins; NEVER_MS for never. */
export function nextStart(pending: Rules): number {
  let next_utc_s = NEVER_MS;
  for (let part = 0; part < pending.starts_utc_s.length; part++) {
    if (waits(pending, part)) {
      next_utc_s = Math.min(next_utc_s, pending.starts_utc_s[part]);
    }
  }
  return next_utc_s;
}

function friendlyFields(fields: Fields, friendly: Friendly | undefined): Friendly | undefined {
  if (!flagField(fields, friendly !== undefined)) {
    return undefined;
  }
  return {
    from_minute: wholeField(fields, friendly === undefined ? 0 : friendly.from_minute, 0, DAY_MINUTES - 1),
    to_minute: wholeField(fields, friendly === undefined ? 0 : friendly.to_minute, 0, DAY_MINUTES - 1),
    weekends: flagField(fields, friendly !== undefined && friendly.weekends),
  };
}

function holidayFields(fields: Fields, holidays: number[] | undefined): number[] | undefined {
  if (!flagField(fields, holidays !== undefined)) {
    return undefined;
  }
  const known = holidays === undefined ? [] : holidays;
  const count = wholeField(fields, known.length, 0, HOLIDAYS_MAX);
  return listField(fields, known, count, 0, HOLIDAY_MAX_DAY);
}

function lifelineFields(fields: Fields, lifeline: Lifeline | undefined): Lifeline | undefined {
  if (!flagField(fields, lifeline !== undefined)) {
    return undefined;
  }
  const kind = lifeline === undefined ? 0 : LIFELINE_KINDS.indexOf(lifeline.kind);
  return {
    kind: LIFELINE_KINDS[wholeField(fields, kind, 0, LIFELINE_KINDS.length - 1)],
    daily_l: wholeField(fields, lifeline === undefined ? 0 : lifeline.daily_l, 0, LIFELINE_DAILY_MAX_L),
    open_s: wholeField(fields, lifeline === undefined ? 0 : lifeline.open_s, 0, DUTY_PERIOD_MAX_S),
    period_s: wholeField(fields, lifeline === undefined ? 0 : lifeline.period_s, 0, DUTY_PERIOD_MAX_S),
  };
}

function emergencyField(fields: Fields, emergency_milli: number | undefined): number | undefined {
  if (!flagField(fields, emergency_milli !== undefined)) {
    return undefined;
  }
  return wholeField(fields, emergency_milli === undefined ? 0 : emergency_milli, 0, CREDIT_SETTING_MAX_MILLI);
}

/** Walks rules in a commit, in either direction; when reading, a new record. */
export function ruleFields(fields: Fields, rules: Rules): Rules {
  return {
    friendly: friendlyFields(fields, rules.friendly),
    holidays: holidayFields(fields, rules.holidays),
    lifeline: lifelineFields(fields, rules.lifeline),
    emergency_milli: emergencyField(fields, rules.emergency_milli),
    starts_utc_s: listField(fields, rules.starts_utc_s, 4, 0, START_MAX_UTC_S),
  };
}
