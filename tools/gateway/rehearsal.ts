/**
 * A broadcast rehearsed: a plan's fragments sent over the simulator's channel to a field of listening meters, day by
 * day, until the gateway has heard from each that it has the content.
 *
 *   meter     wakes for its daily window, by a clock that is off by up to CLOCK_OFF_MS, and collects fragments as the
 *             meter's station does (firmware/carousel/collection.ts). Once an hour, at a moment of its own that moves a
 *             little each time, it sends a telegram that says whether it has the content; the channel loses, delays and
 *             destroys it like any other frame.
 *   gateway   sends the plan in the middle of the first window, further numbers for those left over in the next ones,
 *             and never more than its driver's account of the law's airtime allows. It knows of a meter what it heard.
 *
 * The meter here is only the receiver of the carousel; signature and activation are the firmware's. Time is virtual, and
 * everything is drawn from the seed.
 */
import { bytesText } from "../../firmware/card/bytes";
import {
  collect,
  createCollection,
  isCollected,
  takeAtOnce,
  type Collection,
} from "../../firmware/carousel/collection";
import { createCarousel, fragmentFrame, readFragment, type Carousel } from "../../firmware/carousel/fragments";
import { airtimeUs, dutyPermille } from "../../firmware/modem/airtime";
import { countAirtime, createDutyCycle, HOUR_MS, mayTransmitAt, type DutyCycle } from "../../firmware/modem/duty_cycle";
import { contentOfA, contentOfB } from "../../firmware/radio/frames";
import type { Address } from "../../firmware/radio/link";
import { addStation, createChannel, transmitFrame, type Channel, type Station } from "../../sim/radio_channel/channel";
import { createEvent, createQueue, scheduleEvent, takeHead, type Queue } from "../../sim/world/queue";
import { createRandomNumbers, randomBelow, type RandomNumbers } from "../../sim/world/random_numbers";
import { createNodeCrypto } from "../keys/crypto";
import { frameOf, moreNumbers, type Field, type Plan } from "./plan";

const DAY_MS = 24 * HOUR_MS;
const WINDOW_MS = 60_000;
const CLOCK_OFF_MS = 10_000;
/** A frame, and a gap in which a receiver gets ready again. */
const GAP_MS = 5;
/** A usual telegram in format B. */
const TELEGRAM_BYTES = 120;
/** Without it two meters that once send at the same moment would destroy each other's telegrams in every hour. */
const JITTER_MS = 60_000;
const DAYS_MOST = 30;
const crypto = createNodeCrypto();
const GATEWAY: Address = { manufacturer: "CSB", id: "00000001", version: 1, device_type: 0x31 };
/** Half of what is left over gets its missing fragments from so many more numbers, when loss is as it was. */
const MORE_PART = 4;

export interface Rehearsal {
  readonly days: number;
  /** When the last meter had the content, and when the gateway knew of all. */
  readonly all_have_ms: number;
  readonly all_told_ms: number;
  readonly frames: number;
  readonly airtime_us: number;
  /** Of the busiest hour of the gateway; and frames with which anyone was above the law's limit. */
  readonly hour_most_us: number;
  readonly violations: number;
  /** Meters that had it at the end of each day. */
  readonly had: readonly number[];
  /** Content put together wrong by any meter. */
  readonly wrong: number;
}

interface Meter {
  readonly station: Station;
  readonly collection: Collection;
  readonly number: number;
  has: boolean;
}

interface Stage {
  readonly queue: Queue;
  readonly channel: Channel;
  readonly random: RandomNumbers;
  readonly field: Field;
  readonly carousel: Carousel;
  readonly text: string;
  readonly gateway: Station;
  readonly duty: DutyCycle;
  readonly meters: Meter[];
  readonly told: Set<number>;
  all_have_ms: number;
  all_told_ms: number;
  wrong: number;
}

function at(queue: Queue, at_ms: number, run: () => void): void {
  scheduleEvent(queue, createEvent(run), at_ms);
}

function hear(stage: Stage, meter: Meter, frame: number[]): void {
  const content = stage.field.mode.startsWith("SF") ? contentOfB(frame) : contentOfA(frame);
  const fragment = content === undefined ? undefined : readFragment(content);
  if (fragment === undefined || meter.has) return;
  collect(meter.collection, fragment, stage.queue.now_ms);
  if (!isCollected(meter.collection)) return;
  meter.has = takeAtOnce(meter.collection, crypto) === stage.text;
  if (meter.has) stage.all_have_ms = stage.queue.now_ms;
  else stage.wrong += 1;
}

/** Telegrams, one an hour, for as long as the gateway does not know. */
function report(stage: Stage, meter: Meter): void {
  if (stage.told.has(meter.number)) return;
  const frame = new Array<number>(TELEGRAM_BYTES).fill(0);
  frame[0] = Math.floor(meter.number / 256);
  frame[1] = meter.number % 256;
  frame[2] = meter.has ? 1 : 0;
  transmitFrame(stage.channel, meter.station, "C1", frame);
  at(stage.queue, stage.queue.now_ms + HOUR_MS - JITTER_MS + randomBelow(stage.random, 2 * JITTER_MS), () => {
    report(stage, meter);
  });
}

/** The window of this day, and those after it. */
function openWindow(stage: Stage, station: Station, opens_ms: number): void {
  at(stage.queue, opens_ms, () => (station.listens = [stage.field.mode]));
  at(stage.queue, opens_ms + WINDOW_MS, () => {
    station.listens = [];
    openWindow(stage, station, opens_ms + DAY_MS);
  });
}

function addMeters(stage: Stage): void {
  const { random } = stage;
  for (let number = 0; number < stage.field.meters; number++) {
    const station = addStation(stage.channel);
    const meter: Meter = { station, collection: createCollection(), number, has: false };
    station.hears = (frame) => {
      hear(stage, meter, frame);
    };
    const off_ms = randomBelow(random, 2 * CLOCK_OFF_MS) - CLOCK_OFF_MS;
    openWindow(stage, station, CLOCK_OFF_MS + off_ms);
    at(stage.queue, 2 * WINDOW_MS + randomBelow(random, HOUR_MS), () => {
      report(stage, meter);
    });
    stage.meters.push(meter);
  }
}

function sendNumbers(stage: Stage, numbers: readonly number[]): void {
  const [number, ...rest] = numbers;
  if (number === undefined) return;
  const { queue, duty, field } = stage;
  const frame = frameOf(field.mode, fragmentFrame(GATEWAY, stage.carousel, number));
  const airtime_us = airtimeUs(field.mode, frame.length);
  const free_ms = mayTransmitAt(duty, queue.now_ms, airtime_us);
  if (free_ms > queue.now_ms) {
    at(queue, free_ms, () => {
      sendNumbers(stage, numbers);
    });
    return;
  }
  countAirtime(duty, queue.now_ms, airtime_us);
  transmitFrame(stage.channel, stage.gateway, field.mode, frame);
  at(queue, queue.now_ms + Math.ceil(airtime_us / 1000) + GAP_MS, () => {
    sendNumbers(stage, rest);
  });
}

function createStage(content: number[], plan: Plan, field: Field, seed: number): Stage {
  const queue = createQueue();
  const channel = createChannel(queue, {
    seed,
    loss_permille: Math.round(field.loss * 1000),
    duplicate_permille: 20,
    delay_max_ms: 3,
    capture_db: 6,
  });
  const gateway = addStation(channel);
  gateway.listens = ["C1"];
  const stage: Stage = {
    queue,
    channel,
    random: createRandomNumbers(seed + 1),
    field,
    carousel: createCarousel("600100", content, crypto.sha256(content), plan.size),
    text: bytesText(content),
    gateway,
    duty: createDutyCycle(dutyPermille(field.mode), 0, 0),
    meters: [],
    told: new Set(),
    all_have_ms: 0,
    all_told_ms: 0,
    wrong: 0,
  };
  gateway.hears = (frame) => {
    if (frame[2] === 1) stage.told.add(frame[0] * 256 + frame[1]);
    if (stage.told.size === field.meters && stage.all_told_ms === 0) stage.all_told_ms = queue.now_ms;
  };
  addMeters(stage);
  return stage;
}

function runUntil(queue: Queue, until_ms: number): void {
  for (let head = queue.head; head !== undefined && head.at_ms < until_ms; head = queue.head) {
    takeHead(queue, head);
    head.run();
  }
  queue.now_ms = until_ms;
}

/** Sends a content by a plan; everything else follows from the seed. */
export function rehearse(content: number[], plan: Plan, field: Field, seed: number): Rehearsal {
  const stage = createStage(content, plan, field, seed);
  const had: number[] = [];
  let frames = 0;
  let day = 0;
  while (stage.told.size < field.meters && day < DAYS_MOST) {
    const more = Math.max(2, Math.ceil(plan.count / MORE_PART));
    const numbers = day === 0 ? plan.numbers : moreNumbers(plan, frames, more);
    frames += numbers.length;
    at(stage.queue, day * DAY_MS + 2 * CLOCK_OFF_MS, () => {
      sendNumbers(stage, numbers);
    });
    day += 1;
    runUntil(stage.queue, day * DAY_MS);
    had.push(stage.meters.filter(({ has }) => has).length);
  }
  const stations = stage.channel.stations;
  return {
    days: day,
    all_have_ms: had.at(-1) === field.meters ? stage.all_have_ms : Infinity,
    all_told_ms: stage.told.size === field.meters ? stage.all_told_ms : Infinity,
    frames,
    airtime_us: stage.gateway.airtime_us,
    hour_most_us: stage.gateway.hour_most_us,
    violations: stations.reduce((sum, station) => sum + station.violations, 0),
    had,
    wrong: stage.wrong,
  };
}
