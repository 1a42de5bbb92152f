/**
 * What `curbstop tariff push` and `tariff status` do: a signed message goes into the gateway's queue for all its meters,
 * and how far it has come.
 */
import { isSignedUnder } from "../tariff/verify";
import { readMessage } from "../tariff/message_file";
import { GatewayError } from "../gateway/gateway_error";
import { CONTENT_MAX_BYTES } from "../../firmware/carousel/fragments";
import { readMeters } from "../gateway/meters_file";
import { DownlinkQueue } from "../gateway/queue";
import { isDone, progressOf } from "../gateway/rollout";
import { EXIT_NO, type Context } from "../context";
import { table } from "../output";
import { queueFile } from "./radio_listen";

export interface TariffPushOptions {
  queue?: string;
  meters: string;
  publicKey?: string;
  json?: boolean;
}

export interface TariffStatusOptions {
  queue?: string;
  meters?: boolean;
  json?: boolean;
}

export async function tariffPush(file: string, options: TariffPushOptions, context: Context): Promise<void> {
  const message = readMessage(file);
  const { signed_bytes, signature, content } = message;
  if (signature.length === 0)
    throw new GatewayError(
      "bad_message",
      `${file}: it is not signed, and no meter would take it (curbstop tariff sign)`,
    );
  if (signed_bytes.length + signature.length > CONTENT_MAX_BYTES)
    throw new GatewayError("bad_message", `${file}: it is longer than a carousel carries (${CONTENT_MAX_BYTES} bytes)`);
  if (options.publicKey !== undefined && !isSignedUnder(message, options.publicKey))
    throw new GatewayError(
      "bad_message",
      `${file}: it is not signed under that public key, and no meter would take it`,
    );
  const meters = [...readMeters(options.meters).keys()];
  if (meters.length === 0) throw new GatewayError("bad_meters", `${options.meters}: there is no meter in it`);
  const { region, version } = content;
  const digits = Buffer.concat([signed_bytes, signature]).toString("hex").toUpperCase();
  const queue = new DownlinkQueue(queueFile(options));
  let number = 0;
  await queue.change((state) => {
    const newer = [...state.pushes.values()].find((push) => push.region === region && push.version >= version);
    if (newer !== undefined)
      throw new GatewayError(
        "bad_message",
        `${file}: version ${newer.version} was pushed before (meters want a higher one)`,
      );
    number = state.next_number;
    const at = new Date().toISOString();
    return [{ entry: "push", number, at, region, version, content: digits, meters }];
  });
  const bytes = digits.length / 2;
  if (options.json === true)
    context.output.out(`${JSON.stringify({ number, region, version, bytes, meters: meters.length })}\n`);
  else context.output.out(`push ${number}: version ${version} for ${meters.length} meters of region ${region}\n`);
}

export async function tariffStatus(options: TariffStatusOptions, context: Context): Promise<void> {
  const queue = new DownlinkQueue(queueFile(options));
  await queue.refresh();
  const pushes = [...queue.state.pushes.values()];
  const rows = pushes.map((push) => {
    const { number, region, version, at, frames, airtime_us } = push;
    const meters = push.meters.map((meter) => ({ meter, state: "silent", ...push.states.get(meter) }));
    const told = { number, region, version, at, frames, airtime_us, done: isDone(push), ...progressOf(push) };
    return options.meters === true ? { ...told, meters } : told;
  });
  if (rows.some(({ done }) => !done)) context.exit_code = EXIT_NO;
  if (options.json === true) {
    context.output.out(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const names = ["number", "region", "version", "active", "delivered", "heard", "refused", "silent", "frames"] as const;
  context.output.out(table([names, ...rows.map((row) => names.map((name) => String(row[name])))]));
  if (options.meters !== true) return;
  for (const push of pushes)
    for (const meter of push.meters) {
      const { state = "silent", code } = push.states.get(meter) ?? {};
      context.output.out(`${push.number}  ${meter}  ${state}${code === undefined ? "" : ` (code ${code})`}\n`);
    }
}
