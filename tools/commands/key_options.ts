/**
 * Arguments that say what a vending key, and a meter's token key, is like.
 */
import { InvalidArgumentError } from "commander";
import { PAYGO_UNIT_MAX } from "../../firmware/token/settings";
import { BASE_DATES, KEY_EXPIRY_MAX, REVISION_MAX, type BaseDate } from "../keys/names";

export function parseBaseDate(text: string): BaseDate {
  const year = BASE_DATES.find((candidate) => String(candidate) === text);
  if (year === undefined) throw new InvalidArgumentError(`the base dates are ${BASE_DATES.join(", ")}.`);
  return year;
}

export function parseKeyExpiry(text: string): number {
  const value = Number(text);
  if (!/^\d{1,3}$/.test(text) || value > KEY_EXPIRY_MAX)
    throw new InvalidArgumentError(`a key expiry number is a whole number, 0 to ${KEY_EXPIRY_MAX}.`);
  return value;
}

/** Of a vending key: the digit that its tokens' keys are made with. */
export function parseRevision(text: string): number {
  const revision = Number(text);
  if (!/^[1-9]$/.test(text)) throw new InvalidArgumentError(`a revision is 1 to ${REVISION_MAX.vending}.`);
  return revision;
}

export function parseTariffIndex(text: string): string {
  if (!/^\d\d$/.test(text)) throw new InvalidArgumentError("a tariff index is two digits.");
  return text;
}

export function parseAlgorithm(text: string): 7 | 11 {
  if (text !== "7" && text !== "11") throw new InvalidArgumentError("the algorithms are 11 (EA11), 7 (EA07).");
  return text === "7" ? 7 : 11;
}

/** What one of an OpenPAYGO token's value brings. */
export function parseUnit(text: string): number {
  const unit = Number(text);
  if (!/^[1-9]\d{0,6}$/.test(text) || unit > PAYGO_UNIT_MAX)
    throw new InvalidArgumentError(`a unit is litres or 10^-5 currency units, 1 to ${PAYGO_UNIT_MAX}.`);
  return unit;
}
