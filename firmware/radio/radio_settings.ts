/**
 * Settings of the radio: when the meter sends and listens, and whose word it takes. Off by default.
 */
import { allDigits, hexBytes } from "../card/bytes";
import { AES_KEY_BYTES } from "../crypto/aes";
import { GROUP_MAX } from "./signed_content";

export interface RadioSettings {
  /** Time between two reports, 0: the radio is off. */
  interval_s: number;
  /** Master key of this meter for telegrams and messages, 32 hexadecimal digits. */
  master_key: string;
  /** Public key of the region, hexadecimal, as crypto/lms.ts reads it; "" for a meter that takes no signed message. */
  region_key: string;
  region_key_revision: number;
  /** Public key of the next revision, for the day on which this one can sign no more; "" for none. */
  region_key_next: string;
  /** Group of meters that a signed message may name; 0: in none. */
  group: number;
  /** Daily window for what is sent to many: local minute of the day, and its length; 0 s: none. */
  listen_minute: number;
  listen_s: number;
}

/** A battery bears it: duty and airtime are far from their limits. */
export const INTERVAL_MIN_S = 300;
export const INTERVAL_MAX_S = 86400;
/** An hour's reception costs as much as years of reports. */
export const LISTEN_MAX_S = 3600;
const DAY_MINUTES = 1440;
/** One level: a count of 4, two types of 4, an identifier of 16 and a root of 24 or 32 bytes (RFC 8554 6.1). */
const REGION_KEY_BYTES: number[] = [52, 60];
const REVISION_MAX = 255;
/** What the meter's address has of its number. */
const ID_DIGITS = 8;

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function isRegionKey(text: string): boolean {
  return text === "" || REGION_KEY_BYTES.indexOf(hexBytes(text).length) >= 0;
}

/** The first setting that is out of bounds, or "". */
export function radioSettingsFault(settings: RadioSettings): string {
  if (settings.interval_s !== 0 && !within(settings.interval_s, INTERVAL_MIN_S, INTERVAL_MAX_S)) {
    return "interval_s";
  }
  if (hexBytes(settings.master_key).length !== AES_KEY_BYTES) {
    return "master_key";
  }
  if (!isRegionKey(settings.region_key)) {
    return "region_key";
  }
  if (!within(settings.region_key_revision, 0, REVISION_MAX)) {
    return "region_key_revision";
  }
  if (!isRegionKey(settings.region_key_next)) {
    return "region_key_next";
  }
  if (!within(settings.group, 0, GROUP_MAX)) {
    return "group";
  }
  if (!within(settings.listen_minute, 0, DAY_MINUTES - 1)) {
    return "listen_minute";
  }
  return within(settings.listen_s, 0, LISTEN_MAX_S) ? "" : "listen_s";
}

/** What is the same for all that the meter sends, a copy that may change. */
export function copyOfSettings(settings: RadioSettings): RadioSettings {
  return {
    interval_s: settings.interval_s,
    master_key: settings.master_key,
    region_key: settings.region_key,
    region_key_revision: settings.region_key_revision,
    region_key_next: settings.region_key_next,
    group: settings.group,
    listen_minute: settings.listen_minute,
    listen_s: settings.listen_s,
  };
}

/** Identification number in the meter's address: the last eight digits of its number, with zeros in front. */
export function radioId(meter_number: string): string {
  let text = meter_number;
  while (text.length < ID_DIGITS) {
    text = "0" + text;
  }
  return allDigits(text) ? text.substring(text.length - ID_DIGITS, text.length) : "00000000";
}
