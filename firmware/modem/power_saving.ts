/**
 * Timers of power saving as a modem is told them (3GPP TS 27.007 7.38 and 7.40): bits as text.
 *
 *   periodic update   T3412 extended, GPRS timer 3 (TS 24.008 10.5.7.4a): three bits of unit, five of value
 *   active time       T3324, GPRS timer 2 (10.5.7.3): the same with units of its own
 *   eDRX cycle        four bits (10.5.5.32); those that NB-IoT and LTE-M both have
 *
 * A span that a timer cannot say is rounded up, an eDRX cycle down: a module that is reachable for longer than wished
 * costs current, one that is reachable less misses messages.
 */
import { assert } from "../assert";

interface Unit {
  bits: string;
  span_s: number;
}

const VALUE_MAX = 31;
const VALUE_BITS = 5;

const PERIODIC_UNITS: Unit[] = [
  { bits: "011", span_s: 2 },
  { bits: "100", span_s: 30 },
  { bits: "101", span_s: 60 },
  { bits: "000", span_s: 600 },
  { bits: "001", span_s: 3600 },
  { bits: "010", span_s: 36000 },
  { bits: "110", span_s: 1152000 },
];
const ACTIVE_UNITS: Unit[] = [
  { bits: "000", span_s: 2 },
  { bits: "001", span_s: 60 },
  { bits: "010", span_s: 360 },
];
/** 20.48 s and its doubles; the seconds are rounded up. */
const EDRX_CYCLES: Unit[] = [
  { bits: "0010", span_s: 21 },
  { bits: "0011", span_s: 41 },
  { bits: "0101", span_s: 82 },
  { bits: "1001", span_s: 164 },
  { bits: "1010", span_s: 328 },
  { bits: "1011", span_s: 656 },
  { bits: "1100", span_s: 1311 },
  { bits: "1101", span_s: 2622 },
];

export const PERIODIC_MAX_S = 35712000;
export const ACTIVE_MAX_S = 11160;
export const EDRX_MIN_S = 21;
export const EDRX_MAX_S = 2622;

function timerBits(units: Unit[], span_s: number): string {
  for (const unit of units) {
    let value = Math.floor((span_s + unit.span_s - 1) / unit.span_s);
    if (value <= VALUE_MAX) {
      let bits = "";
      for (let i = 0; i < VALUE_BITS; i++) {
        bits = (value % 2 === 1 ? "1" : "0") + bits;
        value = Math.floor(value / 2);
      }
      return unit.bits + bits;
    }
  }
  assert(false, "a span fits its timer");
  return "";
}

export function periodicBits(span_s: number): string {
  assert(span_s > 0 && span_s <= PERIODIC_MAX_S, "a span fits T3412");
  return timerBits(PERIODIC_UNITS, span_s);
}

export function activeBits(span_s: number): string {
  assert(span_s > 0 && span_s <= ACTIVE_MAX_S, "a span fits T3324");
  return timerBits(ACTIVE_UNITS, span_s);
}

/** The longest cycle that is not longer. */
export function edrxBits(cycle_s: number): string {
  assert(cycle_s >= EDRX_MIN_S && cycle_s <= EDRX_MAX_S, "a cycle is one of the network's");
  let bits = "";
  for (const cycle of EDRX_CYCLES) {
    if (cycle.span_s <= cycle_s) {
      bits = cycle.bits;
    }
  }
  return bits;
}
