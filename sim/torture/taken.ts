/**
 * Taken: the credit that a meter has taken, as its books and the tokens tell of it. All of it are values; what may have
 * been taken while a commit is torn is the model's (model.ts).
 */
import { CREDITED, PAYGO, SEQUENCE, TIDS, TOKEN_KEY } from "./books";
import type { ToldToken } from "./tokens";

/** Credit taken: sequence of the last voucher, sum of all credit, and the IDs of tokens, each with a blank behind it. */
export interface Taken {
  sequence: number;
  milli: number;
  tokens: string;
  /** A token has taken away what was left: the sum is no more than `milli`, and settled by the books. */
  cleared: boolean;
}

/** Whether a token of this ID was taken. */
export function hasToken(taken: Taken, token: ToldToken): boolean {
  return taken.tokens.indexOf(" " + token.id + " ") >= 0;
}

/** What is taken once this token is as well; undefined when one of its ID was, and when it moves no sum. */
export function takenWithToken(taken: Taken, token: ToldToken): Taken | undefined {
  if (hasToken(taken, token)) {
    return undefined;
  }
  const tokens = taken.tokens + token.id + " ";
  if (token.kind === "credit") {
    return { sequence: taken.sequence, milli: taken.milli + token.amount, tokens: tokens, cleared: taken.cleared };
  }
  return token.kind === "clear"
    ? { sequence: taken.sequence, milli: taken.milli, tokens: tokens, cleared: true }
    : undefined;
}

/** What these books have taken, if it is this; a sum that was cleared is then known. */
export function takenAs(taken: Taken, books: number[]): Taken | undefined {
  const milli = books[CREDITED];
  if (books[SEQUENCE] !== taken.sequence || (taken.cleared ? milli > taken.milli : milli !== taken.milli)) {
    return undefined;
  }
  return { sequence: taken.sequence, milli: milli, tokens: taken.tokens, cleared: false };
}

/** What a meter remembers of tokens. */
export function tokenMarks(books: number[]): number[] {
  return [books[TIDS], books[TOKEN_KEY], books[PAYGO]];
}
