/**
 * Bench: a meter whose reader answers at once, without virtual time, so that thousands of sessions a second can be
 * played. It is kept from case to case as long as no card has changed it, and booted anew from its memory otherwise.
 */
import type { BuzzerPattern } from "../../hal/buzzer";
import { start } from "../../firmware/index";
import type { Meter } from "../../firmware/state";
import { crypto } from "../card_torture/made_cards";
import { FIRST_TARIFF, SETTINGS } from "../card_torture/sessions";
import type { DesfireCard } from "../desfire/card";
import type { Dock, Surroundings } from "../torture/dock";
import { bootOn, createDock, surround } from "../torture/dock";
import type { NvmTwin } from "../twins/nvm";
import { cloneNvm } from "../twins/nvm";
import type { Draws } from "./draws";
import { bytesOf } from "./draws";
import type { Link } from "./link";
import { exchange } from "./link";

/** More exchanges than any session has: two authentications, and frames without end for each of eight commands. */
export const EXCHANGES_MAX = 160;

export interface Bench {
  nvm: NvmTwin;
  around: Surroundings;
  dock: Dock;
  meter: Meter;
  beeps: BuzzerPattern[];
  notify: () => void;
  uid: number[];
  waiting: (() => void) | undefined;
  link: Link | undefined;
  draws: Draws;
}

function wire(bench: Bench): void {
  bench.dock.hal = {
    ...bench.dock.hal,
    crypto,
    random: { bytes: (length) => bytesOf(bench.draws, length) },
    buzzer: { beep: (pattern) => bench.beeps.push(pattern) },
    display: { show: () => undefined },
    card: {
      apdu_max_bytes: 64,
      present: () => bench.uid.length > 0,
      uid: () => bench.uid,
      transmit: (command, _timeout_ms, done) => {
        if (bench.uid.length === 0) return "absent";
        if (bench.waiting !== undefined) return "busy";
        bench.waiting = () => {
          if (bench.link === undefined) throw new Error("nothing stands on the reader");
          const { result, answer } = exchange(bench.link, command);
          done(result, answer);
        };
        return "started";
      },
      on_change: (listener) => (bench.notify = listener),
    },
  };
}

/** Boots the meter on what it had when the bench was made. */
export function bootBench(bench: Bench): void {
  surround(bench.dock, bench.around);
  bench.waiting = undefined;
  bench.uid = [];
  const meter = bootOn(bench.dock, cloneNvm(bench.nvm));
  if (meter === undefined) throw new Error("the meter of the bench does not boot");
  bench.meter = meter;
  start(meter);
}

export function createBench(nvm: NvmTwin, around: Surroundings): Bench {
  const bench: Bench = {
    nvm,
    around,
    dock: createDock(around, SETTINGS, FIRST_TARIFF, nvm),
    meter: undefined as unknown as Meter,
    beeps: [],
    notify: () => undefined,
    uid: [],
    waiting: undefined,
    link: undefined,
    draws: { state: 1 },
  };
  wire(bench);
  bootBench(bench);
  return bench;
}

/** Holds a card up behind a link until its session is over; false when that does not come to an end. */
export function hold(bench: Bench, card: DesfireCard, uid: number[], link: Link): boolean {
  bench.beeps = [];
  bench.link = link;
  link.card = card;
  bench.uid = uid;
  bench.notify();
  while (bench.waiting !== undefined) {
    const next = bench.waiting;
    bench.waiting = undefined;
    next();
    if (link.exchanges > EXCHANGES_MAX) return false;
  }
  bench.uid = [];
  bench.notify();
  return bench.meter.card.session === undefined;
}
