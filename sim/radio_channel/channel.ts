/**
 * A radio channel in virtual time: stations that send and hear frames (bytes as they come, of whatever format), each
 * frame for its airtime in its mode (firmware/modem/airtime.ts). Everything is drawn from the seed.
 *
 * What it does to a frame, for each station that listens in its mode:
 *   collision      frames that overlap in one sub-band and coding destroy each other, unless one is received
 *                  `capture_db` stronger (capture of FM receivers; LoRa frames of different spreading pass)
 *   half duplex    a station that sends during any part of a frame does not hear it
 *   loss           so many of a thousand copies are lost, each by itself
 *   delay          a copy arrives up to `delay_max_ms` after its end, as over a repeater: frames may change their order
 *   duplication    so many of a thousand copies arrive a second time, with a delay of its own
 *
 * The law is watched from outside: for each station and sub-band the airtime of every sliding hour is counted exactly,
 * with none of the driver's own accounts, and what is above the limit is a violation.
 *
 * Not modelled: places and distances (each station is received with one strength everywhere), fading over time, bits.
 */
import { assert } from "../../firmware/assert";
import { airtimeUs, dutyPermille, RADIO_MODES } from "../../firmware/modem/airtime";
import type { RadioMode } from "../../firmware/modem/airtime";
import { HOUR_MS } from "../../firmware/modem/duty_cycle";
import type { Queue } from "../world/queue";
import { createEvent, scheduleEvent } from "../world/queue";
import type { RandomNumbers } from "../world/random_numbers";
import { createRandomNumbers, randomBelow } from "../world/random_numbers";

const PERMILLE = 1000;
const RSSI_BEST_DBM = -50;
const RSSI_SPAN_DB = 50;
/** What can collide, by mode: sub-band, and of LoRa the spreading factor. */
const BAND_NAMES: string[] = [
  "868.95",
  "868.95",
  "869.525",
  "868.3",
  "868.3",
  "SF7",
  "SF8",
  "SF9",
  "SF10",
  "SF11",
  "SF12",
];

export interface ChannelSettings {
  seed: number;
  loss_permille: number;
  duplicate_permille: number;
  delay_max_ms: number;
  capture_db: number;
}

interface Sending {
  at_ms: number;
  airtime_us: number;
}

export interface Station {
  /** Modes that it hears now; none while it sleeps. */
  listens: RadioMode[];
  hears: (frame: number[], mode: RadioMode, rssi_dbm: number) => void;
  /** Strength with which it is received. */
  rssi_dbm: number;
  /** When it last sent, in whole milliseconds. */
  sends_from_ms: number;
  sends_until_ms: number;
  /** Everything it ever sent, in microseconds; and what of it lies within the last hour. */
  airtime_us: number;
  recent: Sending[];
  /** The most airtime of any hour. */
  hour_most_us: number;
  /** Frames with which it was above the law's limit. */
  violations: number;
}

interface OnAir {
  from: Station;
  frame: number[];
  mode: RadioMode;
  began_ms: number;
  ends_ms: number;
  /** The strongest of the frames that overlap it; below any strength when there is none. */
  rival_dbm: number;
}

export interface Channel {
  queue: Queue;
  random: RandomNumbers;
  settings: ChannelSettings;
  stations: Station[];
  on_air: OnAir[];
  sent: number;
  collided: number;
  delivered: number;
  lost: number;
}

const NO_RIVAL_DBM = -1000;

export function createChannel(queue: Queue, settings: ChannelSettings): Channel {
  return {
    queue: queue,
    random: createRandomNumbers(settings.seed),
    settings: settings,
    stations: [],
    on_air: [],
    sent: 0,
    collided: 0,
    delivered: 0,
    lost: 0,
  };
}

function hearNothing(frame: number[], mode: RadioMode, rssi_dbm: number): void {
  assert(frame.length > 0 && mode.length > 0 && rssi_dbm < 0, "a frame has bytes, a mode and a strength");
}

/** A station that sleeps until it listens. */
export function addStation(channel: Channel): Station {
  const station: Station = {
    listens: [],
    hears: hearNothing,
    rssi_dbm: RSSI_BEST_DBM - randomBelow(channel.random, RSSI_SPAN_DB),
    sends_from_ms: -1,
    sends_until_ms: -1,
    airtime_us: 0,
    recent: [],
    hour_most_us: 0,
    violations: 0,
  };
  channel.stations.push(station);
  return station;
}

function chance(channel: Channel, permille: number): boolean {
  return permille > 0 && randomBelow(channel.random, PERMILLE) < permille;
}

function bandOf(mode: RadioMode): string {
  return BAND_NAMES[RADIO_MODES.indexOf(mode)];
}

function watchLaw(station: Station, mode: RadioMode, at_ms: number, airtime_us: number): void {
  const recent: Sending[] = [];
  let hour_us = airtime_us;
  for (const sending of station.recent) {
    if (sending.at_ms > at_ms - HOUR_MS) {
      recent.push(sending);
      hour_us += sending.airtime_us;
    }
  }
  recent.push({ at_ms: at_ms, airtime_us: airtime_us });
  station.recent = recent;
  station.airtime_us += airtime_us;
  station.hour_most_us = Math.max(station.hour_most_us, hour_us);
  if (hour_us > dutyPermille(mode) * HOUR_MS) {
    station.violations += 1;
  }
}

function arrive(channel: Channel, to: Station, one: OnAir): void {
  channel.delivered += 1;
  to.hears(one.frame, one.mode, one.from.rssi_dbm);
}

function arriveLater(channel: Channel, to: Station, one: OnAir): void {
  const delay_ms = randomBelow(channel.random, channel.settings.delay_max_ms + 1);
  if (delay_ms === 0) {
    arrive(channel, to, one);
    return;
  }
  const arrival = createEvent(function () {
    arrive(channel, to, one);
  });
  scheduleEvent(channel.queue, arrival, channel.queue.now_ms + delay_ms);
}

function deliver(channel: Channel, one: OnAir, to: Station): void {
  const sent_meanwhile = to.sends_until_ms > one.began_ms && to.sends_from_ms < one.ends_ms;
  if (to === one.from || sent_meanwhile || to.listens.indexOf(one.mode) < 0) {
    return;
  }
  if (chance(channel, channel.settings.loss_permille)) {
    channel.lost += 1;
    return;
  }
  arriveLater(channel, to, one);
  if (chance(channel, channel.settings.duplicate_permille)) {
    arriveLater(channel, to, one);
  }
}

function finish(channel: Channel, one: OnAir): void {
  const others: OnAir[] = [];
  for (const other of channel.on_air) {
    if (other !== one) {
      others.push(other);
    }
  }
  channel.on_air = others;
  if (one.rival_dbm > NO_RIVAL_DBM && one.from.rssi_dbm < one.rival_dbm + channel.settings.capture_db) {
    channel.collided += 1;
    return;
  }
  // Who begins to listen or joins inside of a delivery does not hear this frame.
  const stations = channel.stations.slice(0, channel.stations.length);
  for (const station of stations) {
    deliver(channel, one, station);
  }
}

/** Sends a frame; how long it is on the air, in microseconds. */
export function transmitFrame(channel: Channel, from: Station, mode: RadioMode, frame: number[]): number {
  const now_ms = channel.queue.now_ms;
  const airtime_us = airtimeUs(mode, frame.length);
  const ends_ms = now_ms + Math.floor((airtime_us + 999) / 1000);
  const one: OnAir = {
    from: from,
    frame: frame,
    mode: mode,
    began_ms: now_ms,
    ends_ms: ends_ms,
    rival_dbm: NO_RIVAL_DBM,
  };
  for (const other of channel.on_air) {
    if (bandOf(other.mode) === bandOf(mode)) {
      other.rival_dbm = Math.max(other.rival_dbm, from.rssi_dbm);
      one.rival_dbm = Math.max(one.rival_dbm, other.from.rssi_dbm);
    }
  }
  channel.on_air.push(one);
  channel.sent += 1;
  from.sends_from_ms = now_ms;
  from.sends_until_ms = ends_ms;
  watchLaw(from, mode, now_ms, airtime_us);
  const end = createEvent(function () {
    finish(channel, one);
  });
  scheduleEvent(channel.queue, end, ends_ms);
  return airtime_us;
}
