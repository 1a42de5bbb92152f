/**
 * What `curbstop update push` does: a signed update goes into the gateway's queue, for all its meters. `tariff status`
 * shows how far it has come, as with all pushes.
 */
import path from "node:path";
import { CONTENT_MAX_BYTES } from "../../firmware/carousel/fragments";
import type { Context } from "../context";
import { readPublicKey } from "../lms/public_key_file";
import { GatewayError } from "../gateway/gateway_error";
import { readMeters } from "../gateway/meters_file";
import { DownlinkQueue } from "../gateway/queue";
import { isSignedUnder } from "../tariff/verify";
import { readUpdateFile } from "../update/update_file";
import { printJson } from "./keys_session";
import { queueFile } from "./radio_listen";

export interface UpdatePushOptions {
  queue?: string;
  meters: string;
  publicKey?: string;
  json?: boolean;
}

function refuse(file: string, why: string): GatewayError {
  return new GatewayError("bad_message", `${file}: ${why}`);
}

export async function updatePush(file: string, options: UpdatePushOptions, context: Context): Promise<void> {
  const update = readUpdateFile(file);
  const content = Buffer.concat([update.signed_bytes, update.signature]);
  if (update.signature.length === 0)
    throw refuse(file, "it is not signed, and no meter would take it (curbstop update sign)");
  if (content.length > CONTENT_MAX_BYTES)
    throw refuse(file, `its manifest is longer than a carousel carries (make it anew with a larger --fragment)`);
  if (options.publicKey !== undefined && !isSignedUnder(update, readPublicKey(options.publicKey)))
    throw refuse(file, "it is not signed under that public key, and no meter would take it");
  const meters = [...readMeters(options.meters).keys()];
  if (meters.length === 0) throw new GatewayError("bad_meters", `${options.meters}: there is no meter in it`);
  const { region, version } = update.manifest;
  const queue = new DownlinkQueue(queueFile(options));
  let number = 0;
  await queue.change((state) => {
    number = state.next_number;
    const at = new Date().toISOString();
    const digits = content.toString("hex").toUpperCase();
    const update_file = path.resolve(file);
    return [{ entry: "push", number, at, region, version, content: digits, meters, update_file }];
  });
  if (options.json === true) return printJson({ number, region, version, meters: meters.length }, context);
  context.output.out(`push ${number}: update ${version} for ${meters.length} meters of region ${region}\n`);
}
