/**
 * First scenario: the meter that a page shows before another scenario is loaded. It is put into service by card, so that
 * it knows the keys of its region and can tell a forged card from a good one; it opens with 1.00 at 2.00 a m3.
 *
 * Beside a desk the meter has the desk's keys, and with them tokens and a radio: a report each hour, and a daily window.
 */
import { RUN_MAX_S } from "../scenario/limits";
import { scenarioSchema, type Scenario } from "../scenario/schema";
import { TRANSPORT_KEY } from "../card_torture/made_cards";
import type { MeterKeys } from "./desk";
import { COMMISSIONING_IMAGE } from "./tray";

export const FIRST_NAME = "a new meter";
const START = "2019-03-04T08:00:00+01:00";
export const FIRST_START_UTC_S = Date.parse(START) / 1000;

function keyed(keys: MeterKeys | undefined): object {
  if (keys === undefined) return { transport_key: TRANSPORT_KEY };
  const { meter_number, transport_key, token_key, radio_master_key, region_key } = keys;
  return {
    meter_number,
    transport_key,
    tokens: { key: token_key, repay_permille: 500 },
    radio: { master_key: radio_master_key, region_key, listen: { at: "02:00", seconds: 60 } },
  };
}

export function firstScenario(keys?: MeterKeys): Scenario {
  return scenarioSchema.parse({
    name: FIRST_NAME,
    description:
      "A meter that is put into service by card with 1.00, at 2.00 a m3, and whatever was done with it then.",
    start: START,
    meter: { ...keyed(keys), emergency_milli: 50_000, low_credit_milli: 20_000 },
    tariff: { id: 1, blocks: [{ price_milli: 200_000 }] },
    commissioned: false,
    steps: [
      { at: "00:00:01", card: { in: { image: COMMISSIONING_IMAGE } } },
      { at: "00:00:05", card: { out: true } },
    ],
    end: RUN_MAX_S,
  });
}
