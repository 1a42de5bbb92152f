/**
 * Receipts: what the vending desk has done, as an object for machines and as lines for people. Tokens stand in groups
 * of four, as they are keyed in, and as what a QR code of them encodes (qr.ts). No receipt holds a key.
 */
import { TENTH_L } from "../../firmware/token/judgement";
import { groupedDigits } from "../../firmware/token/number";
import type { MeterTest } from "../../firmware/token/tests";
import { amountText } from "../money";
import { table } from "../output";
import type { TokenUse } from "./entries";
import { encodedTokens, type Code } from "./qr";
import { tidText } from "./tid";
import type { Vended } from "./vending";

export interface TokenReceipt {
  readonly json: object;
  readonly text: string;
  /** The QR codes that belong to it, one for each token or set of tokens. */
  readonly codes: readonly Code[];
}

/** How the tokens came to be handed out. */
export type Did = "issued" | "repeated" | "reissued";

/** Tenths of a cubic metre, for people. */
function cubicText(tenths: number): string {
  return `${Math.floor(tenths / 10)}.${tenths % 10} m3`;
}

const USES: Record<TokenUse, string> = {
  water: "water",
  money: "money",
  lend_water: "emergency water",
  lend_money: "emergency money",
  limit: "flow limit",
  clear_credit: "clear credit",
  clear_tamper: "clear tamper",
  key_change: "key change",
};

/** An amount as a person reads it; undefined of uses that have none. */
export function amountWords(use: TokenUse, amount: number): string | undefined {
  if (use === "water" || use === "lend_water") return cubicText(amount);
  if (use === "money" || use === "lend_money") return amountText(amount);
  if (use === "limit") return amount === 0 ? "none" : `${amount} l/h`;
  return undefined;
}

const DID_NOTES: Record<Did, string> = {
  issued: "",
  repeated: " (this request was answered before: the same token)",
  reissued: " (REISSUE of a token that was issued before: it works once)",
};

export function vendedReceipt({ issued, key }: Vended, did: Did): TokenReceipt {
  const { request, meter, use, amount, said, tid, tokens, reason, at, new_key, paygo } = issued;
  const { region } = key;
  const grouped = tokens.map(groupedDigits);
  const qr = encodedTokens(tokens);
  const json = {
    ...{ did, request, region, meter, use, amount, said, tid, issued_at: at, reason, new_key },
    ...{ issue_utc: tid === null ? null : tidText(key.base, tid), tokens, grouped, qr },
    volume_l: use === "water" || use === "lend_water" ? said * TENTH_L : null,
    amount_milli: use === "money" || use === "lend_money" ? said : null,
    ...(paygo === undefined ? { family: "sts" } : { family: "openpaygo", ...paygo }),
  };
  const words = amountWords(use, said);
  const rows = [
    ["did", `${USES[use]} ${did}${DID_NOTES[did]}`],
    ["meter", meter],
    ["region", region],
    ...(words === undefined ? [] : [["amount", words]]),
    ...(said === amount ? [] : [["asked for", amountWords(use, amount) ?? ""]]),
    ...grouped.map((token, index) => [grouped.length === 1 ? "token" : `token ${index + 1}`, token]),
    ["issued at", at],
    ["request", request],
    ...(reason === "" ? [] : [["reason", reason]]),
  ];
  return { json, text: table(rows), codes: [{ text: qr, words: rows.map((row) => row.join("  ")) }] };
}

/** A test token, which is the same for every meter. */
export interface TestToken {
  readonly test: MeterTest | "all";
  readonly token: string;
}

export function testReceipt(tests: readonly TestToken[]): TokenReceipt {
  const json = {
    did: "engineering",
    tests: tests.map(({ test, token }) => ({ test, token, grouped: groupedDigits(token), qr: encodedTokens([token]) })),
  };
  const rows = tests.map(({ test, token }) => [test.replaceAll("_", " "), groupedDigits(token)]);
  const codes = tests.map(({ token }, place) => ({ text: encodedTokens([token]), words: rows[place] }));
  return { json, text: table(rows), codes };
}
