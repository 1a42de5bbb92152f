/**
 * Deeds: what page and terminal do to the world with one press: ready-made draws, faults, power cuts. Each is told by a
 * key of the page's catalogues (sim/page/texts).
 */
import type { Faults, StepBody } from "./messages";

export interface Draw {
  key: "draw_toilet" | "draw_shower" | "draw_leak" | "draw_burst" | "draw_reverse";
  draw: NonNullable<StepBody["draw"]>;
}

export const DRAWS: readonly Draw[] = [
  { key: "draw_toilet", draw: { flow_l_h: 480, duration_s: 60 } },
  { key: "draw_shower", draw: { flow_l_h: 540, duration_s: 300 } },
  { key: "draw_leak", draw: { flow_l_h: 20, duration_s: 2 * 86_400 } },
  { key: "draw_burst", draw: { flow_l_h: 4000, duration_s: 3600 } },
  { key: "draw_reverse", draw: { flow_l_h: -200, duration_s: 60 } },
];

export interface Fault {
  key:
    | "fault_case"
    | "fault_magnet"
    | "fault_reader"
    | "fault_stuck"
    | "fault_slow"
    | "fault_lying"
    | "fault_leak"
    | "fault_empty"
    | "fault_cut"
    | "fault_memory"
    | "fault_radio"
    | "fault_battery";
  is_on: (faults: Faults, supply_mv: number) => boolean;
  set: (is_on: boolean) => StepBody[];
}

const LEAK_L_H = 60;
const LOW_MV = 2800;
const FULL_MV = 3600;
/** Below this the switch stands on "low". */
const BETWEEN_MV = 3200;

/** What is done to the device itself, where the page shows it. */
export const DEVICE_FAULTS: readonly Fault[] = [
  { key: "fault_case", is_on: (faults) => faults.case, set: (active) => [{ tamper: { input: "case", active } }] },
  { key: "fault_magnet", is_on: ({ magnet }) => magnet, set: (active) => [{ tamper: { input: "magnet", active } }] },
];

export const FAULTS: readonly Fault[] = [
  { key: "fault_reader", is_on: ({ reader }) => reader, set: (active) => [{ tamper: { input: "reader", active } }] },
  { key: "fault_stuck", is_on: ({ stuck }) => stuck, set: (stuck) => [{ valve: { stuck } }] },
  { key: "fault_slow", is_on: ({ slow }) => slow, set: (slow) => [{ valve: { slow } }] },
  { key: "fault_lying", is_on: ({ lying }) => lying, set: (lying) => [{ valve: { lying } }] },
  {
    key: "fault_leak",
    is_on: ({ leak_l_h }) => leak_l_h > 0,
    set: (is_on) => [{ valve: { leak_l_h: is_on ? LEAK_L_H : 0 } }],
  },
  { key: "fault_empty", is_on: ({ empty }) => empty, set: (empty) => [{ sensor: { empty } }] },
  { key: "fault_cut", is_on: ({ cut }) => cut, set: (cut) => [{ sensor: { cut } }] },
  { key: "fault_memory", is_on: ({ memory_low }) => memory_low, set: (low) => [{ nvm: { low } }] },
  {
    key: "fault_radio",
    is_on: ({ radio_lost }) => radio_lost,
    set: (is_on) => [{ modem: is_on ? "silent" : "ok" }],
  },
  {
    key: "fault_battery",
    is_on: (_, supply_mv) => supply_mv < BETWEEN_MV,
    set: (is_on) => [{ battery_mv: is_on ? LOW_MV : FULL_MV }],
  },
];

/** For how long the power fails. */
export const CUTS_MS: readonly number[] = [2000, 3_600_000];

/** Of a card that is pulled out half-way. */
export const PULL_BYTES = 200;
