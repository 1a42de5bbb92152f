/**
 * What `curbstop tariff push` and `tariff status` do: a signed message goes into the gateway's queue for all its meters,
 * in its file or by way of the broker, and how far it has come.
 */
import { readMessage } from "../tariff/message_file";
import { brokerAddress } from "../gateway/broker";
import { GatewayError } from "../gateway/gateway_error";
import { readMeters } from "../gateway/meters_file";
import { wishOf } from "../gateway/push_wish";
import { DownlinkQueue, pushedBefore, type PushWish } from "../gateway/queue";
import { isDone, progressOf } from "../gateway/rollout";
import { EXIT_NO, type Context } from "../context";
import { table } from "../output";
import { queueFile } from "./radio_listen";

export interface TariffPushOptions {
  queue?: string;
  mqtt?: string;
  mqttPasswordFile?: string;
  meters: string;
  publicKey?: string;
  json?: boolean;
}

export interface TariffStatusOptions {
  queue?: string;
  meters?: boolean;
  json?: boolean;
}

interface Pushed {
  readonly number: number;
  readonly result: "taken" | "there_already";
}

async function intoQueue(file: string, wish: PushWish, options: TariffPushOptions): Promise<Pushed> {
  const { number, is_new } = await new DownlinkQueue(queueFile(options)).addPush(file, wish);
  if (!is_new) throw pushedBefore(file, wish.version);
  return { number, result: "taken" };
}

async function throughBroker(file: string, wish: PushWish, url: string): Promise<Pushed> {
  const { sendPush } = await import("../gateway/push_line");
  const answer = await sendPush(url, wish);
  if (answer.result === "refused")
    throw new GatewayError("push_refused", `${file}: the gateway refuses it: ${answer.why}`);
  return answer;
}

export async function tariffPush(file: string, options: TariffPushOptions, context: Context): Promise<void> {
  const meters = [...readMeters(options.meters).keys()];
  const wish = wishOf(file, readMessage(file), meters, options.publicKey);
  if (meters.length === 0) throw new GatewayError("bad_meters", `${options.meters}: there is no meter in it`);
  const { mqttPasswordFile } = options;
  if (mqttPasswordFile !== undefined && options.mqtt === undefined)
    throw new GatewayError("bad_argument", "--mqtt-password-file takes --mqtt");
  const mqtt = options.mqtt === undefined ? undefined : brokerAddress(options.mqtt, mqttPasswordFile, "--mqtt");
  const pushed = mqtt === undefined ? await intoQueue(file, wish, options) : await throughBroker(file, wish, mqtt);
  const { number, result } = pushed;
  const { region, version, content } = wish;
  const said = { number, region, version, bytes: content.length / 2, meters: meters.length };
  if (options.json === true) {
    context.output.out(`${JSON.stringify(mqtt === undefined ? said : { ...said, result })}\n`);
    return;
  }
  const there = result === "there_already" ? " is there already" : "";
  context.output.out(`push ${number}${there}: version ${version} for ${meters.length} meters of region ${region}\n`);
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
