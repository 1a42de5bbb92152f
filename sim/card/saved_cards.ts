/**
 * Cards after a run: saved under their names in a folder of their own, so that the desk reads what the meter has written
 * and the next run begins with the same cards as this one.
 */
import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { cardFiles } from "../scenario/card_images";
import type { Scenario } from "../scenario/schema";
import { UserError } from "../scenario/user_error";
import { saveImage } from "./image_file";

/** Checks that the cards of a scenario can be saved there; takes their images after the run. */
export function savedCards(scenario: Scenario, file: string, folder: string): (images: readonly string[]) => void {
  const files = cardFiles(scenario);
  const targets = files.map((name) => resolve(folder, basename(name)));
  files.forEach((name, index) => {
    const target = targets[index];
    if (targets.indexOf(target) !== index) {
      throw new UserError(`${file}: two of its cards are called ${basename(name)} (rename one to save both)`);
    }
    if (target === resolve(dirname(file), name)) {
      throw new UserError(
        `${join(folder, basename(name))}: is the card that ${file} begins with (give another folder)`,
      );
    }
  });
  return (images) => {
    makeFolder(folder);
    images.forEach((image, index) => saveImage(targets[index], [...Buffer.from(image, "hex")]));
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UserError(`${folder}: cannot be made: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}
