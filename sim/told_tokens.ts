/**
 * Told tokens: what the numbers that a scenario keys in mean, for a torture's model (sim/torture/tokens.ts). Of token
 * steps the scenario says it; OpenPAYGO numbers among the keys are looked for under the meter's key.
 */
import { hexBytes } from "../firmware/card/bytes";
import {
  PAYGO_DIGITS,
  PAYGO_LONG_DIGITS,
  createPaygoBooks,
  createPaygoSearch,
  paygoKind,
  stepPaygoSearch,
} from "../firmware/token/openpaygo";
import type { PreparedScenario } from "./run";
import { startUtcS } from "./scenario/compile";
import type { TokensOfMeter } from "./scenario/settings_schema";
import { timeMs } from "./scenario/times";
import { TokenDesk, type TokenStep } from "./scenario/token_steps";
import type { ToldKind, ToldToken } from "./torture/tokens";

const PAYGO_NUMBERS = new RegExp(`(?<![0-9])(?:[0-9]{${PAYGO_DIGITS}}|[0-9]{${PAYGO_LONG_DIGITS}})(?=#)`, "g");

function meaningOf(step: TokenStep, desk: TokenDesk): { kind: ToldKind; amount: number } {
  if (step.credit !== undefined) return { kind: "credit", amount: desk.said(step.credit) };
  if (step.lend !== undefined) return { kind: "lend", amount: step.lend === 0 ? 0 : desk.said(step.lend) };
  return { kind: step.clear_credit === true ? "clear" : "other", amount: 0 };
}

/** OpenPAYGO tokens that add, among keys; a scenario is short, so they are among the first counts. */
function paygoTokens(keys: string, tokens: TokensOfMeter): ToldToken[] {
  const { paygo_key, paygo_start, paygo_unit } = tokens;
  if (paygo_key === undefined) return [];
  const books = createPaygoBooks(hexBytes(paygo_key), paygo_start);
  return [...keys.matchAll(PAYGO_NUMBERS)].flatMap(([digits]): ToldToken[] => {
    const search = createPaygoSearch(books, digits);
    stepPaygoSearch(search, search.end);
    if (search.found === 0 || paygoKind(search) !== "add") return [];
    return [{ digits, kind: "credit", amount: search.value * paygo_unit, id: `p${search.found}` }];
  });
}

/** All tokens of a scenario, in the order in which they are keyed in. */
export function toldTokens(prepared: PreparedScenario): ToldToken[] {
  const { meter, steps } = prepared.scenario;
  const { tokens } = meter;
  if (tokens === undefined) return [];
  const desk = new TokenDesk(tokens, startUtcS(prepared));
  return steps.flatMap(({ at, token, keys }): ToldToken[] => {
    if (keys !== undefined) return paygoTokens(keys, tokens);
    if (token === undefined) return [];
    const numbers = desk.keys(token, timeMs(at)).split("#").slice(0, -1);
    if (token.wrong) return [];
    return numbers.map((digits) => ({ digits, ...meaningOf(token, desk), id: desk.id === "" ? digits : desk.id }));
  });
}

/** A plan's line for a token. */
export function toldLine({ digits, kind, amount, id }: ToldToken): string {
  return `token ${digits} ${kind} ${amount} ${id}`;
}
