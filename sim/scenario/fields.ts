/**
 * Fields of the view (sim/world/view.ts) that an expectation may name, and what each can be.
 *
 * The view answers by name at run time; a misspelt field has to be found before the run, so the names are types here.
 */
import { CARD_RESULTS } from "../../firmware/card/results";
import { TOKEN_RESULTS } from "../../firmware/token/results";
import { NUMBER_FIELDS, TEXT_FIELDS, isNumberField } from "../world/view";

export { NUMBER_FIELDS, TEXT_FIELDS, isNumberField };

/** Texts of which there are only so many. */
export const FIELD_VALUES: Readonly<Record<string, readonly string[]>> = {
  valve: ["open", "closed", "between", "unknown"],
  wanted: ["open", "close"],
  sensor: ["ok", "cable_cut", "impossible_rate"],
  card: ["none", ...CARD_RESULTS],
  token: ["none", ...TOKEN_RESULTS, "not_commissioned", "not_stored"],
};

/** Fields in which the view shows a space as "_"; a scenario writes the space. */
export const SPACED_FIELDS: readonly string[] = ["display", "said"];

export const DISPLAY_CHARACTERS = 8;
