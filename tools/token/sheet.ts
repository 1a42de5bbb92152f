/**
 * The test sheet for commissioning: what to key in, and what the meter must show, in order. It holds one real token of
 * 0.1 m3, or of a hundredth of the currency unit for a meter of money, sold to the meter like any other, with which
 * good, used and mistyped ones are tried.
 */
import { allTests, testControl, type MeterTest } from "../../firmware/token/tests";
import { judgeToken } from "../../firmware/token/judgement";
import { createTokenBooks, wakeTokens } from "../../firmware/token/books";
import { groupedDigits, readTokenNumber } from "../../firmware/token/number";
import { tokenResultText } from "../../firmware/token/results";
import { bytesText } from "../../firmware/card/bytes";
import { table } from "../output";
import { testToken } from "./building";
import { encodedTokens } from "./qr";
import { amountWords, type TestToken, type TokenReceipt } from "./receipts";
import type { TokenKey } from "./building";
import type { Vended } from "./vending";

/** The least that is sold: tenths of a cubic metre, or milli-units. */
export const SHEET_AMOUNTS = { water: 1, money: 1000 } as const;
const NO_TOKEN = "9".repeat(20);
const ALL_CONTROLS = 2 ** 36 - 1;

const SHOWN: Record<MeterTest, string> = {
  valve: "the valve shuts and opens again",
  display: "all segments",
  register: "the register, as on the counter",
  key_revision: "the key revision below",
  tariff_index: "the tariff index below",
  flow_limit: "the flow limit, none on a new meter",
  tamper: "no tamper",
  flow: "the flow now",
  firmware: "the firmware id",
};

/** Test tokens by name; all of them in one for "all". */
export function testTokens(tests: readonly (MeterTest | "all")[]): TestToken[] {
  return tests.map((test) => ({
    test,
    token: testToken(0, test === "all" ? ALL_CONTROLS : testControl(test), 0),
  }));
}

export function everyTest(): (MeterTest | "all")[] {
  return [...allTests(), "all"];
}

/** The token with one digit changed so that the meter finds its check wrong: asked of the meter's own judgement. */
function mistyped(token: string, key: TokenKey): string {
  const decoder = { algorithm: key.ea, key: bytesText(key.key.bytes()), type: 2, revision: 1, tariff_index: 1 };
  const state = wakeTokens(createTokenBooks({ ...decoder, expiry: 255 }, 0, undefined), 0);
  const terms = { mode: "volume", tables: key.tables, paygo_unit: 1 } as const;
  for (let place = token.length - 1; place > 0; place--) {
    const digit = String((Number(token[place]) + 1) % 10);
    const wrong = token.slice(0, place) + digit + token.slice(place + 1);
    const is_enciphered = readTokenNumber(wrong)?.token_class === 0;
    if (is_enciphered && judgeToken(terms, state, wrong, { now_s: 0, room: 100 }).result === "crc") return wrong;
  }
  throw new Error("of nineteen mistyped tokens one has a wrong check");
}

export function testSheet({ issued, key }: Vended, token_key: TokenKey): TokenReceipt {
  const [token] = issued.tokens;
  const steps: [keys: string, shows: string][] = testTokens(allTests()).map(({ test, token: digits }) => [
    digits,
    SHOWN[test as MeterTest],
  ]);
  steps.push([mistyped(token, token_key), `${tokenResultText("crc")}: a digit is wrong`]);
  steps.push([token, `${tokenResultText("accepted")}: ${amountWords(issued.use, issued.said) ?? ""} more`]);
  steps.push([token, `${tokenResultText("used")}: the same once more`]);
  steps.push([NO_TOKEN, `${tokenResultText("format")}: no token at all`]);
  const { region, krn, ti } = key;
  const { meter, request } = issued;
  const json = {
    ...{ did: "sheet", region, meter, request, key_revision: krn, tariff_index: ti },
    steps: steps.map(([digits, shows], index) => ({
      step: index + 1,
      token: digits,
      qr: encodedTokens([digits]),
      shows,
    })),
  };
  const head = table([
    ["Test sheet", `meter ${meter}, region ${region}`],
    ["key revision", String(krn)],
    ["tariff index", ti],
  ]);
  const rows = steps.map(([digits, shows], index) => [
    `${index + 1}`.padStart(2),
    groupedDigits(digits),
    `[ ] ${shows}`,
  ]);
  const codes = steps.map(([digits, shows], index) => ({
    text: encodedTokens([digits]),
    words: [`${index + 1}`, groupedDigits(digits), `[ ] ${shows}`],
  }));
  return { json, codes, text: `${head}\n${table(rows)}\nTester ____________________  Date ____________________\n` };
}
