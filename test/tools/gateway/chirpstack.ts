/**
 * A ChirpStack network server as tools/gateway/chirpstack.ts describes it, between mosquitto and the simulator's LoRaWAN
 * network: events of its devices, commands, and the REST API's multicast queue on loopback. Like the real one it takes no
 * command with a field that it does not know, nor one for a device of another application, and says nothing of it; what
 * comes later than RESPONSE_MS behind a frame waits for LOCK_MS; what has expired is forgotten.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { connectAsync, type MqttClient } from "mqtt";
import { LORAWAN_FRAME_MAX_BYTES } from "../../../firmware/radio_plate";
import {
  addDevice,
  createNetwork,
  frameTo,
  frameToGroup,
  networkHears,
  type Network,
  type NetworkDevice,
} from "../../../sim/hci/lorawan_network";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { hex } from "../../../tools/hex";
import { GROUP } from "../../firmware/modem/rig";

export const APPLICATION = "3c5e7a60-0e1d-4ad1-9a2b-5d1f0c6b7e21";
export const GROUP_ID = "9d0f2a51-7b34-4c0a-8f5e-2b6a1c3d4e5f";
export const TOKEN = "a.token.of.its.own";
const JOIN_MS = 50;
export const RESPONSE_MS = 100;
const LOCK_MS = 5000;
const SCHEDULE_MS = 1000;
const RSSI_DBM = -87;
/** What RX2 of EU868 carries as it comes: SF12. The window behind a frame has the frame's rate. */
const RX2_MAX_BYTES = 51;

interface Queued {
  readonly fPort: number;
  readonly payload: number[];
  readonly expiresAt: string;
}

/** The fields of a queued item, and nothing else. */
function queued(value: Record<string, unknown>, more: readonly string[]): Queued | undefined {
  const known = ["fPort", "data", "expiresAt", ...more];
  const { fPort, data, expiresAt } = value;
  if (!Object.keys(value).every((name) => known.includes(name))) return undefined;
  if (typeof fPort !== "number" || typeof data !== "string" || typeof expiresAt !== "string") return undefined;
  return { fPort, payload: [...Buffer.from(data, "base64")], expiresAt };
}

export class ChirpStack {
  readonly network: Network = createNetwork(createCryptoTwin(), GROUP);
  /** What its antennas put on the air. */
  on_air: (frame: number[]) => void = () => undefined;
  /** How late a command is looked at. */
  delay_ms = 0;
  readonly refused: string[] = [];
  commands = 0;
  /** Frames for the group, as the API was given them. */
  readonly group: number[][] = [];
  private readonly names = new Map<NetworkDevice, string>();
  private readonly heard_ms = new Map<NetworkDevice, number>();
  /** Until when a device's queue waits. */
  private readonly locked_ms = new Map<NetworkDevice, number>();
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(
    private readonly client: MqttClient,
    private readonly server: Server,
  ) {
    this.network.on_up = (device, { port, payload, counter }) => {
      this.heard_ms.set(device, performance.now());
      this.publish(device, { fPort: port, fCnt: counter, data: Buffer.from(payload).toString("base64") });
    };
    client.on("message", (topic, text) => {
      this.later(this.delay_ms, () => {
        this.command(topic, text.toString());
      });
    });
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      void this.answer(request).then((status) => response.writeHead(status).end("{}"));
    });
  }

  static async start(broker_url: string): Promise<ChirpStack> {
    const client = await connectAsync(broker_url);
    await client.subscribeAsync("application/+/device/+/command/+", { qos: 1 });
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ChirpStack(client, server);
  }

  get api(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.server.close();
    this.server.closeAllConnections();
    await this.client.endAsync(true);
  }

  private later(span_ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, span_ms);
    this.timers.add(timer);
  }

  addDevice(name: string, device_eui: number[], app_key: number[]): NetworkDevice {
    const device = addDevice(this.network, device_eui, app_key);
    this.names.set(device, name);
    return device;
  }

  /** A frame of a device on the air. */
  hears(frame: number[]): void {
    const answer = networkHears(this.network, frame);
    if (answer !== undefined) this.later(JOIN_MS, () => this.on_air(answer)); // prettier-ignore
  }

  /** An event, as its integration in JSON publishes it. */
  publish(device: NetworkDevice, said: Record<string, unknown>): void {
    const eui = hex(device.device_eui).toLowerCase();
    const event = {
      deduplicationId: "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
      time: new Date().toISOString(),
      deviceInfo: {
        tenantId: "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
        tenantName: "Utility",
        applicationId: APPLICATION,
        applicationName: "meters",
        deviceName: this.names.get(device),
        devEui: eui,
        deviceClassEnabled: "CLASS_C",
        tags: {},
      },
      devAddr: "26011001",
      adr: false,
      dr: 5,
      confirmed: false,
      rxInfo: [{ gatewayId: "0016c001f1500812", rssi: RSSI_DBM - 20, snr: 3 }, { gatewayId: "0016c001f1500813", rssi: RSSI_DBM }], // prettier-ignore
      ...said,
    };
    this.client.publish(`application/${APPLICATION}/device/${eui}/event/up`, JSON.stringify(event), { qos: 0 });
  }

  private command(topic: string, text: string): void {
    const [, application, , eui, , command] = topic.split("/");
    const value = JSON.parse(text) as Record<string, unknown>;
    const item = queued(value, ["devEui", "confirmed"]);
    const device = this.network.devices.find((one) => hex(one.device_eui).toLowerCase() === eui);
    const is_ours = application === APPLICATION && command === "down" && value.devEui === eui;
    if (item === undefined || device === undefined || !is_ours) {
      this.refused.push(text);
      return;
    }
    this.commands += 1;
    const now_ms = performance.now();
    const heard_ms = this.heard_ms.get(device) ?? 0;
    const free_ms = Math.max(heard_ms + LOCK_MS, this.locked_ms.get(device) ?? 0);
    const is_answer = now_ms - heard_ms <= RESPONSE_MS && (this.locked_ms.get(device) ?? 0) <= now_ms;
    const at_ms = is_answer ? now_ms : Math.max(now_ms, free_ms) + SCHEDULE_MS;
    this.locked_ms.set(device, at_ms + LOCK_MS);
    this.later(at_ms - now_ms, () => {
      if (Date.parse(item.expiresAt) < Date.now()) this.refused.push("expired");
      else if (item.payload.length > RX2_MAX_BYTES && !is_answer) this.refused.push("too long");
      else if (device.session === undefined) this.refused.push("not joined");
      else this.on_air(frameTo(this.network, device, item.fPort, item.payload));
    });
  }

  private async answer(request: IncomingMessage): Promise<number> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (request.headers["grpc-metadata-authorization"] !== `Bearer ${TOKEN}`) return 401;
    const path = `/api/multicast-groups/${GROUP_ID}`;
    if (request.method === "GET") return request.url === path ? 200 : 404;
    assert.equal(request.method, "POST");
    if (request.url !== `${path}/queue`) return 404;
    const { queueItem, ...others } = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, Record<string, unknown>>; // prettier-ignore
    const item = queueItem === undefined ? undefined : queued(queueItem, []);
    if (item === undefined || Object.keys(others).length > 0) return 400;
    this.group.push(item.payload);
    if (item.payload.length <= LORAWAN_FRAME_MAX_BYTES)
      this.on_air(frameToGroup(this.network, item.fPort, item.payload));
    return 200;
  }
}
