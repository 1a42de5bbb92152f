/**
 * What `curbstop token encode` does: tokens from a list of complete descriptions.
 */
import { groupedDigits } from "../../firmware/token/number";
import { table } from "../output";
import { encodeToken } from "../token/encoding";
import { readInput, tokenInputs } from "../token/token_input";
import type { Context } from "../context";
import { printJson } from "./keys_session";

export function tokenEncode(file: string, is_json: boolean, context: Context): void {
  const inputs = tokenInputs(readInput(file), file);
  const encoded = inputs.map((input, index) => encodeToken(input, `${file}: entry ${index + 1}: `));
  if (is_json) return printJson(encoded, context);
  context.output.out(table(encoded.map(({ token, tid }) => [groupedDigits(token), `TID ${tid}`])));
}
