/**
 * Catalogues: every language says everything, with the same places for values, and has words for all that the firmware
 * and the tray can name.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CARD_RESULTS } from "../../../firmware/card/results";
import { CODES } from "../../../firmware/metrology/info_codes";
import { SIGNED_REFUSALS } from "../../../firmware/radio/radio_results";
import { TOKEN_RESULTS } from "../../../firmware/token/results";
import { REASON_NAMES } from "../../../firmware/valve/reasons";
import { FIELD_VALUES } from "../../../sim/scenario/fields";
import { MANNERS, TOKEN_USES } from "../../../sim/serve/desk";
import { UNCHECKED } from "../../../sim/serve/messages";
import { createTray } from "../../../sim/serve/tray";
import { en } from "../../../sim/page/texts/en";
import { fi } from "../../../sim/page/texts/fi";
import { fr } from "../../../sim/page/texts/fr";
import { it as italian } from "../../../sim/page/texts/it";
import { ru } from "../../../sim/page/texts/ru";

const PAGE = join(__dirname, "..", "..", "..", "sim", "page");
const CATALOGUES: Record<string, Readonly<Record<string, string>>> = { en, it: italian, ru, fi, fr };
/** Words that are the same in both languages. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  it: ["volume", "short_B", "short_E", "scenario"],
  ru: [],
  fi: [],
  fr: ["pause", "volume", "short_A", "log_trace", "card_inspection"],
};

function places(text: string): string[] {
  return [...text.matchAll(/\{\d\}/g)].map(([place]) => place).sort();
}

/** What is missing or wrong in a catalogue beside the English one. */
function problems(catalogue: Readonly<Record<string, string>>, same: readonly string[]): string[] {
  const found = Object.keys(catalogue).filter((key) => !(key in en));
  for (const [key, text] of Object.entries(en)) {
    const translated = catalogue[key] ?? "";
    if (translated.trim() === "") found.push(`${key}: missing`);
    else if (places(translated).join() !== places(text).join()) found.push(`${key}: other places for values`);
    else if (translated === text && !same.includes(key)) found.push(`${key}: still English`);
  }
  return found;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name === "texts" ? [] : sources(join(folder, entry.name));
    return /\.tsx?$/.test(entry.name) ? [readFileSync(join(folder, entry.name), "utf8")] : [];
  });
}

describe("texts of the page", () => {
  for (const [language, same] of Object.entries(SAME)) {
    it(`are all there in ${language}`, () => assert.deepEqual(problems(CATALOGUES[language], same), []));
  }

  it("are found to be missing, unfilled or untranslated", () => {
    assert.deepEqual(problems({ ...fr, valve: "" }, SAME.fr), ["valve: missing"]);
    assert.deepEqual(problems({ ...fr, key: "Touche" }, SAME.fr), ["key: other places for values"]);
    assert.deepEqual(problems({ ...fr, tray: "Cards" }, SAME.fr), ["tray: still English"]);
  });

  it("have words for every result of a card, reason, info code, position and card of the tray", () => {
    const wanted = [
      ...["none", ...CARD_RESULTS].map((name) => `result_${name}`),
      ...REASON_NAMES.map((name) => `reason_${name}`),
      ...CODES.map((name) => `code_${name}`),
      ...FIELD_VALUES.valve.map((name) => `valve_${name}`),
      ...createTray().cards.map(({ kind }) => `card_${kind}`),
      ...TOKEN_RESULTS.map((name) => `token_${name}`),
      ...MANNERS.map((name) => `manner_${name}`),
      ...SIGNED_REFUSALS.map((name) => `refusal_${name}`),
      ...TOKEN_USES.map((name) => `sale_${name}`),
      ...UNCHECKED.map((name) => `unchecked_${name}`),
    ];
    assert.deepEqual(
      wanted.filter((key) => !(key in en)),
      [],
    );
  });

  it("are all used", () => {
    const text = sources(PAGE).join("\n");
    const made =
      /^(annunciator|short|valve|reason|code|result|card|theme|token|sale|starts|manner|push|refusal|draw|fault|inspected|unchecked)_/;
    assert.deepEqual(
      Object.keys(en).filter((key) => !made.test(key) && !text.includes(`"${key}"`)),
      [],
    );
  });
});
