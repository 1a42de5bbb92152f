/**
 * The cards of sim/scenarios/cards, made anew: a desk's own functions on virtual cards, under the keys of
 * test/firmware/card/desk.ts, which are numbers that anyone can guess and are used nowhere else. Run as a program, it
 * writes them:
 *
 *   node -r ./tools/load_typescript.js test/sim/scenario/scenario_cards.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cardImage } from "../../../sim/desfire/image";
import * as desk from "../../firmware/card/desk";

export const SCENARIO_CARDS = join(__dirname, "..", "..", "..", "sim", "scenarios", "cards");

/** Images by the names of their files. */
export async function scenarioCards(): Promise<Map<string, number[]>> {
  const commissioning = await desk.commissioningCard({}, {}, 1);
  const household = await desk.sold(await desk.issued("user", { number: 2 }));
  const first = cardImage(household.card);
  // Sold without a visit to the meter in between: the sum grows, and the meter credits the difference.
  await desk.sold(household, { sequence: 2, cumulative_milli: 800_000 });
  const foreign = await desk.sold(await desk.issued("user", { number: 3, region: desk.OTHER_REGION }));
  return new Map([
    ["commissioning.card", cardImage(commissioning.card)],
    ["household.card", first],
    ["household-sold-again.card", cardImage(household.card)],
    ["foreign.card", cardImage(foreign.card)],
  ]);
}

if (require.main === module) {
  void scenarioCards().then((cards) => {
    for (const [name, image] of cards) writeFileSync(join(SCENARIO_CARDS, name), Buffer.from(image));
  });
}
