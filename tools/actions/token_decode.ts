/**
 * What `curbstop token decode` does: every field of tokens, and what a meter would say to them.
 */
import { groupedDigits } from "../../firmware/token/number";
import { tokenResultText } from "../../firmware/token/results";
import { table } from "../output";
import { EXIT_NO, type Context } from "../context";
import { digitsOf, explainPaygo, explainToken, type Explanation, type TokenMode } from "../token/explaining";
import { isPaygo } from "../token/paygo";
import { TokenError } from "../token/token_error";
import { keyInput, paygoInput, readInput } from "../token/token_input";
import { printJson } from "./keys_session";

export interface TokenDecodeOptions {
  key?: string;
  mode: TokenMode;
  json?: boolean;
}

function explanationText({ token, result, refused, fields }: Explanation): string {
  const answer = refused === null ? "a meter takes it" : `a meter refuses it: ${refused}`;
  const rows = Object.entries(fields).map(([name, value]) => [name.replaceAll("_", " "), String(value)]);
  return table([["token", groupedDigits(token)], ...rows, [tokenResultText(result), answer]]);
}

export function tokenDecode(tokens: readonly string[], options: TokenDecodeOptions, context: Context): void {
  const { key: file = "", mode } = options;
  // Standard input is read once, whatever the tokens are.
  const key_text = options.key === undefined ? undefined : readInput(file);
  const explanations = tokens.map((text) => {
    const digits = digitsOf(text);
    if (digits === undefined) {
      throw new TokenError("bad_input", `${text}: a token has twenty digits, or of OpenPAYGO nine or twelve`);
    }
    if (!isPaygo(digits))
      return explainToken(digits, key_text === undefined ? undefined : keyInput(key_text, file), mode);
    if (key_text === undefined) throw new TokenError("bad_key", `${digits}: it is for one meter (give --key)`);
    return explainPaygo(digits, paygoInput(key_text, file), mode);
  });
  if (explanations.some(({ refused }) => refused !== null)) context.exit_code = EXIT_NO;
  if (options.json === true) return printJson(explanations, context);
  context.output.out(explanations.map(explanationText).join("\n"));
}
