/** Supply: the board's voltage, behind a divider or whole, and the comparator that warns. */
import type { Timer } from "../../../hal/timer";
import type { AnalogPin, WatchedPin } from "../bus";
import type { Supply } from "../supply";
import { createSupply } from "../supply";
import type { PartValues } from "./bench";
import { or } from "./bench";

/** Of a divider: the supply is what is measured, times the one, by the other. */
export const MULTIPLY = 2;
export const DIVIDE = 1;
const LOW_MV = 2900;
const GOOD_MV = 3100;
/** W25Q32JV and MB85RC256V are specified from here on. */
const MEMORY_MV = 2700;
const LOOK_MS = 1000;
/** A mains board that does not measure its supply: never low. */
const UNKNOWN_MV = 20000;

/** What of the supply a board can see. */
export interface SupplySense {
  input: AnalogPin | undefined;
  /** The input is behind a divider; otherwise it tells the whole. */
  divided: boolean;
  /** Low: a comparator warns. */
  warning: WatchedPin | undefined;
}

export function wireSupply(sense: SupplySense, timer: Timer, parts: PartValues): Supply {
  const divided = sense.input !== undefined && sense.divided;
  const settings = {
    multiply: divided ? or(parts.supply_multiply, MULTIPLY) : 1,
    divide: divided ? or(parts.supply_divide, DIVIDE) : 1,
    low_mv: or(parts.supply_low_mv, LOW_MV),
    good_mv: or(parts.supply_good_mv, GOOD_MV),
    memory_mv: or(parts.supply_memory_mv, MEMORY_MV),
    look_ms: LOOK_MS,
  };
  const input = sense.input === undefined ? { millivolts: () => UNKNOWN_MV } : sense.input;
  return createSupply(input, sense.warning, timer, settings);
}
