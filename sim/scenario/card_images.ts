/**
 * The images of the cards that a scenario holds up. All are read and checked before the run.
 */
import { dirname, resolve } from "node:path";
import { loadCard } from "../card/image_file";
import { cardImage } from "../desfire/image";
import { createCryptoTwin } from "../twins/crypto";
import { createRandomTwin } from "../twins/random";
import type { Scenario } from "./schema";
import { UserError } from "./user_error";

/** Bytes of each image by the name that the scenario has for its file, in the order in which they first come. */
export function readCardImages(scenario: Scenario, file: string): Map<string, readonly number[]> {
  const images = new Map<string, readonly number[]>();
  scenario.steps.forEach(({ card }, index) => {
    const entering = card?.in;
    if (typeof entering !== "object" || images.has(entering.image)) return;
    const image_file = resolve(dirname(file), entering.image);
    const loaded = loadCard(image_file, createCryptoTwin(), createRandomTwin(1));
    if (loaded === undefined) {
      throw new UserError(`${file}: steps[${index}].card.in.image: ${image_file}: there is no such file`);
    }
    images.set(entering.image, cardImage(loaded));
  });
  return images;
}

/** The files whose cards stay the same through a run, in the order in which they first come. */
export function cardFiles(scenario: Scenario): string[] {
  const files = scenario.steps.flatMap(({ card }) =>
    typeof card?.in === "object" && !card.in.copy ? [card.in.image] : [],
  );
  return [...new Set(files)];
}
