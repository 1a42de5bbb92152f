/**
 * Lock-out: someone who tries numbers until one opens something is made to wait, longer each time.
 *
 * Only wrong guesses count: numbers whose CRC is wrong, and OpenPAYGO numbers that no count gives. Two are free; from
 * the third on nothing that is made for one meter is looked at for 10 s, twice as long after each further one, 1,280 s
 * at most. Only an accepted one of those clears the count: a used token, or a test token that fits every meter, could
 * be typed between the guesses.
 *
 * The count is kept in the journal, the moment is not: after a power cut the whole wait begins again, so that pulling
 * the battery gains nothing. While it lasts, the best that can be done is one guess in 1,280 s: see the README for how
 * many years that makes.
 */
const FREE_FAILURES = 2;
const FIRST_WAIT_S = 10;
const WAIT_MAX_S = 1280;
export const TOKEN_FAILURES_MAX = 255;

/** How long nothing is looked at after so many wrong numbers. */
export function tokenWait(failures: number): number {
  let wait_s = failures <= FREE_FAILURES ? 0 : FIRST_WAIT_S;
  for (let failure = FREE_FAILURES + 1; failure < failures && wait_s < WAIT_MAX_S; failure++) {
    wait_s = 2 * wait_s;
  }
  return Math.min(wait_s, WAIT_MAX_S);
}

export function oneMoreFailure(failures: number): number {
  return Math.min(failures + 1, TOKEN_FAILURES_MAX);
}
