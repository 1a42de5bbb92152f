/**
 * What `curbstop radio listen` does: the gateway, until it is stopped.
 */
import { DEVICE_OTHER, LINK_C1, LINK_C1_T1, LINK_T1, createIm871a, type Im871a } from "../../firmware/modem/im871a";
import type { RadioMode } from "../../firmware/modem/airtime";
import type { Address } from "../../firmware/radio/link";
import type { Radio } from "../../hal/radio";
import { advance, createField, openWindows, type Field } from "../gateway/field";
import { Gateway, type Reading } from "../gateway/gateway";
import type { GroupSettings } from "../gateway/chirpstack";
import { GatewayError } from "../gateway/gateway_error";
import { GROUP_PACE_MS, openLorawanMeters, type LorawanMeters } from "../gateway/lorawan_meters";
import { readMeters, type KnownMeters } from "../gateway/meters_file";
import { openMqttMeters, type MqttMeters } from "../gateway/mqtt_meters";
import { brokerAddress } from "../gateway/broker";
import { openPublisher, type Publisher } from "../gateway/publisher";
import { openPushLine, type PushLine } from "../gateway/push_line";
import { DownlinkQueue, usualQueueFile } from "../gateway/queue";
import { progressOf } from "../gateway/rollout";
import type { Way } from "../gateway/plan";
import { openLine } from "../gateway/serial";
import { readSecretFile } from "../keys/secret_file";
import { usualStoreFile } from "../keys/store";
import { readPublicKey } from "../lms/public_key_file";
import type { Context } from "../context";
import { createProgress } from "../progress";

export interface RadioListenOptions {
  port?: string;
  field?: boolean;
  mqttMeters?: string;
  lorawan?: string;
  lorawanApplication?: string;
  lorawanPort: number;
  lorawanPayload: number;
  lorawanGroupPayload: number;
  lorawanApi?: string;
  lorawanGroup?: string;
  lorawanToken?: string;
  loss: number;
  seed: number;
  meters: string;
  queue?: string;
  metersPasswordFile?: string;
  mqtt?: string;
  mqttPasswordFile?: string;
  region?: string;
  publicKey?: string;
  mode: "c1" | "t1" | "c1,t1";
  window?: string;
  windowSeconds: number;
  way: Way;
  for?: number;
  json?: boolean;
}

const ADDRESS: Address = { manufacturer: "CSB", id: "99000001", version: 1, device_type: 0x31 };
const LINKS: Record<RadioListenOptions["mode"], number> = { c1: LINK_C1, t1: LINK_T1, "c1,t1": LINK_C1_T1 };
const SENDS: Record<RadioListenOptions["mode"], RadioMode> = { c1: "C2", t1: "T2", "c1,t1": "C2" };
const FOREVER_MS = 2 ** 45;
const STEP_MS = 20;
const LOOK_MS = 1000;
const WATCH_MS = 60_000;
const START_MS = 5000;
const FIELD_INTERVAL_MS = 30_000;
const TOKEN_MAX_BYTES = 4097;
/** Permille of the hour's airtime that counts as used when a gateway starts: it may have sent before. */
const USED_PERMILLE = 500;

/** What the gateway hears and sends with. */
interface Running {
  readonly radio: Radio;
  /** What it is called in readings. */
  readonly device: () => string;
  /** Undefined for meters that come through a broker. */
  readonly modem: Im871a | undefined;
  readonly field: Field | undefined;
  readonly counts: MqttMeters["counts"] | undefined;
  close(): Promise<void>;
}

export function queueFile(options: { queue?: string }): string {
  return options.queue ?? usualQueueFile(usualStoreFile());
}

/** The multicast group that carries what is for all; its three options come together. */
function groupOf({ lorawanApi, lorawanGroup, lorawanToken }: RadioListenOptions): GroupSettings | undefined {
  if (lorawanApi === undefined && lorawanGroup === undefined && lorawanToken === undefined) return undefined;
  if (lorawanApi === undefined || lorawanGroup === undefined || lorawanToken === undefined)
    throw new GatewayError("bad_argument", "what is for all meters takes --lorawan-api, --lorawan-group and --lorawan-token together"); // prettier-ignore
  const token = readSecretFile(lorawanToken, TOKEN_MAX_BYTES)?.toString("latin1").trim();
  if (token === undefined) throw new GatewayError("bad_argument", `${lorawanToken}: there is no such file`);
  return { api: lorawanApi, group: lorawanGroup, token };
}

function openLorawan(options: RadioListenOptions, url: string, log: (line: string) => void): Promise<LorawanMeters> {
  const { lorawanApplication: application, lorawanPort: port } = options;
  if (application === undefined)
    throw new GatewayError("bad_argument", "--lorawan takes --lorawan-application, the UUID of the meters' application"); // prettier-ignore
  return openLorawanMeters({
    url,
    application,
    port,
    payload_bytes: options.lorawanPayload,
    group_payload_bytes: options.lorawanGroupPayload,
    group: groupOf(options),
    pace_ms: GROUP_PACE_MS,
    log,
  });
}

function ofNetwork(opened: MqttMeters | LorawanMeters, device: string): Running {
  const { radio, counts } = opened;
  return { radio, device: () => device, modem: undefined, field: undefined, counts, close: () => opened.close() };
}

function ofModule(modem: Im871a, field: Field | undefined, close: () => Promise<void>): Running {
  const id = (): string =>
    [...modem.info.slice(4, 8)]
      .reverse()
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
  return { radio: modem.port, device: () => `im871a[${id()}]`, modem, field, counts: undefined, close };
}

async function openRadio(
  options: RadioListenOptions,
  meters: KnownMeters,
  log: (line: string) => void,
  on_end: (reason: string) => void,
): Promise<Running> {
  const { port, field: is_field, mqttMeters, lorawan } = options;
  if ([port, is_field, mqttMeters, lorawan].filter((one) => one !== undefined).length !== 1)
    throw new GatewayError("bad_argument", "give --port and the module's serial device, or --field, or --mqtt-meters, or --lorawan"); // prettier-ignore
  if (mqttMeters !== undefined) return ofNetwork(await openMqttMeters(mqttMeters), "mqtt");
  if (lorawan !== undefined) return ofNetwork(await openLorawan(options, lorawan, log), "lorawan");
  const settings = {
    device: DEVICE_OTHER,
    link: LINKS[options.mode],
    sends: SENDS[options.mode],
    sums: "none" as const,
    watch_ms: WATCH_MS,
    used_permille: USED_PERMILLE,
  };
  if (port === undefined) {
    const { seed, loss } = options;
    const field = createField(meters, { seed, loss_permille: loss * 10, interval_ms: FIELD_INTERVAL_MS });
    return ofModule(createIm871a(field.line, field.timer, settings), field, () => Promise.resolve());
  }
  const opened = openLine(port, on_end);
  return ofModule(createIm871a(opened.line, opened.timer, settings), undefined, () => {
    opened.close();
    return Promise.resolve();
  });
}

/** Milliseconds into the day, UTC, at which the window opens; undefined without one. */
function windowOpens({ window }: RadioListenOptions): number | undefined {
  if (window === undefined) return undefined;
  const [hours, minutes] = window.split(":").map(Number);
  return (hours * 60 + minutes) * 60_000;
}

function isInWindow(options: RadioListenOptions, now: Date): boolean {
  const opens_ms = windowOpens(options);
  if (opens_ms === undefined) return false;
  const of_day_ms = now.getTime() % 86_400_000;
  return of_day_ms >= opens_ms && of_day_ms < opens_ms + options.windowSeconds * 1000;
}

/** How all pushes together are doing, for the live bar. */
function showProgress(bar: ReturnType<typeof createProgress>, queue: DownlinkQueue, gateway: Gateway): void {
  const sum = { silent: 0, heard: 0, delivered: 0, active: 0, refused: 0 };
  for (const push of queue.state.pushes.values()) {
    if (push.stopped) continue;
    const progress = progressOf(push);
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += progress[name];
  }
  const { heard, delivered, active, refused, silent } = sum;
  const { counts } = gateway;
  const doing =
    `active; ${delivered} delivered, ${heard} heard, ${refused} refused, ${silent} silent; ` +
    `${counts.heard} telegrams, ${counts.sent} messages sent, ${counts.answered} answered`;
  bar.setTotal(Math.max(1, heard + delivered + active + refused + silent));
  bar.update(active, { doing });
}

/** Resolves at SIGINT or SIGTERM, after `for` seconds, or when the module is gone. */
function ending(options: RadioListenOptions): { ended: Promise<void>; end: () => void } {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  const limit = options.for === undefined ? undefined : setTimeout(end, options.for * 1000);
  void ended.then(() => {
    clearTimeout(limit);
    process.removeListener("SIGINT", end);
    process.removeListener("SIGTERM", end);
  });
  return { ended, end };
}

function createGateway(
  options: RadioListenOptions,
  context: Context,
  { radio, device }: Running,
  meters: KnownMeters,
  queue: DownlinkQueue,
  publisher: Publisher | undefined,
  log: (line: string) => void,
): Gateway {
  const publish = (reading: Reading): void => {
    publisher?.publish(reading);
    if (options.json === true) context.output.out(`${reading.text}\n`);
  };
  return new Gateway({
    radio,
    queue,
    meters,
    address: ADDRESS,
    device: device(),
    downlink_mode: SENDS[options.mode],
    way: options.way,
    now: () => new Date(),
    publish,
    log,
  });
}

/** Time passes for a simulated field as it does here. */
function runField({ field }: Running, stopped: () => boolean): void {
  if (field === undefined) return;
  let before_ms = performance.now();
  const step = async (): Promise<void> => {
    const now_ms = performance.now();
    const passed_ms = Math.floor(now_ms - before_ms);
    before_ms += passed_ms;
    await advance(field, passed_ms, () => Promise.resolve());
    if (!stopped()) setTimeout(() => void step(), STEP_MS);
  };
  void step();
}

async function untilWorking({ modem }: Running): Promise<void> {
  const limit_ms = performance.now() + START_MS;
  while (modem?.working === false) {
    if (performance.now() >= limit_ms)
      throw new GatewayError("no_modem", "the radio module does not answer as an iM871A (is it the right --port?)");
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}

/** The gateway until it ends, with the broker's two sides where there is one. */
async function listenWith(
  options: RadioListenOptions,
  context: Context,
  meters: KnownMeters,
  queue: DownlinkQueue,
  log: (line: string) => void,
  { publisher, pushes }: { publisher: Publisher | undefined; pushes: PushLine | undefined },
): Promise<void> {
  const { ended, end } = ending(options);
  let gone: string | undefined;
  let stopped = false;
  const bar = createProgress(context.output);
  let running: Running | undefined;
  let looking: NodeJS.Timeout | undefined;
  try {
    const opened = await openRadio(options, meters, log, (reason) => {
      gone = reason;
      end();
    });
    running = opened;
    runField(opened, () => stopped);
    await untilWorking(opened);
    const gateway = createGateway(options, context, opened, meters, queue, publisher, log);
    opened.radio.listen(FOREVER_MS);
    bar.start(1, 0, { doing: "" });
    let sent_on = "";
    const look = (): void => {
      if (gateway.failure !== undefined) end();
      showProgress(bar, queue, gateway);
      const today = new Date().toISOString().slice(0, 10);
      if (sent_on === today || !gateway.idle || !isInWindow(options, new Date())) return;
      sent_on = today;
      if (opened.field !== undefined) openWindows(opened.field, options.windowSeconds * 1000);
      // What the law's airtime has cut off goes on within the window.
      const is_open = (): boolean => isInWindow(options, new Date());
      void gateway.broadcast(is_open).then((complete) => (sent_on = complete ? today : ""));
    };
    looking = setInterval(look, LOOK_MS);
    await ended;
    if (gateway.failure !== undefined) throw gateway.failure;
    if (gone !== undefined) throw new GatewayError("no_modem", `the radio module has gone away (${gone})`);
    bar.stop();
    const counts = { ...gateway.counts, ...pushes?.counts, ...opened.counts };
    if (options.json !== true) context.output.out(`${JSON.stringify(counts)}\n`);
  } finally {
    stopped = true;
    clearInterval(looking);
    end();
    bar.stop();
    await running?.close();
  }
}

/** Where pushes come from the broker, what they are held to. */
function pushParts(options: RadioListenOptions): { url: string; region: string; public_key: string } | undefined {
  const { mqtt, region, publicKey } = options;
  if (region === undefined && publicKey === undefined) return undefined;
  if (mqtt === undefined || region === undefined || publicKey === undefined)
    throw new GatewayError("bad_argument", "pushes from a broker take --mqtt, --region and --public-key together");
  return { url: mqtt, region, public_key: readPublicKey(publicKey) };
}

/** The options with passwords in the addresses that have users; an option that nothing names is refused. */
function withPasswords(options: RadioListenOptions): RadioListenOptions {
  const { mqtt, mqttPasswordFile, mqttMeters, lorawan, metersPasswordFile } = options;
  if (mqttPasswordFile !== undefined && mqtt === undefined)
    throw new GatewayError("bad_argument", "--mqtt-password-file takes --mqtt");
  if (metersPasswordFile !== undefined && mqttMeters === undefined && lorawan === undefined)
    throw new GatewayError("bad_argument", "--meters-password-file takes --mqtt-meters or --lorawan");
  return {
    ...options,
    ...(mqtt === undefined ? {} : { mqtt: brokerAddress(mqtt, mqttPasswordFile, "--mqtt") }),
    ...(mqttMeters === undefined ? {} : { mqttMeters: brokerAddress(mqttMeters, metersPasswordFile, "--mqtt-meters") }),
    ...(lorawan === undefined ? {} : { lorawan: brokerAddress(lorawan, metersPasswordFile, "--lorawan") }),
  };
}

export async function radioListen(given: RadioListenOptions, context: Context): Promise<void> {
  const options = withPasswords(given);
  const meters = readMeters(options.meters);
  const parts = pushParts(options);
  const queue = new DownlinkQueue(queueFile(options));
  await queue.refresh();
  const log = (line: string): void => {
    context.output.err(`${line}\n`);
  };
  const publisher = options.mqtt === undefined ? undefined : await openPublisher(options.mqtt);
  let pushes: PushLine | undefined;
  try {
    if (parts !== undefined) pushes = await openPushLine(parts.url, { queue, meters, log, ...parts });
    await listenWith(options, context, meters, queue, log, { publisher, pushes });
  } finally {
    await pushes?.close();
    await publisher?.close();
  }
}
