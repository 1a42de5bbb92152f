/** The driver against the emulator in virtual time, with a card that numbers what it is asked. */
import type { Pn532 } from "../../../firmware/reader/pn532";
import { createPn532 } from "../../../firmware/reader/pn532";
import type { Pn532Chip } from "../../../sim/pn532/chip";
import { createPn532Chip, insertCard, removeCard } from "../../../sim/pn532/chip";
import type { ContactlessCard } from "../../../sim/pn532/field";
import type { BytePipe } from "../../../sim/pn532/pipe";
import { createBytePipe } from "../../../sim/pn532/pipe";
import { createTimerTwin } from "../../../sim/twins/timer";
import type { Queue } from "../../../sim/world/queue";
import type { Benches } from "../../hal/benches";
import { virtualTime } from "../../hal/twins";

export const UID = [4, 161, 178, 195, 212, 229, 246];
export const OTHER_UID = [4, 1, 2, 3, 4, 5, 6];
/** Long enough for a start, a poll, and the end of a failed exchange. */
export const SETTLE_MS = 4000;

/** Answers with a number that never comes again, the command, and 9100. */
export interface CountingCard extends ContactlessCard {
  /** What it was asked, oldest first. */
  asked: number[][];
  /** What it said, oldest first. */
  said: number[][];
  /** Sessions it has lost so far. */
  lost: number;
  /** So many bytes more in each answer. */
  padding_bytes: number;
  mute: boolean;
}

export function countingCard(uid: number[] = UID): CountingCard {
  const card: CountingCard = {
    uid,
    asked: [],
    said: [],
    lost: 0,
    padding_bytes: 0,
    mute: false,
    respond: (apdu) => {
      card.asked.push(apdu);
      if (card.mute) return [];
      const padding = new Array<number>(card.padding_bytes).fill(0x55);
      const answer = [card.asked.length, ...apdu.slice(0, 200), ...padding, 0x91, 0];
      card.said.push(answer);
      return answer;
    },
    field_lost: () => {
      card.lost += 1;
    },
  };
  return card;
}

export interface Rig {
  queue: Queue;
  pipe: BytePipe;
  chip: Pn532Chip;
  reader: Pn532;
  /** All that the host wrote, a write each, and when. */
  written: { at_ms: number; bytes: number[] }[];
  pass: (span_ms: number) => void;
}

export function readerRig(piece_bytes = 1000): Rig {
  const { queue, pass } = virtualTime();
  const pipe = createBytePipe(queue, piece_bytes);
  const written: Rig["written"] = [];
  const chip = createPn532Chip(pipe.chip, createTimerTwin(queue).port);
  const line = {
    write: (bytes: number[]) => {
      written.push({ at_ms: queue.now_ms, bytes: [...bytes] });
      pipe.host.write(bytes);
    },
    on_bytes: (listener: (bytes: number[]) => void) => {
      pipe.host.on_bytes(listener);
    },
  };
  const reader = createPn532(line, createTimerTwin(queue).port);
  return { queue, pipe, chip, reader, written, pass };
}

/** A reader that has started, with a card in the field. */
export function rigWithCard(card: ContactlessCard, piece_bytes = 1000): Rig {
  const rig = readerRig(piece_bytes);
  insertCard(rig.chip, card);
  rig.pass(SETTLE_MS);
  return rig;
}

/** One exchange; its results, which should be one. */
export function exchange(rig: Rig, command: number[], timeout_ms = 1000): [string, number[]][] {
  const results: [string, number[]][] = [];
  const taken = rig.reader.port.transmit(command, timeout_ms, (result, answer) => results.push([result, answer]));
  if (taken !== "started") results.push([taken, []]);
  rig.pass(timeout_ms + SETTLE_MS);
  return results;
}

export function cardBench(piece_bytes: number): Benches["card"] {
  const rig = readerRig(piece_bytes);
  rig.pass(SETTLE_MS);
  return {
    port: rig.reader.port,
    pass: rig.pass,
    insert: (uid) => {
      insertCard(rig.chip, countingCard(uid));
      rig.pass(SETTLE_MS);
    },
    remove: () => {
      removeCard(rig.chip);
      rig.pass(SETTLE_MS);
    },
  };
}
