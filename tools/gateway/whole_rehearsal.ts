/**
 * A tariff broadcast to a town of whole meters (town.ts): signed under the region's LMS key, to start at once, pushed when
 * all meters are in service, sent by the gateway with its queue and its driver in front of an emulated module, taken by
 * the firmware, and told by its telegrams. The channel loses its part of all copies in both directions and watches the law
 * from outside.
 *
 * The gateway broadcasts in the middle of each day's window until it has heard from every meter that the tariff is in
 * force. Whether it is, is asked of the meters themselves. Airtime is what the channel has measured; times count from the
 * push. The same seed gives the same run, but for the tenths of a second in which a meter verifies the signature: how
 * many hashes that takes is the signature's own chance.
 */
import { join } from "node:path";
import { createIm871a, LINK_C1, type Im871a } from "../../firmware/modem/im871a";
import { contentOfA } from "../../firmware/radio/frames";
import type { Address } from "../../firmware/radio/link";
import { contentBytes } from "../../firmware/radio/signed";
import { createIm871aModule, moduleHears } from "../../sim/hci/im871a_module";
import { createBytePipe } from "../../sim/pn532/pipe";
import { addStation, transmitFrame, type Station } from "../../sim/radio_channel/channel";
import { createTimerTwin } from "../../sim/twins/timer";
import { signatureUnder, type MadeKey } from "../lms/key";
import { treeOver } from "../lms/tree";
import { contentOfText } from "../tariff/wish";
import { advance } from "./field";
import { Gateway } from "./gateway";
import { bestPlan, frameOf, PLANNED_LOSS, type Plan } from "./plan";
import { DownlinkQueue } from "./queue";
import { isDone, progressOf } from "./rollout";
import {
  CLOCK_OFF_S,
  createMeterTown,
  knownMeters,
  LISTEN_MINUTE,
  REGION,
  SERVICE_MS,
  START_UTC_S,
  UTILITY,
  type MeterTown,
  type TownOrder,
} from "./town";

export const REHEARSED_MODE = "C2";
const ADDRESS: Address = { manufacturer: "CSB", id: "99000001", version: 1, device_type: 0x31 };
const MODULE_ID = [0x01, 0x00, 0x00, 0x99];
const VERSION = 8;
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const STEP_MS = 5;
/** Of each day: then all meters listen, however wrong their clocks are. */
const BROADCAST_MS = LISTEN_MINUTE * MINUTE_MS + 2000 * CLOCK_OFF_S;
const DAYS_MOST = 30;
const FOREVER_MS = 2 ** 45;
const WATCH_MS = 60_000;
/** As `curbstop radio listen` begins: what was sent before is not known. */
const USED_PERMILLE = 500;

export interface WholeRehearsal {
  /** Content and signature. */
  readonly bytes: number;
  /** The gateway's own, which goes by the loss that it plans for. */
  readonly plan: Plan;
  /** Meters in which the tariff is in force; and of how many the gateway has heard so. */
  readonly active: number;
  readonly told: number;
  /** When the last of them had it, and when the gateway knew; Infinity when that never came. */
  readonly all_active_ms: number;
  readonly all_told_ms: number;
  /** Windows in which there was a broadcast. */
  readonly days: number;
  readonly frames: number;
  /** Of the gateway. */
  readonly airtime_us: number;
  readonly hour_most_us: number;
  /** Of all meters together. */
  readonly telegrams_us: number;
  /** Frames with which anyone was above the law's limit. */
  readonly violations: number;
}

/** Told of each meter in which the tariff comes into force: how many they are, and when. */
export type OnActive = (active: number, since_push_ms: number) => void;

interface Stage extends MeterTown {
  readonly antenna: Station;
  readonly modem: Im871a;
  readonly queue: DownlinkQueue;
  readonly gateway: Gateway;
}

function signedTariff({ key, leaves }: MadeKey): Buffer {
  const blocks = [{ up_to_l: 5000, price_milli: 120_000 }, { price_milli: 480_000 }];
  const wish = { utility: UTILITY, region: REGION, version: VERSION, start: "now", tariff: { blocks } };
  const bytes = Buffer.from(contentBytes(contentOfText("tariff", JSON.stringify(wish))));
  return Buffer.concat([bytes, signatureUnder(key, treeOver(key, leaves), 0, bytes)]);
}

/** A gateway, its driver and its module at the town's edge. */
function addGateway(meter_town: MeterTown, folder: string): Stage {
  const { town, meters } = meter_town;
  const antenna = addStation(town.channel);
  const pipe = createBytePipe(town.queue, 64);
  const timer = () => createTimerTwin(town.queue).port;
  const module = createIm871aModule(pipe.chip, timer(), MODULE_ID, REHEARSED_MODE);
  antenna.listens = ["C1"];
  antenna.hears = (frame, mode, rssi_dbm) => {
    const content = contentOfA(frame);
    if (content !== undefined) moduleHears(module, content, mode, rssi_dbm);
  };
  module.on_transmit = (content) =>
    transmitFrame(town.channel, antenna, REHEARSED_MODE, frameOf(REHEARSED_MODE, content));
  const modem = createIm871a(pipe.host, timer(), {
    ...{ device: 0, link: LINK_C1, sends: REHEARSED_MODE, sums: "none" },
    ...{ watch_ms: WATCH_MS, used_permille: USED_PERMILLE },
  });
  modem.port.listen(FOREVER_MS);
  const now = (): Date => new Date(START_UTC_S * 1000 + town.queue.now_ms);
  const queue = new DownlinkQueue(join(folder, "gateway.queue"), now);
  const gateway = new Gateway({
    ...{ radio: modem.port, queue, meters: knownMeters(meters), address: ADDRESS, device: "im871a[99000001]" },
    ...{ downlink_mode: REHEARSED_MODE, way: "code", now, publish: () => undefined },
  });
  return { ...meter_town, antenna, modem, queue, gateway };
}

/** The gateway gets its turn until it waits for nothing but the radio: its disk takes no virtual time. */
async function settle({ gateway, modem }: Stage): Promise<void> {
  while (!gateway.idle && modem.done === undefined) await new Promise((resolve) => setImmediate(resolve));
  if (gateway.failure !== undefined) throw gateway.failure;
}

async function pass(stage: Stage, span_ms: number): Promise<void> {
  await advance(stage.town, span_ms, () => settle(stage));
}

/** Broadcasts once, while time passes. */
async function broadcast(stage: Stage): Promise<void> {
  let ended = false;
  const sending = stage.gateway.broadcast().finally(() => (ended = true));
  while (!ended) {
    await settle(stage);
    await pass(stage, STEP_MS);
  }
  await sending;
}

/** When each meter has come to have the tariff in force, by its own account. */
function watchMeters({ town, meters }: Stage, pushed_ms: number, on_active: OnActive): ReadonlyMap<string, number> {
  const active = new Map<string, number>();
  for (const { house, id } of meters) {
    house.on_visited = ({ meter }) => {
      if (meter?.account.tariff.id !== VERSION || active.has(id)) return;
      active.set(id, town.queue.now_ms - pushed_ms);
      on_active(active.size, town.queue.now_ms - pushed_ms);
    };
  }
  return active;
}

/** Broadcasts a tariff to a town; the gateway's queue lies in `folder`. */
export async function rehearseWhole(
  order: TownOrder,
  folder: string,
  on_active: OnActive = () => undefined,
): Promise<WholeRehearsal> {
  const stage = addGateway(await createMeterTown(order), folder);
  const { town, meters, antenna, queue } = stage;
  await pass(stage, SERVICE_MS);
  const content = signedTariff(stage.signing);
  const pushed_ms = town.queue.now_ms;
  const digits = content.toString("hex").toUpperCase();
  const ids = meters.map(({ id }) => id);
  const at = new Date(START_UTC_S * 1000 + pushed_ms).toISOString();
  await queue.change(() => [
    { entry: "push", number: 1, at, region: REGION, version: VERSION, content: digits, meters: ids },
  ]);
  const push = queue.state.pushes.get(1);
  if (push === undefined) throw new Error("a push that was added is there");
  const active = watchMeters(stage, pushed_ms, on_active);
  let days = 0;
  while (!isDone(push) && days < DAYS_MOST) {
    const window_ms = days * DAY_MS + BROADCAST_MS;
    await pass(stage, window_ms - town.queue.now_ms);
    await broadcast(stage);
    days += 1;
    while (!isDone(push) && town.queue.now_ms < window_ms + DAY_MS - MINUTE_MS) await pass(stage, MINUTE_MS);
  }
  const told = progressOf(push).active;
  const stations = town.channel.stations;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    bytes: content.length,
    plan: bestPlan("code", content.length, { meters: order.meters, loss: PLANNED_LOSS, mode: REHEARSED_MODE }),
    active: active.size,
    told,
    all_active_ms: active.size === meters.length ? Math.max(...active.values()) : Infinity,
    all_told_ms: told === meters.length ? town.queue.now_ms - pushed_ms : Infinity,
    days,
    frames: push.frames,
    airtime_us: antenna.airtime_us,
    hour_most_us: antenna.hour_most_us,
    telegrams_us: sum(meters.map(({ house }) => house.station.airtime_us)),
    violations: sum(stations.map(({ violations }) => violations)),
  };
}
