/**
 * A simulated field: meters on the simulator's channel, and at its other end an iM871A module whose line the gateway's
 * driver talks to, as to a real one. Time is virtual: `advance` lets it pass.
 *
 * The meters here speak the firmware's telegrams, messages and fragments, with real keys; what they do with them is kept
 * as simple as a field for a gateway may be. They answer each request once, whichever way it is repeated, collect
 * carousels, and take a tariff that they have whole without asking for its signature. Not for tests of meters.
 */
import type { ByteLine } from "../../firmware/reader/byte_line";
import type { Timer } from "../../hal/timer";
import {
  collect,
  createCollection,
  isCollected,
  takeAtOnce,
  type Collection,
} from "../../firmware/carousel/collection";
import { readFragment } from "../../firmware/carousel/fragments";
import { bytesText, textBytes, wholeAt } from "../../firmware/card/bytes";
import { openDownlink } from "../../firmware/radio/downlink";
import { contentOfA, frameA } from "../../firmware/radio/frames";
import { CI_SHORT, COMMUNICATION_BIDIRECTIONAL, extendedLinkHeader } from "../../firmware/radio/layers";
import { C_SND_NR, idBytes, linkContent, type Address } from "../../firmware/radio/link";
import { sealed } from "../../firmware/radio/mode7";
import { ERROR_NAMES, uplinkRecords } from "../../firmware/radio/uplink";
import { REASON_NAMES } from "../../firmware/valve/reasons";
import { createIm871aModule, moduleHears, type Im871aModule } from "../../sim/hci/im871a_module";
import { createBytePipe } from "../../sim/pn532/pipe";
import { addStation, createChannel, transmitFrame, type Channel, type Station } from "../../sim/radio_channel/channel";
import { createTimerTwin } from "../../sim/twins/timer";
import { createEvent, createQueue, scheduleEvent, takeHead, type Queue } from "../../sim/world/queue";
import { createRandomNumbers, randomBelow, type RandomNumbers } from "../../sim/world/random_numbers";
import { createNodeCrypto } from "../keys/crypto";
import type { KnownMeter, KnownMeters } from "./meters_file";

const WINDOW_MS = 2000;
const MODULE_ID = [0x01, 0x00, 0x00, 0x99];
/** What a signed message's header says where (firmware/radio/signed.ts). */
const VERSION_FIRST = 7;
const ANSWERS_MAX = 4;

export interface FieldSettings {
  readonly seed: number;
  readonly loss_permille: number;
  /** Between two telegrams of a meter. */
  readonly interval_ms: number;
}

export interface FieldMeter {
  readonly address: Address;
  readonly station: Station;
  readonly collection: Collection;
  counter: number;
  heard: number;
  volume_l: number;
  /** The newest signed message that came whole, a text of one character a byte, and its version. */
  content: string;
  version: number;
  /** Requests in the order in which they were done, each once. */
  readonly done: { request: number; what: number; body: number[] }[];
  /** Not yet told. */
  answers: number[];
}

export interface Field {
  readonly line: ByteLine;
  readonly timer: Timer;
  readonly queue: Queue;
  readonly channel: Channel;
  readonly module: Im871aModule;
  readonly meters: FieldMeter[];
}

const crypto = createNodeCrypto();

function at(queue: Queue, at_ms: number, run: () => void): void {
  scheduleEvent(queue, createEvent(run), at_ms);
}

function telegram(meter: FieldMeter, key: number[]): number[] {
  const records = uplinkRecords({
    volume_l: meter.volume_l,
    reverse_l: 0,
    due: undefined,
    flow_l_h: 60,
    info_active: [false, false, false, false],
    info_hours: [0, 0, 0, 0],
    errors: ERROR_NAMES.map(() => false),
    battery_days: 4000,
    valve: "open",
    shut_reasons: REASON_NAMES.map(() => false),
    balance_milli: 1_000_000,
    debt_milli: 0,
    tariff_id: meter.version,
    time: undefined,
  });
  for (const request of meter.answers.splice(0, ANSWERS_MAX))
    records.push(0x04, 0xff, 0x21, request % 256, Math.floor(request / 256) % 256, Math.floor(request / 65536), 0);
  meter.counter += 1;
  const access = meter.counter % 256;
  const envelope = {
    direction: "from_meter" as const,
    counter: meter.counter,
    id: idBytes(meter.address.id),
    ci: CI_SHORT,
    address: [],
    access,
    status: 0,
  };
  const layers = [
    ...extendedLinkHeader(COMMUNICATION_BIDIRECTIONAL, access),
    ...sealed(crypto, key, envelope, records),
  ];
  return linkContent(C_SND_NR, meter.address, layers);
}

function takeMessage(meter: FieldMeter, key: number[], content: number[]): void {
  const message = openDownlink(crypto, key, meter.address, content);
  if (message.result !== "opened" || message.counter <= meter.heard) return;
  meter.heard = message.counter;
  const text = message.text.slice(2);
  const request = wholeAt(text, 3, 3);
  if (!meter.done.some((one) => one.request === request))
    meter.done.push({ request, what: text[2], body: text.slice(7, 7 + text[6]) });
  if (!meter.answers.includes(request)) meter.answers.push(request);
}

function takeFragment(meter: FieldMeter, content: number[], now_ms: number): void {
  const fragment = readFragment(content);
  if (fragment === undefined) return;
  collect(meter.collection, fragment, now_ms);
  if (!isCollected(meter.collection)) return;
  const bytes = textBytes(takeAtOnce(meter.collection, crypto));
  const version = bytes.length < VERSION_FIRST + 4 ? 0 : wholeAt(bytes, VERSION_FIRST, 4);
  if (version <= meter.version) return;
  meter.content = bytesText(bytes);
  meter.version = version;
}

function report(field: Field, meter: FieldMeter, key: number[], random: RandomNumbers, interval_ms: number): void {
  meter.volume_l += 1 + randomBelow(random, 50);
  const frame = frameA(telegram(meter, key));
  const airtime_us = transmitFrame(field.channel, meter.station, "C1", frame);
  meter.station.listens = ["C2"];
  const { queue } = field;
  at(queue, queue.now_ms + Math.ceil(airtime_us / 1000) + WINDOW_MS, () => (meter.station.listens = []));
  const jitter_ms = randomBelow(random, Math.floor(interval_ms / 10) + 1);
  at(queue, queue.now_ms + interval_ms + jitter_ms, () => {
    report(field, meter, key, random, interval_ms);
  });
}

function addMeter(field: Field, known: KnownMeter, random: RandomNumbers, interval_ms: number): void {
  const { key, address } = known;
  if (key === undefined) return;
  const station = addStation(field.channel);
  const meter: FieldMeter = {
    address,
    station,
    collection: createCollection(),
    counter: 0,
    heard: 0,
    volume_l: 1000,
    content: "",
    version: 0,
    done: [],
    answers: [],
  };
  station.hears = (frame) => {
    const content = contentOfA(frame);
    if (content === undefined) return;
    takeMessage(meter, key, content);
    takeFragment(meter, content, field.queue.now_ms);
  };
  field.meters.push(meter);
  at(field.queue, 3000 + randomBelow(random, interval_ms), () => {
    report(field, meter, key, random, interval_ms);
  });
}

/** The field of all known meters that have a key. */
export function createField(meters: KnownMeters, settings: FieldSettings): Field {
  const queue = createQueue();
  const { seed, loss_permille, interval_ms } = settings;
  const channel = createChannel(queue, { seed, loss_permille, duplicate_permille: 20, delay_max_ms: 3, capture_db: 6 });
  const pipe = createBytePipe(queue, 64);
  const module = createIm871aModule(pipe.chip, createTimerTwin(queue).port, MODULE_ID, "C2");
  const antenna = addStation(channel);
  antenna.listens = ["C1"];
  antenna.hears = (frame, mode, rssi_dbm) => {
    const content = contentOfA(frame);
    if (content !== undefined) moduleHears(module, content, mode, rssi_dbm);
  };
  module.on_transmit = (content) => transmitFrame(channel, antenna, "C2", frameA(content));
  const field: Field = { line: pipe.host, timer: createTimerTwin(queue).port, queue, channel, module, meters: [] };
  const random = createRandomNumbers(seed + 1);
  for (const known of meters.values()) addMeter(field, known, random, interval_ms);
  return field;
}

/** All meters listen for what is sent to many. */
export function openWindows(field: Field, window_ms: number): void {
  const { queue } = field;
  for (const { station } of field.meters) {
    station.listens = ["C2"];
    at(queue, queue.now_ms + window_ms, () => (station.listens = []));
  }
}

/** Lets time pass; after each event the gateway gets its turn until it has nothing under way but the radio. */
export async function advance(
  { queue }: Pick<Field, "queue">,
  span_ms: number,
  settle: () => Promise<void>,
): Promise<void> {
  const until_ms = queue.now_ms + span_ms;
  for (let head = queue.head; head !== undefined && head.at_ms <= until_ms; head = queue.head) {
    takeHead(queue, head);
    head.run();
    await settle();
  }
  queue.now_ms = until_ms;
}
