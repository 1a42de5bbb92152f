/**
 * What a signed message says (signed.ts has its bytes), and what of it a meter could not live by.
 */
import type { Tariff } from "../credit/tariff";
import { tariffWellFormed } from "../credit/tariff";
import {
  CREDIT_SETTING_MAX_MILLI,
  DUTY_PERIOD_MAX_S,
  DUTY_PERIOD_MIN_S,
  DUTY_TURN_MIN_S,
  HOLIDAYS_MAX,
  LIFELINE_DAILY_MAX_L,
} from "../settings";

export const VERSION_MAX = 2147483647;
export const GROUP_MAX = 65535;
export const UTILITY_MAX = 65535;
/** Years until 68719476735 s are more than any meter's life, and the numbers that billing makes of it stay exact. */
export const START_MAX_UTC_S = 68719476735;
export const HOLIDAY_MAX_DAY = 65535;

export const METER_DIGITS = 18;
const DAY_MINUTES = 1440;

export type Scope = "all" | "group" | "meter";
export const SCOPES: Scope[] = ["all", "group", "meter"];

/** Kinds of parts, in the order of their tags, from 1. */
export type PartName = "tariff" | "friendly" | "holidays" | "lifeline" | "emergency";
export const PART_NAMES: PartName[] = ["tariff", "friendly", "holidays", "lifeline", "emergency"];

export interface Friendly {
  from_minute: number;
  to_minute: number;
  weekends: boolean;
}

export type LifelineKind = "none" | "daily_allowance" | "flow_limit";
export const LIFELINE_KINDS: LifelineKind[] = ["none", "daily_allowance", "flow_limit"];

export interface Lifeline {
  kind: LifelineKind;
  /** Of a daily allowance, else 0. */
  daily_l: number;
  /** Of a flow limit, else 0. */
  open_s: number;
  period_s: number;
}

/** Whom a content is for. */
export interface Addressed {
  scope: Scope;
  /** 0 unless the scope is a group. */
  group: number;
  /** 18 digits, "" unless the scope is one meter. */
  meter: string;
}

export interface SignedContent extends Addressed {
  utility: number;
  region: string;
  key_revision: number;
  version: number;
  /** 0: at once. */
  start_utc_s: number;
  tariff: Tariff | undefined;
  friendly: Friendly | undefined;
  holidays: number[] | undefined;
  lifeline: Lifeline | undefined;
  emergency_milli: number | undefined;
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function friendlyGood(friendly: Friendly): boolean {
  return within(friendly.from_minute, 0, DAY_MINUTES - 1) && within(friendly.to_minute, 0, DAY_MINUTES - 1);
}

function holidaysGood(holidays: number[]): boolean {
  let before = -1;
  for (const day of holidays) {
    if (!within(day, before + 1, HOLIDAY_MAX_DAY)) {
      return false;
    }
    before = day;
  }
  return holidays.length <= HOLIDAYS_MAX;
}

export function lifelineGood(lifeline: Lifeline): boolean {
  const is_daily = lifeline.kind === "daily_allowance";
  const is_limit = lifeline.kind === "flow_limit";
  if (is_daily ? !within(lifeline.daily_l, 1, LIFELINE_DAILY_MAX_L) : lifeline.daily_l !== 0) {
    return false;
  }
  if (!is_limit) {
    return lifeline.open_s === 0 && lifeline.period_s === 0;
  }
  return (
    within(lifeline.period_s, DUTY_PERIOD_MIN_S, DUTY_PERIOD_MAX_S) &&
    within(lifeline.open_s, DUTY_TURN_MIN_S, lifeline.period_s - DUTY_TURN_MIN_S)
  );
}

/** The first part that a meter could not live by, or "none". */
function partFault(content: SignedContent): PartName | "none" {
  const tariff = content.tariff;
  if (tariff !== undefined) {
    const is_same = tariff.id === content.version && tariff.start_utc_s === content.start_utc_s;
    if (!is_same || !tariffWellFormed(tariff)) {
      return "tariff";
    }
  }
  if (content.friendly !== undefined && !friendlyGood(content.friendly)) {
    return "friendly";
  }
  if (content.holidays !== undefined && !holidaysGood(content.holidays)) {
    return "holidays";
  }
  if (content.lifeline !== undefined && !lifelineGood(content.lifeline)) {
    return "lifeline";
  }
  const emergency_milli = content.emergency_milli;
  if (emergency_milli !== undefined && !within(emergency_milli, 0, CREDIT_SETTING_MAX_MILLI)) {
    return "emergency";
  }
  return "none";
}

/** Whether a message carries a part. */
export function carries(content: SignedContent, name: PartName): boolean {
  if (name === "tariff") {
    return content.tariff !== undefined;
  }
  if (name === "friendly") {
    return content.friendly !== undefined;
  }
  if (name === "holidays") {
    return content.holidays !== undefined;
  }
  return name === "lifeline" ? content.lifeline !== undefined : content.emergency_milli !== undefined;
}

/** What is wrong with an address, "" when nothing is. */
export function addressFault(to: Addressed): string {
  const is_group = to.scope === "group";
  if (is_group ? !within(to.group, 1, GROUP_MAX) : to.group !== 0) {
    return "group";
  }
  return (to.scope === "meter" ? to.meter.length !== METER_DIGITS : to.meter !== "") ? "meter" : "";
}

/** What is wrong with a content as a whole: a word for people, "" when nothing is. */
export function contentFault(content: SignedContent): string {
  let parts = 0;
  for (const name of PART_NAMES) {
    parts += carries(content, name) ? 1 : 0;
  }
  if (parts === 0) {
    return "no part";
  }
  if (!within(content.version, 1, VERSION_MAX)) {
    return "version";
  }
  if (!within(content.start_utc_s, 0, START_MAX_UTC_S)) {
    return "start";
  }
  if (!within(content.utility, 0, UTILITY_MAX)) {
    return "utility";
  }
  if (!within(content.key_revision, 1, 255)) {
    return "key revision";
  }
  if (addressFault(content) !== "") {
    return addressFault(content);
  }
  const part = partFault(content);
  return part === "none" ? "" : part;
}
