/**
 * Purse: money on a card that is debited at standpipes, in steps, each paid before its water runs.
 *
 * What a card has spent stands beside the value, in the first 16 bytes of its read-back file (card file 3 of a purse),
 * and changes in the same CommitTransaction as the debit: so a meter that lost its power in the middle of a step can
 * tell at the card's return whether the step was paid.
 *
 *   0  1  version, 129; 0 on a card that has paid nothing yet
 *   1  6  spent: all that meters ever took from this purse, milli-units
 *   7  9  meter that took last, 18 digits as BCD
 */
import { lowFirst, putDigits, putWhole, wholeAt } from "./bytes";
import type { CardSession, Purse } from "./card_state";
import { COMMIT_TRANSACTION, DEBIT, GET_VALUE, READ_DATA, WRITE_DATA } from "./desfire";
import { FILE_PURSE, FILE_READ_BACK } from "./files";
import { exchangeSealed, fileCommand } from "./sealed";
import type { Meter } from "../state";
import { METER_BYTES } from "./voucher";

const SPENT_VERSION = 129;
const SPENT_BYTES = 16;
const VALUE_BYTES = 4;
/** Top bit of a value file's signed number: the purse's limits keep it 0. */
const VALUE_MAX = 2147483647;

/** Reads value and spent sum; undefined when the card is gone, or is no purse. */
export function readPurse(meter: Meter, session: CardSession, next: (purse: Purse | undefined) => void): void {
  exchangeSealed(meter.hal.card, session, [GET_VALUE, FILE_PURSE], false, function (value) {
    const read = fileCommand(READ_DATA, FILE_READ_BACK, SPENT_BYTES);
    exchangeSealed(meter.hal.card, session, read, false, function (spent) {
      if (value === undefined || spent === undefined || value.length !== VALUE_BYTES || spent.length !== SPENT_BYTES) {
        next(undefined);
        return;
      }
      const value_milli = wholeAt([value[3], value[2], value[1], value[0]], 0, VALUE_BYTES);
      const known = spent[0] === 0 || spent[0] === SPENT_VERSION;
      next(
        known && value_milli <= VALUE_MAX ? { value_milli: value_milli, spent_milli: wholeAt(spent, 1, 6) } : undefined,
      );
    });
  });
}

/** Takes a step from the purse: `next` gets true when the card has confirmed it. */
export function debitPurse(
  meter: Meter,
  session: CardSession,
  spent_milli: number,
  step_milli: number,
  next: (paid: boolean) => void,
): void {
  const record = [SPENT_VERSION];
  putWhole(record, spent_milli + step_milli, 6);
  putDigits(record, meter.card.books.meter, METER_BYTES);
  const write = fileCommand(WRITE_DATA, FILE_READ_BACK, SPENT_BYTES).concat(record);
  const debit = [DEBIT, FILE_PURSE].concat(lowFirst(step_milli, VALUE_BYTES));
  exchangeSealed(meter.hal.card, session, write, true, function (written) {
    if (written === undefined) {
      next(false);
      return;
    }
    exchangeSealed(meter.hal.card, session, debit, true, function (debited) {
      if (debited === undefined) {
        next(false);
        return;
      }
      exchangeSealed(meter.hal.card, session, [COMMIT_TRANSACTION], false, function (committed) {
        next(committed !== undefined);
      });
    });
  });
}
