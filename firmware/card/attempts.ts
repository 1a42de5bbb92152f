/**
 * Attempts: someone who tries cards until one opens something is made to wait, longer each time.
 *
 * Only cards that are not of this system count, and signatures that are not: a household that holds up a neighbour's
 * card has made a mistake, and is not locked out for it. Three are free; from then on no card is looked at for half a
 * minute, twice as long after each further one, an hour at most. A good card clears the count.
 */
import type { CardBooks } from "./books";
import { FAILURES_MAX } from "./books";
import type { CardResult } from "./results";
import { resultGood } from "./results";

const FREE_FAILURES = 3;
const FIRST_WAIT_MS = 30000;
const WAIT_MAX_MS = 3600000;

/** How long no card is looked at after so many failures in a row. */
export function waitAfter(failures: number): number {
  let wait_ms = failures < FREE_FAILURES ? 0 : FIRST_WAIT_MS;
  for (let failure = FREE_FAILURES; failure < failures && wait_ms < WAIT_MAX_MS; failure++) {
    wait_ms = 2 * wait_ms;
  }
  return Math.min(wait_ms, WAIT_MAX_MS);
}

/** Counts what came of a card; the time for which no card is looked at now. */
export function countAttempt(books: CardBooks, result: CardResult): number {
  if (resultGood(result)) {
    books.failures = 0;
  } else if (result === "unknown_card" || result === "bad_signature") {
    books.failures = Math.min(books.failures + 1, FAILURES_MAX);
    return waitAfter(books.failures);
  }
  return 0;
}
