/**
 * The vending desk of a session. Its journal needs a folder: a temporary one, that holds tokens and no key, and is gone
 * when the session ends.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REGION } from "../../sim/card_torture/made_cards";
import type { SoldToken, TokenOrder } from "../../sim/serve/desk";
import type { KeyRing } from "../keys/ring";
import { vendedReceipt } from "../token/receipts";
import { VendingDesk } from "../token/vending";
import { METER } from "./keys";

export class TokenDesk {
  readonly folder = mkdtempSync(join(tmpdir(), "curbstop-desk-"));
  private readonly desk: VendingDesk;
  private utc_s = 0;
  private count = 0;

  constructor(ring: KeyRing) {
    this.desk = new VendingDesk(ring, this.folder, { now: () => new Date(this.utc_s * 1000) });
  }

  /** TIDs rise from token to token, also for a meter that begins anew: it takes any that is new to it. */
  async issue({ use, amount, reason }: TokenOrder, utc_s: number): Promise<SoldToken> {
    this.utc_s = utc_s;
    const request = `page-${++this.count}`;
    const vended = await this.desk.issue({ request, region: REGION, meter: METER, use, amount, reason });
    return { receipt: vendedReceipt(vended, "issued").text, digits: vended.issued.tokens[0] };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
