/**
 * Meter's tokens: all that a meter knows of its keypad and of what was keyed in. What outlasts a power cut of it stands
 * in saved.ts.
 */
import type { Entry } from "./entry";
import { createTokenEntry } from "./entry";
import { createTokenBooks, wakeTokens } from "./books";
import type { TokenState } from "./books";
import type { TokenTerms } from "./judgement";
import type { PaygoSearch } from "./openpaygo";
import type { TokenResult } from "./results";
import type { TokenSettings } from "./settings";
import { settingsKey, settingsPaygo } from "./settings";

/** What came of a number: a result, or why a genuine token could not be carried out. */
export type TokenAnswer = TokenResult | "not_commissioned" | "not_stored";

export interface MeterTokens {
  readonly terms: TokenTerms;
  state: TokenState;
  entry: Entry;
  /** An OpenPAYGO number that is being looked for. */
  search: PaygoSearch | undefined;
  /** What came of the last number since the boot. */
  last_result: TokenAnswer | "none";
  /** 0 for no limit. */
  flow_limit_l_h: number;
  /** The newest credits (credit_list.ts). */
  credits: string;
}

export function createMeterTokens(settings: TokenSettings): MeterTokens {
  const books = createTokenBooks(settingsKey(settings), settings.first_tid, settingsPaygo(settings));
  return {
    terms: { mode: settings.mode, tables: settings.tables, paygo_unit: settings.paygo_unit },
    state: wakeTokens(books, 0),
    entry: createTokenEntry(),
    search: undefined,
    last_result: "none",
    flow_limit_l_h: 0,
    credits: "",
  };
}
