/**
 * What a page shows of a live run, gathered from its world: the view that expectations have too, and beside it what the
 * world alone knows (what is in the slot, what is broken, what really flows).
 */
import { localSeconds } from "../../firmware/credit/calendar";
import { NUMBER_FIELDS, TEXT_FIELDS, SPACED_FIELDS } from "../scenario/fields";
import { viewField } from "../world/main";
import { viewNumber } from "../world/view";
import type { World } from "../world/world";
import type { LiveRun } from "./live_run";
import type { Faults, Sample, State } from "./messages";

function passingLH({ flow, settings }: World): number {
  return Math.round(flow.rate / settings.pulse_pulses);
}

function valveOpen({ valve }: World): number {
  return Math.round((valve.opened_ms * 100) / valve.travel_ms) / 100;
}

export function sampleOf({ world, now_ms }: LiveRun): Sample {
  const read = (field: string): number | null => (world.meter === undefined ? null : viewNumber(world, field));
  return {
    t: now_ms,
    balance_milli: read("balance_milli"),
    price_milli: read("unit_price_milli"),
    volume_l: read("volume_l"),
    flow_l_h: passingLH(world),
    valve: valveOpen(world),
  };
}

function faultsOf({ tamper, flow, valve, nvm, radio }: World): Faults {
  return {
    case: tamper.case_open,
    magnet: tamper.magnet_near,
    reader: tamper.reader_open,
    empty: flow.empty,
    cut: flow.cut,
    stuck: valve.stuck,
    slow: valve.slow,
    lying: valve.lying,
    leak_l_h: valve.leak_l_h,
    memory_low: nvm.supply_low,
    radio_lost: radio.state === "silent",
  };
}

function textsOf(world: World): Record<string, string> {
  const text = (field: string): string => {
    const shown = viewField(world, field);
    return SPACED_FIELDS.includes(field) ? shown.replaceAll("_", " ") : shown;
  };
  return Object.fromEntries(TEXT_FIELDS.map((field) => [field, text(field)]));
}

/** Local time on the meter's own clock, in seconds as if it were UTC; 0 while it is not known. */
function localS(world: World): number {
  const utc_s = world.clock.port.now_utc_s();
  return utc_s === 0 ? 0 : localSeconds(world.settings, utc_s);
}

export type Pace = Pick<State, "speed" | "achieved" | "card_id">;

export function stateOf(run: LiveRun, pace: Pace): State {
  const { world } = run;
  const uid = Buffer.from(world.card.uid).toString("hex");
  return {
    ...pace,
    t: run.now_ms,
    ended: run.ended,
    end_ms: run.end_ms,
    local_s: localS(world),
    numbers: Object.fromEntries(NUMBER_FIELDS.map((field) => [field, viewNumber(world, field)])),
    texts: textsOf(world),
    powered: world.powered,
    valve_open: valveOpen(world),
    passing_l_h: passingLH(world),
    demand_l_h: world.flow.demand_l_h,
    tap_l_h: run.tapFlowLH(),
    household: world.household !== undefined,
    card_uid: uid,
    card_id: uid === "" ? "" : pace.card_id,
    faults: faultsOf(world),
    trace_lines: run.book.count,
  };
}
