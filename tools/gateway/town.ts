/**
 * A simulated town for a gateway: whole meters, the firmware with its station each in a world of its own, on one channel
 * (sim/radio_channel/town.ts). Each has its own number, the keys that a region's store derives for it, and the region's
 * public key; a commissioning order of its own puts it into service, at a moment of its own in the first hour. A
 * household draws its water, its clock is off by up to CLOCK_OFF_S, it reports about each hour, and listens from
 * LISTEN_MINUTE on for LISTEN_S.
 *
 * The keys are the town's own, from the system's random numbers; everything else follows from the seed.
 */
import { commissionByCard } from "../../firmware/card/acts";
import type { Commissioning } from "../../firmware/card/content";
import type { Order } from "../../firmware/card/order";
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import { DEVICE_WATER } from "../../firmware/radio/link";
import { radioId } from "../../firmware/radio/radio_settings";
import { MANUFACTURER, TELEGRAM_VERSION } from "../../firmware/radio/uplink";
import { createTown, moveIn, visit, type House, type Town } from "../../sim/radio_channel/town";
import { openWorld } from "../../sim/world/main";
import { createEvent, scheduleEvent } from "../../sim/world/queue";
import { createRandomNumbers, randomBelow, type RandomNumbers } from "../../sim/world/random_numbers";
import { boardKeysOf, type BoardKeys } from "../keys/board";
import { BASE_DATE_USUAL, KEY_EXPIRY_MAX } from "../keys/names";
import { KeyRing, withRegion } from "../keys/ring";
import { makeKey, type MadeKey } from "../lms/key";
import type { ParameterSet } from "../lms/names";
import { luhnDigit } from "../token/pan";
import type { KnownMeters } from "./meters_file";

export const REGION = "600100";
export const UTILITY = 1;
/** 2026-11-22, 00:00 by the meters' clocks. */
export const START_UTC_S = Date.UTC(2026, 10, 22) / 1000;
/** After it all meters are in service. */
export const SERVICE_MS = 3_600_000;
export const LISTEN_MINUTE = 120;
export const LISTEN_S = 60;
export const CLOCK_OFF_S = 10;
/** With the same interval to the millisecond, two meters that once send at one moment would do so for ever. */
const INTERVAL_LEAST_S = 3570;
const INTERVAL_SPAN_S = 60;
const OPENING_MILLI = 5_000_000;
const PRICE_MILLI = 240_000;
/** Later than any run. */
const NEVER_MS = 2 ** 50;

export interface TownOrder {
  readonly meters: number;
  /** Part of the copies of a frame that are not heard, 0 to 0.9. */
  readonly loss: number;
  readonly seed: number;
  readonly signing: ParameterSet;
}

export interface TownMeter {
  readonly house: House;
  readonly id: string;
  readonly keys: BoardKeys;
}

export interface MeterTown {
  readonly town: Town;
  readonly meters: readonly TownMeter[];
  /** The region's signing key. */
  readonly signing: MadeKey;
}

function meterNumber(place: number): string {
  const front = REGION + String(place + 1).padStart(11, "0");
  return front + luhnDigit(front);
}

/** A meter's program (sim/world/program.ts): settings, the factory's tariff, and a household. */
function program({ meter, keys }: BoardKeys, region_key: string, seed: number, random: RandomNumbers): string[] {
  const start_utc_s = START_UTC_S + randomBelow(random, 2 * CLOCK_OFF_S + 1) - CLOCK_OFF_S;
  const settings = {
    meter_number: meter,
    region: REGION,
    q3_l_h: 2500,
    burst_permille: 300,
    flow_max_l_h: 6250,
    low_credit_milli: 200_000,
    radio_interval_s: INTERVAL_LEAST_S + randomBelow(random, INTERVAL_SPAN_S + 1),
    radio_master_key: keys.radio.key.buffer().toString("hex"),
    radio_region_key: region_key,
    radio_region_key_revision: 1,
    radio_listen_minute: LISTEN_MINUTE,
    radio_listen_s: LISTEN_S,
  };
  const set = Object.entries(settings).map(([name, value]) => `set ${name} ${value}`);
  const steps = ["0 household 1", `${NEVER_MS} end`];
  return ["program 1", ...set, `tariff 1 0 0 0:${PRICE_MILLI}`, `begin ${start_utc_s} ${seed} 0`, ...steps];
}

/** What a meter's commissioning card brings, behind its signature (tools/card/commissioning.ts). */
function commissioningOf({ meter, keys }: BoardKeys): { order: Order; said: Commissioning } {
  const none = { sequence: 0, expiry_utc_s: 0, content: [], uid: [] };
  const tariff = { id: 1, start_utc_s: 0, standing_milli: 0, limits_l: [NO_LIMIT_L], prices_milli: [PRICE_MILLI] };
  return {
    order: { type: "commissioning", utility: UTILITY, region: REGION, meter, ...none },
    said: {
      voucher_key: keys.voucher.key.bytes(),
      card_key: keys.card_meter.key.bytes(),
      opening_milli: OPENING_MILLI,
      ...{ generation: 0, sequence: 0, cumulative_milli: 0, tariff },
    },
  };
}

function putIntoService(town: Town, { house, keys }: TownMeter): void {
  const { order, said } = commissioningOf(keys);
  visit(town, house, ({ meter, boot }) => {
    const result = meter === undefined ? boot : commissionByCard(meter, order, said);
    if (result !== "accepted") throw new Error(`meter ${keys.meter} does not go into service: ${result}`);
  });
}

function addMeters(town: Town, { meters, seed }: TownOrder, region_key: string, random: RandomNumbers): TownMeter[] {
  const sts = { base_date: BASE_DATE_USUAL, key_expiry: KEY_EXPIRY_MAX };
  const ring = withRegion(new KeyRing(), REGION, sts, new Date(START_UTC_S * 1000));
  return Array.from({ length: meters }, (_, place) => {
    const keys = boardKeysOf(ring, REGION, meterNumber(place));
    const lines = program(keys, region_key, seed + place, random);
    const world = openWorld({ read_line: () => lines.shift(), write_line: () => undefined });
    const meter = { house: moveIn(town, world, "C1", "C2"), id: radioId(keys.meter), keys };
    const service = createEvent(() => {
      putIntoService(town, meter);
    });
    scheduleEvent(town.queue, service, randomBelow(random, SERVICE_MS));
    return meter;
  });
}

/** The town at 00:00; nothing has run yet. */
export async function createMeterTown(order: TownOrder): Promise<MeterTown> {
  const { seed, loss, signing: set } = order;
  const faults = { duplicate_permille: 20, delay_max_ms: 3, capture_db: 6 };
  const town = createTown({ seed, loss_permille: Math.round(loss * 1000), ...faults });
  const signing = await makeKey(set);
  const region_key = signing.public_key.toString("hex");
  return { town, meters: addMeters(town, order, region_key, createRandomNumbers(seed + 1)), signing };
}

/** What the gateway's file of meters would say. */
export function knownMeters(meters: readonly TownMeter[]): KnownMeters {
  return new Map(
    meters.map(({ id, keys }) => {
      const address = { id, manufacturer: MANUFACTURER, version: TELEGRAM_VERSION, device_type: DEVICE_WATER };
      return [id, { address, name: id, key: keys.keys.radio.key.bytes(), next_key: undefined }];
    }),
  );
}
