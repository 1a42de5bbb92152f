/**
 * First scenario: the meter that a page shows before another scenario is loaded. It is put into service by card, so that
 * it knows the keys of its region and can tell a forged card from a good one; it opens with 1.00 at 2.00 a m3.
 */
import { RUN_MAX_S } from "../scenario/limits";
import { scenarioSchema, type Scenario } from "../scenario/schema";
import { TRANSPORT_KEY } from "../card_torture/made_cards";
import { COMMISSIONING_IMAGE } from "./tray";

export const FIRST_NAME = "a new meter";

export function firstScenario(): Scenario {
  return scenarioSchema.parse({
    name: FIRST_NAME,
    description:
      "A meter that is put into service by card with 1.00, at 2.00 a m3, and whatever was done with it then.",
    start: "2019-03-04T08:00:00+01:00",
    meter: { transport_key: TRANSPORT_KEY, emergency_milli: 50_000, low_credit_milli: 20_000 },
    tariff: { id: 1, blocks: [{ price_milli: 200_000 }] },
    commissioned: false,
    steps: [
      { at: "00:00:01", card: { in: { image: COMMISSIONING_IMAGE } } },
      { at: "00:00:05", card: { out: true } },
    ],
    end: RUN_MAX_S,
  });
}
