/**
 * What `curbstop token decode` does: every field of tokens, and what a meter would say to them.
 */
import { groupedDigits } from "../../firmware/token/number";
import { tokenResultText } from "../../firmware/token/results";
import { table } from "../output";
import { EXIT_NO, type Context } from "../context";
import { digitsOf, explainToken, type Explanation, type TokenMode } from "../token/explaining";
import { TokenError } from "../token/token_error";
import { keyInput, readInput } from "../token/token_input";
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
  const key = options.key === undefined ? undefined : keyInput(readInput(options.key), options.key);
  const explanations = tokens.map((text) => {
    const digits = digitsOf(text);
    if (digits === undefined) throw new TokenError("bad_input", `${text}: a token has twenty digits`);
    return explainToken(digits, key, options.mode);
  });
  if (explanations.some(({ refused }) => refused !== null)) context.exit_code = EXIT_NO;
  if (options.json === true) return printJson(explanations, context);
  context.output.out(explanations.map(explanationText).join("\n"));
}
