/** A gateway with its driver in front of a simulated field, in virtual time, and its queue in a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIm871a, LINK_C1, type Im871a } from "../../../firmware/modem/im871a";
import { advance, createField, type Field } from "../../../tools/gateway/field";
import { Gateway, type Reading } from "../../../tools/gateway/gateway";
import { readMeters, type KnownMeters } from "../../../tools/gateway/meters_file";
import { DownlinkQueue } from "../../../tools/gateway/queue";
import type { Way } from "../../../tools/gateway/plan";
import { GATEWAY } from "../../firmware/radio/samples";

export const INTERVAL_MS = 60_000;
const BEGAN_MS = Date.UTC(2026, 10, 22);

export const idOf = (index: number): string => String(42_000_001 + index);

export interface GatewayRig {
  readonly folder: string;
  readonly queue_file: string;
  readonly meters_file: string;
  readonly meters: KnownMeters;
  readonly field: Field;
  readonly readings: Reading[];
  /** Lines for the person who runs it. */
  readonly said: string[];
  /** The one that runs now. */
  gateway: Gateway;
  modem: Im871a;
  queue: DownlinkQueue;
  /** A new gateway and driver on the same queue, field and module: the old ones are gone, as after a kill. */
  restart(): Promise<void>;
  pass(span_ms: number): Promise<void>;
  /** Broadcasts while time passes. */
  broadcast(is_open?: () => boolean): Promise<boolean>;
  close(): void;
}

export function writeMeters(folder: string, count: number): string {
  const file = join(folder, "meters.json");
  const list = Array.from({ length: count }, (_, index) => ({
    id: idOf(index),
    key: Buffer.alloc(16, index + 1).toString("hex"),
    name: `Meter${index}`,
  }));
  writeFileSync(file, JSON.stringify(list), { mode: 0o600 });
  return file;
}

export async function gatewayRig(
  count: number,
  seed: number,
  loss_permille = 200,
  way: Way = "code",
): Promise<GatewayRig> {
  const folder = mkdtempSync(join(tmpdir(), "curbstop-gateway-"));
  const meters_file = writeMeters(folder, count);
  const meters = readMeters(meters_file);
  const field = createField(meters, { seed, loss_permille, interval_ms: INTERVAL_MS });
  const readings: Reading[] = [];
  const said: string[] = [];
  const queue_file = join(folder, "gateway.queue");
  const now = (): Date => new Date(BEGAN_MS + field.queue.now_ms);
  const settle = async (): Promise<void> => {
    // Until the gateway waits for nothing but the radio.
    while (!rig.gateway.idle && rig.modem.done === undefined) await new Promise((resolve) => setImmediate(resolve));
  };
  const start = async (): Promise<{ gateway: Gateway; modem: Im871a; queue: DownlinkQueue }> => {
    const queue = new DownlinkQueue(queue_file, now);
    await queue.refresh();
    const settings = {
      device: 0,
      link: LINK_C1,
      sends: "C2",
      sums: "none",
      watch_ms: 60_000,
      used_permille: 0,
    } as const;
    const modem = createIm871a(field.line, field.timer, settings);
    const gateway = new Gateway({
      radio: modem.port,
      queue,
      meters,
      address: GATEWAY,
      device: "im871a[99000001]",
      downlink_mode: "C2",
      way,
      now,
      publish: (reading) => readings.push(reading),
      log: (line) => said.push(line),
    });
    modem.port.listen(2 ** 45);
    return { gateway, modem, queue };
  };
  const pass = (span_ms: number): Promise<void> => advance(field, span_ms, settle);
  const rig: GatewayRig = {
    folder,
    queue_file,
    meters_file,
    meters,
    field,
    readings,
    said,
    ...(await start()),
    restart: async () => {
      // A port that belongs to nobody any more: its frames are no one's.
      rig.modem.port.on_frame(() => undefined);
      Object.assign(rig, await start());
    },
    pass,
    broadcast: async (is_open) => {
      let ended: boolean | undefined;
      void rig.gateway.broadcast(is_open).then((complete) => (ended = complete));
      while (ended === undefined) {
        await new Promise((resolve) => setImmediate(resolve));
        await pass(5);
      }
      return ended;
    },
    close: () => {
      rmSync(folder, { recursive: true });
    },
  };
  return rig;
}
