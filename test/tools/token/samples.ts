/**
 * Inputs, desks and refusals for tests of tokens.
 */
import assert from "node:assert/strict";
import { TokenError, type TokenErrorName } from "../../../tools/token/token_error";

/** A complete description of a water token. The key is a public one of compliance tests. */
export const SAMPLE_INPUT = {
  dkga: "04",
  ea: 11,
  pan: "600727000000000009",
  sgc: "600100",
  ti: "01",
  krn: 1,
  kt: 2,
  ken: 255,
  vk: "abababababababab949494949494949401234567",
  base: 14,
  issue_utc: "2026-11-22T12:00:00",
  rnd: 5,
  cls: 0,
  sub: 1,
  amount_tenths: 10,
};

export function refusal(code: TokenErrorName, message?: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TokenError, String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.message.includes("\n"), false);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}
