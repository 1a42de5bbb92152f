/**
 * A token: its fields where there is the key for them, and what a meter that has taken none yet would say to it.
 */
import { textBytes } from "../../firmware/card/bytes";
import type { DecoderKey } from "../../firmware/token/books";
import { CLASS_TEST } from "../../firmware/token/block";
import { groupedDigits } from "../../firmware/token/number";
import { tokenResultText } from "../../firmware/token/results";
import type { MeterKeys } from "../../sim/serve/inspector";
import type { Inspection } from "../../sim/serve/messages";
import { BASE_DATE_USUAL } from "../keys/names";
import { Secret } from "../keys/secret";
import { explainToken, fieldsIn, type Explanation } from "../token/explaining";
import { TokenError } from "../token/token_error";
import type { KeyInput } from "../token/token_input";

/** The key as the decoder of tokens takes it; what a meter's number and region would say is not asked for here. */
function keyInput({ algorithm, key, type, revision, tariff_index, expiry }: DecoderKey): KeyInput {
  const names = { dkga: "04", pan: "", sgc: "", base: BASE_DATE_USUAL } as const;
  return {
    attributes: { ...names, ea: algorithm, ti: String(tariff_index).padStart(2, "0"), krn: revision, kt: type },
    ken: expiry,
    tables: undefined,
    decoder_key: new Secret(textBytes(key)),
  };
}

function explained(digits: string, key: KeyInput | undefined): Explanation {
  const as_money = explainToken(digits, key, "currency");
  // A token for a meter that keeps litres is not for one that keeps money; which of them it is, the token says.
  return as_money.result === "function" ? explainToken(digits, key, "volume") : as_money;
}

function rowsOf(digits: string, fields: Explanation["fields"]): [string, string][] {
  const said = Object.entries(fields).map(([name, value]): [string, string] => [
    name.replaceAll("_", " "),
    String(value),
  ]);
  return [["token", groupedDigits(digits)], ...said];
}

export function inspectToken(digits: string, { token }: MeterKeys): Inspection {
  const key = token === undefined ? undefined : keyInput(token);
  try {
    const { result, refused, fields } = explained(digits, key);
    const answer: [string, string] = [tokenResultText(result), refused ?? "a meter takes it"];
    return {
      kind: "token",
      sections: [{ title: "token", rows: [...rowsOf(digits, fields), answer] }],
      problem: refused ?? "",
      // A test token may be keyed in as often as one likes.
      unchecked: refused === null && fields.cls !== CLASS_TEST ? ["token_history"] : [],
    };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const rows = rowsOf(digits, fieldsIn(digits, undefined));
    return { kind: "token", sections: [{ title: "token", rows }], problem: "", unchecked: ["token_content"] };
  }
}

/** Nothing can be told from an OpenPAYGO token alone: its digits are a hash, but for the last ones. */
export function inspectPaygo(digits: string): Inspection {
  const rows: [string, string][] = [
    ["token", digits],
    ["kind", `OpenPAYGO, ${digits.length} digits`],
  ];
  return { kind: "token", sections: [{ title: "token", rows }], problem: "", unchecked: ["paygo_token"] };
}
