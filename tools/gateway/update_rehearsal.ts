/**
 * An update rehearsed: the frames of its turns (update_frames.ts), day by day, until every meter has all fragments.
 *
 *   gateway   in each day's window, from where it has stopped, a whole turn at most, no longer than the window is open, and
 *             no more than its driver's account of the law's airtime allows
 *   meter     loses its part of all frames, each by itself; takes fragments once it has the manifest and has had READY_MS
 *             to verify it and to erase the slot, and keeps what it has
 *
 * Windows are taken as those in which all meters listen. The frames are those of an update of so many bytes, which come
 * from the seed and carry a signature of zeros: nobody verifies here. What a meter does with the fragments is the
 * firmware's (test/tools/update).
 */
import { lmsParameters, lmsSignatureBytes } from "../../firmware/crypto/lms";
import { dutyPermille } from "../../firmware/modem/airtime";
import { countAirtime, createDutyCycle, HOUR_MS, mayTransmitAt } from "../../firmware/modem/duty_cycle";
import type { Address } from "../../firmware/radio/link";
import { manifestBytes } from "../../firmware/update/manifest";
import { createRandomNumbers, randomBelow, type RandomNumbers } from "../../sim/world/random_numbers";
import { REGION_PARAMETERS } from "../lms/names";
import { manifestOf } from "../update/making";
import { FRAGMENT_USUAL_BYTES } from "../update/sizes";
import { contentAirtime, type Field } from "./plan";
import { turnOf, type Turn } from "./update_frames";

const DAY_MS = 24 * HOUR_MS;
/** Between two frames, as in the rehearsal of a content. */
const GAP_MS = 5;
/** LMS in steps, and some hundred KB of flash erased: less than a minute on a small board. */
const READY_MS = 60_000;
const DAYS_MOST = 366;
const GATEWAY: Address = { manufacturer: "CSB", id: "00000001", version: 1, device_type: 0x31 };

export interface UpdateOrder {
  readonly image_bytes: number;
  readonly field: Field;
  readonly window_ms: number;
  readonly seed: number;
}

export interface UpdateRehearsal {
  /** Of a turn: each frame once is the least that a broadcast takes. */
  readonly turn_frames: number;
  readonly turn_us: number;
  readonly unicast_minimum_us: number;
  /** Windows until the last meter has all; Infinity when that does not come. */
  readonly days: number;
  readonly frames: number;
  readonly airtime_us: number;
  readonly hour_most_us: number;
  /** Meters that had all at the end of each day. */
  readonly had: readonly number[];
}

interface Meter {
  readonly manifest: Set<number>;
  readonly fragments: Set<number>;
  ready_ms: number;
}

function turnFrom(image_bytes: number, field: Field, random: RandomNumbers): Turn {
  const image = Buffer.from(Array.from({ length: image_bytes }, () => randomBelow(random, 256)));
  const wish = {
    ...{ utility: 1, region: "600100", key_revision: 1, version: 2, start_utc_s: 0, issued_utc_s: 1 },
    ...{ scope: "all" as const, group: 0, meter: "", allow_down: false, board: "espruino-rak5010" },
    ...{ legal_sha256: new Array<number>(32).fill(0), fragment_bytes: FRAGMENT_USUAL_BYTES },
  };
  const manifest = manifestOf(wish, image);
  const parameters = lmsParameters(REGION_PARAMETERS.tree_type, REGION_PARAMETERS.ots_type);
  const signature = Buffer.alloc(parameters === undefined ? 0 : lmsSignatureBytes(parameters));
  return turnOf({ manifest, signed_bytes: Buffer.from(manifestBytes(manifest)), signature, image }, GATEWAY, field);
}

/** A frame that this meter has heard. */
function take(meter: Meter, place: number, { manifest_frames, manifest_count }: Turn, now_ms: number): void {
  if (place >= manifest_frames) {
    if (now_ms >= meter.ready_ms) meter.fragments.add(place);
    return;
  }
  meter.manifest.add(place);
  if (meter.manifest.size === manifest_count && meter.ready_ms === Infinity) meter.ready_ms = now_ms + READY_MS;
}

/** Sends turns of an update to a field; everything follows from the seed. */
export function rehearseUpdate({ image_bytes, field, window_ms, seed }: UpdateOrder): UpdateRehearsal {
  const random = createRandomNumbers(seed);
  const turn = turnFrom(image_bytes, field, random);
  const { contents, manifest_frames } = turn;
  const airtimes = contents.map((content) => contentAirtime(field.mode, content));
  const turn_us = airtimes.reduce((sum, airtime_us) => sum + airtime_us, 0);
  const duty = createDutyCycle(dutyPermille(field.mode), 0, 0);
  const loss_permille = Math.round(field.loss * 1000);
  const meters = Array.from({ length: field.meters }, (): Meter => ({
    manifest: new Set(),
    fragments: new Set(),
    ready_ms: Infinity,
  }));
  let waiting = meters;
  const had: number[] = [];
  let [frames, airtime_us, hour_most_us] = [0, 0, 0];
  while (waiting.length > 0 && had.length < DAYS_MOST) {
    const closes_ms = had.length * DAY_MS + window_ms;
    const before_us = airtime_us;
    let now_ms = had.length * DAY_MS;
    for (let sent = 0; sent < contents.length; sent++) {
      const place = frames % contents.length;
      now_ms = mayTransmitAt(duty, now_ms, airtimes[place]);
      const ends_ms = now_ms + Math.ceil(airtimes[place] / 1000);
      if (ends_ms > closes_ms) break;
      countAirtime(duty, now_ms, airtimes[place]);
      airtime_us += airtimes[place];
      frames += 1;
      for (const meter of waiting) if (randomBelow(random, 1000) >= loss_permille) take(meter, place, turn, ends_ms);
      now_ms = ends_ms + GAP_MS;
    }
    hour_most_us = Math.max(hour_most_us, airtime_us - before_us);
    waiting = waiting.filter(({ fragments }) => fragments.size < contents.length - manifest_frames);
    had.push(field.meters - waiting.length);
  }
  return {
    ...{ turn_frames: contents.length, turn_us, unicast_minimum_us: turn_us * field.meters },
    ...{ days: waiting.length === 0 ? had.length : Infinity, frames, airtime_us, hour_most_us, had },
  };
}
