/**
 * What `curbstop token issue`, `lend`, `limit`, `clear-credit` and `clear-tamper` do: one token for one meter, written down
 * before it is shown.
 */
import { randomUUID } from "node:crypto";
import type { Context } from "../context";
import { TokenError } from "../token/token_error";
import type { Order } from "../token/vending";
import { atVendingDesk, type MeterOptions } from "./token_session";

export interface TokenIssueOptions extends MeterOptions {
  /** Tenths of a cubic metre. */
  volume?: number;
  /** Milli-units. */
  money?: number;
  family?: "sts" | "openpaygo";
  firstUnit?: number;
}

export async function tokenOrder(
  use: Order["use"],
  amount: number,
  options: MeterOptions,
  context: Context,
  paygo?: Order["paygo"],
): Promise<void> {
  const { meter, reason, request = randomUUID() } = options;
  await atVendingDesk(options, context, (desk, region) =>
    desk.issue({ request, region, meter, use, amount, reason, paygo }),
  );
}

export async function tokenIssue(lend: boolean, options: TokenIssueOptions, context: Context): Promise<void> {
  const { volume, money, family, firstUnit: unit } = options;
  if (unit !== undefined && family !== "openpaygo") {
    throw new TokenError("bad_input", "--first-unit belongs to --family openpaygo (leave it out)");
  }
  if ((volume === undefined) === (money === undefined)) {
    throw new TokenError("bad_input", "give one of --volume, for a meter of litres, and --money, for one of money");
  }
  const what = volume === undefined ? "money" : "water";
  await tokenOrder(
    lend ? `lend_${what}` : what,
    volume ?? money ?? 0,
    options,
    context,
    family === "openpaygo" ? { unit } : undefined,
  );
}
