/**
 * What `curbstop token key-change` does: the tokens that bring a meter another key.
 */
import { randomUUID } from "node:crypto";
import type { Context } from "../context";
import { atVendingDesk, type MeterOptions } from "./token_session";

export interface TokenKeyChangeOptions extends MeterOptions {
  newRegion?: string;
  revision?: number;
  tariffIndex?: string;
}

export async function tokenKeyChange(options: TokenKeyChangeOptions, context: Context): Promise<void> {
  const { meter, reason, request = randomUUID(), newRegion: new_region, revision: krn, tariffIndex: ti } = options;
  await atVendingDesk(options, context, (desk, region) =>
    desk.changeKey({ request, region, meter, reason, new_region, krn, ti }),
  );
}
