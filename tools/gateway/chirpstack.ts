/**
 * What a ChirpStack network server (version 4) says and takes: its MQTT integration in JSON, and its REST API
 * (chirpstack-rest-api) for a multicast group, which the integration does not have.
 *
 *   application/APPLICATION/device/EUI/event/up      from it. Of the object: deviceInfo.devEui and .deviceName, fPort,
 *                                                    data (Base64), rxInfo[].rssi. QoS and prefix are its own settings.
 *   application/APPLICATION/device/EUI/command/down  to it: {devEui, confirmed, fPort, data, expiresAt}
 *   POST api/multicast-groups/GROUP/queue            {queueItem: {fPort, data, expiresAt}}, with the header
 *                                                    Grpc-Metadata-Authorization: Bearer TOKEN
 *   GET api/multicast-groups/GROUP                   whether it is there, and the token may see it
 *
 * APPLICATION and GROUP are UUIDs, EUI is 16 digits of lower-case hexadecimal. Source: api/proto/integration and
 * api/proto/api/multicast_group.proto, chirpstack/src/integration/mqtt.rs, as of July 2026.
 *
 * When it sends (network.scheduler): what is there a tenth of a second behind the event goes into the window behind the
 * frame; what comes later waits five seconds, in class C; of a group one frame each five seconds. What is too long for
 * the data rate is thrown away without a word.
 */
import { z } from "zod";
import { GatewayError } from "./gateway_error";

const EVENT_MAX_BYTES = 65_536;
const RECEIVERS_MAX = 100;
const ANSWER_MS = 8000;
const TOKEN = /^[\x21-\x7e]{1,4096}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const EUI = /^[0-9a-f]{16}$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

// What else stands there is not ours to judge.
const UPLINK = z.object({
  deviceInfo: z.object({ devEui: z.string().regex(EUI), deviceName: z.string().default("") }),
  fPort: z.number().int().default(0),
  data: z.base64().min(1),
  rxInfo: z
    .array(z.object({ rssi: z.number().optional() }))
    .max(RECEIVERS_MAX)
    .default([]),
});

export interface Uplink {
  readonly eui: string;
  readonly name: string;
  readonly port: number;
  readonly payload: number[];
  /** Of the gateway that heard it best; undefined where none tells. */
  readonly rssi_dbm: number | undefined;
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export function uplinkTopic(application: string): string {
  return `application/${application}/device/+/event/up`;
}

/** An event of a device of the application; undefined when it is none, or says another device than its topic. */
export function readUplink(application: string, topic: string, message: Buffer): Uplink | undefined {
  const [first, own, device, eui, ...rest] = topic.split("/");
  const is_event = first === "application" && device === "device" && rest.join("/") === "event/up";
  if (!is_event || own !== application || message.length > EVENT_MAX_BYTES) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(message.toString("utf8"));
  } catch {
    return undefined;
  }
  const { success, data: event } = UPLINK.safeParse(value);
  if (!success || event.deviceInfo.devEui !== eui) return undefined;
  const strengths = event.rxInfo.flatMap(({ rssi }) => rssi ?? []);
  return {
    eui,
    name: event.deviceInfo.deviceName,
    port: event.fPort,
    payload: [...Buffer.from(event.data, "base64")],
    rssi_dbm: strengths.length === 0 ? undefined : Math.max(...strengths),
  };
}

interface QueueItem {
  readonly fPort: number;
  readonly data: string;
  readonly expiresAt: string;
}

function queueItem(port: number, payload: number[], expires: Date): QueueItem {
  return { fPort: port, data: Buffer.from(payload).toString("base64"), expiresAt: expires.toISOString() };
}

export interface Command {
  readonly topic: string;
  readonly text: string;
}

/** A frame for one device, which the server forgets when it has not gone out by then. */
export function downlinkCommand(
  application: string,
  eui: string,
  port: number,
  payload: number[],
  expires: Date,
): Command {
  const item = { devEui: eui, confirmed: false, ...queueItem(port, payload, expires) };
  return { topic: `application/${application}/device/${eui}/command/down`, text: JSON.stringify(item) };
}

export interface GroupSettings {
  /** Where the REST API is. */
  readonly api: string;
  readonly group: string;
  readonly token: string;
}

/** The address of a group. A token goes over the network, so only in TLS, or no further than this machine. */
function groupUrl({ api, group }: GroupSettings): string {
  const url = URL.canParse(api) ? new URL(api) : undefined;
  const is_safe = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
  if (url === undefined || !is_safe || url.username !== "" || url.search !== "" || url.hash !== "")
    throw new GatewayError("bad_argument", "--lorawan-api takes https://server, or http:// of this machine (the token is no secret on the way there else)"); // prettier-ignore
  return `${url.origin}${url.pathname.replace(/\/$/, "")}/api/multicast-groups/${group}`;
}

async function ask(settings: GroupSettings, path: string, body: unknown): Promise<void> {
  const url = groupUrl(settings);
  const shown = new URL(url).host;
  const init: RequestInit = {
    method: body === undefined ? "GET" : "POST",
    headers: { "Grpc-Metadata-Authorization": `Bearer ${settings.token}`, "Content-Type": "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(ANSWER_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  let status: number;
  try {
    const response = await fetch(`${url}${path}`, init);
    ({ status } = response);
    await response.body?.cancel();
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    throw new GatewayError("no_network", `${shown}: ChirpStack's REST API cannot be reached (${cause?.code ?? (error as Error).name}; is chirpstack-rest-api running?)`); // prettier-ignore
  }
  if (status === 200) return;
  const why = status === 404 || status === 405 ? "does not know the multicast group, or is no REST API" : "refuses";
  throw new GatewayError("no_network", `${shown}: ChirpStack ${why} (HTTP ${status}; see --lorawan-group and the token's rights)`); // prettier-ignore
}

/** Rejects with a GatewayError when the group cannot be used. */
export function checkGroup(settings: GroupSettings): Promise<void> {
  if (!TOKEN.test(settings.token)) throw new GatewayError("bad_argument", "the file of --lorawan-token holds no API token (one line)"); // prettier-ignore
  return ask(settings, "", undefined);
}

/** A frame for a group; resolves when it is in its queue. */
export function enqueueForGroup(
  settings: GroupSettings,
  port: number,
  payload: number[],
  expires: Date,
): Promise<void> {
  return ask(settings, "/queue", { queueItem: queueItem(port, payload, expires) });
}
