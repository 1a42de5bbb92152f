/**
 * The gateway: what it hears is decoded and published; what waits in the queue goes to each meter in the receive window
 * behind its telegram, until that meter has answered; pushes are broadcast in the daily window.
 *
 * Order of things, so that a gateway may be killed at any moment and started again:
 *   a message counter is durable before the frame that uses it goes out        queue.ts, nextCounter
 *   an answer is durable before anything else is sent to that meter            takeIn awaits it
 *   frames of a carousel are noted behind BATCH_FRAMES of them; after a kill at most so many are sent again, which
 *   costs airtime and changes nothing
 *   messages to one meter go out one after the other, each when the one before it is answered
 * Publishing is at least once where the broker asks for it, and never holds up the radio.
 */
import { createCarousel, fragmentFrame } from "../../firmware/carousel/fragments";
import type { RadioMode } from "../../firmware/modem/airtime";
import { downlinkTelegram } from "../../firmware/radio/downlink";
import type { Address } from "../../firmware/radio/link";
import { messageRecords } from "../../firmware/radio/message";
import type { Radio } from "../../hal/radio";
import { UserError } from "../../sim/scenario/user_error";
import { createNodeCrypto } from "../keys/crypto";
import type { Message, Push, QueueEntry } from "./entries";
import { GatewayError } from "./gateway_error";
import { Ear, type Heard } from "./hearing";
import { bodyOf, isCarried, kindOf, kindPlace } from "./messages";
import type { KnownMeters } from "./meters_file";
import { bestPlan, fragmentAirtime, moreNumbers, PLANNED_LOSS, type Plan, type Way } from "./plan";
import { WAITING_MAX, type DownlinkQueue } from "./queue";
import { isDone, progressEntry } from "./rollout";
import { updateFrames, type BroadcastFrame } from "./update_frames";

export const BATCH_FRAMES = 8;
/** What a radio tells that knows no strength. */
export const NO_SIGNAL_DBM = -999;
const MORE_PART = 4;
const MORE_LEAST = 2;

export interface Reading {
  readonly topic_id: string;
  readonly text: string;
}

export interface GatewayParts {
  readonly radio: Radio;
  readonly queue: DownlinkQueue;
  readonly meters: KnownMeters;
  readonly address: Address;
  readonly device: string;
  readonly downlink_mode: RadioMode;
  readonly way: Way;
  readonly now: () => Date;
  readonly publish: (reading: Reading) => void;
  /** Hears what is wrong with a push, in one line. */
  readonly log?: (line: string) => void;
}

export interface GatewayCounts {
  heard: number;
  unknown_meter: number;
  repeated: number;
  refused: number;
  sent: number;
  not_sent: number;
  answered: number;
}

export class Gateway {
  readonly counts: GatewayCounts = {
    heard: 0,
    unknown_meter: 0,
    repeated: 0,
    refused: 0,
    sent: 0,
    not_sent: 0,
    answered: 0,
  };
  private readonly crypto = createNodeCrypto();
  private readonly ear: Ear;
  /** What was said of pushes that cannot be sent, by their numbers. */
  private readonly faults = new Map<number, string>();
  /** One thing after the other: what is under way, and what failed in it. */
  private work: Promise<void> = Promise.resolve();
  private pending = 0;
  failure: Error | undefined;

  constructor(private readonly parts: GatewayParts) {
    this.ear = new Ear(parts.meters);
    parts.radio.on_frame((frame, rssi_dbm) => {
      const heard = this.take(frame, rssi_dbm);
      if (heard !== undefined) this.later(() => this.answer(heard));
    });
  }

  /** Nothing is under way. */
  get idle(): boolean {
    return this.pending === 0;
  }

  private later(work: () => Promise<void>): void {
    this.pending += 1;
    this.work = this.work
      .then(() => (this.failure === undefined ? work() : undefined))
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => (this.pending -= 1));
  }

  /** Decodes and publishes. */
  private take(frame: number[], rssi_dbm: number): Heard | undefined {
    const heard = this.ear.hear(frame);
    if (typeof heard === "string") {
      this.counts[heard] += 1;
      return undefined;
    }
    this.counts.heard += 1;
    const { device, now } = this.parts;
    const timestamp = now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z");
    const signal = rssi_dbm > NO_SIGNAL_DBM ? { rssi_dbm } : {};
    const fields = { ...heard.fields, timestamp, device, ...signal };
    this.parts.publish({ topic_id: heard.id, text: JSON.stringify(fields) });
    return heard;
  }

  /** Keeps what the meter has said, and sends what waits for it. */
  private async answer(heard: Heard): Promise<void> {
    const { queue } = this.parts;
    if (queue.has_news) await queue.refresh();
    await this.keep(heard);
    if (!heard.listens || heard.counter === undefined) return;
    await this.setClock(heard);
    // One at a time: of two that were sent at once the first may be lost, and unlock and lock would change their order.
    const oldest = queue.waitingFor(heard.id).find(isCarried);
    if (oldest !== undefined) await this.sendMessage(oldest, heard);
  }

  /** A meter without the time is told it: nobody has to ask. */
  private async setClock(heard: Heard): Promise<void> {
    const { queue } = this.parts;
    const waiting = queue.waitingFor(heard.id);
    if (!heard.is_clock_lost || waiting.length >= WAITING_MAX) return;
    if (waiting.some((message) => kindOf(message) === "time")) return;
    await queue.addMessage(heard.id, kindPlace("time"), []);
  }

  /** What a genuine telegram says of messages and pushes. */
  private async keep(heard: Heard): Promise<void> {
    if (heard.counter === undefined) return;
    const { queue, now } = this.parts;
    const found = (): QueueEntry[] => {
      const waiting = queue.waitingFor(heard.id);
      const answered = heard.answers.flatMap(({ request, code }): QueueEntry[] => {
        const message = waiting.find((one) => one.request === request);
        const at = now().toISOString();
        return message === undefined ? [] : [{ entry: "answered", number: message.number, code, at }];
      });
      const pushes = [...queue.state.pushes.values()];
      return [...answered, ...pushes.flatMap((push) => progressEntry(push, heard, now()) ?? [])];
    };
    if (found().length === 0) return;
    await queue.change(() => {
      const entries = found();
      this.counts.answered += entries.filter(({ entry }) => entry === "answered").length;
      return entries;
    });
  }

  private send(content: number[]): Promise<"sent" | "duty_cycle" | "failed"> {
    return new Promise((resolve) => {
      if (this.parts.radio.send(content, resolve) === "busy") resolve("failed");
    });
  }

  /** Each time under a counter of its own; the request is what the meter knows it by. */
  private async sendMessage(message: Message, heard: Heard): Promise<void> {
    const { meters, queue, address, now } = this.parts;
    const meter = meters.get(message.meter);
    if (meter === undefined || heard.key === undefined) return;
    const body = bodyOf(message, meter, heard, now());
    if (body === undefined) return;
    const counter = await queue.nextCounter(message.meter);
    const header = {
      gateway: address,
      meter: meter.address,
      access: counter % 256,
      counter,
      is_next: message.request % 2 === 1,
    };
    const records = messageRecords(kindOf(message), message.request, body);
    const result = await this.send(downlinkTelegram(this.crypto, [...heard.key], header, records));
    if (result === "sent") this.counts.sent += 1;
    else this.counts.not_sent += 1;
  }

  /** The day's numbers of a push. */
  private numbersOf(push: Push, plan: Plan): readonly number[] {
    const first = plan.numbers.slice(push.frames);
    if (first.length > 0) return first;
    return moreNumbers(plan, push.frames, Math.max(MORE_LEAST, Math.ceil(plan.count / MORE_PART)));
  }

  /**
   * Broadcasts the pushes that are not done, once; false when the law's airtime, the modem or the end of the meters'
   * window ended it early: the next broadcast goes on from there.
   */
  async broadcast(is_open: () => boolean = () => true): Promise<boolean> {
    let complete = true;
    this.later(async () => {
      await this.parts.queue.refresh();
      for (const push of this.parts.queue.state.pushes.values()) {
        if (!isDone(push)) complete = (await this.broadcastPush(push, is_open)) && complete;
      }
    });
    await this.work;
    return complete;
  }

  /** None when its file is not there or is another one: a person mends that, and nobody else waits for it. */
  private framesOfUpdate(push: Push): readonly BroadcastFrame[] | undefined {
    try {
      const frames = updateFrames(push, this.parts);
      this.faults.delete(push.number);
      return frames;
    } catch (error) {
      if (!(error instanceof UserError || error instanceof GatewayError)) throw error;
      // A window that airtime cuts off is tried again each second.
      if (this.faults.get(push.number) !== error.message)
        this.parts.log?.(`push ${push.number} is not sent: ${error.message}`);
      this.faults.set(push.number, error.message);
      return undefined;
    }
  }

  private async broadcastPush(push: Push, is_open: () => boolean): Promise<boolean> {
    if (push.update_file !== undefined) {
      const update = this.framesOfUpdate(push);
      return update === undefined || this.sendFrames(push, update, is_open);
    }
    const { address, downlink_mode, way } = this.parts;
    const content = [...Buffer.from(push.content, "hex")];
    const field = { meters: push.meters.length, loss: PLANNED_LOSS, mode: downlink_mode };
    const plan = bestPlan(way, content.length, field);
    const carousel = createCarousel(push.region, content, this.crypto.sha256(content), plan.size);
    const frames = this.numbersOf(push, plan).map((number) => ({
      content: () => fragmentFrame(address, carousel, number),
      airtime_us: fragmentAirtime(downlink_mode, content.length, plan.size, number),
    }));
    return this.sendFrames(push, frames, is_open);
  }

  /** Sends frames of a push, in batches that are noted; false when something ended it early. */
  private async sendFrames(push: Push, all: readonly BroadcastFrame[], is_open: () => boolean): Promise<boolean> {
    const { queue, now } = this.parts;
    for (let first = 0; first < all.length; first += BATCH_FRAMES) {
      let frames = 0;
      let airtime_us = 0;
      let result: "sent" | "duty_cycle" | "failed" | "closed" = "sent";
      for (const frame of all.slice(first, first + BATCH_FRAMES)) {
        result = is_open() ? await this.send(frame.content()) : "closed";
        if (result !== "sent") break;
        frames += 1;
        airtime_us += frame.airtime_us;
      }
      if (frames > 0) {
        const at = now().toISOString();
        await queue.change(() => [{ entry: "sent", number: push.number, frames, airtime_us, at }]);
      }
      if (result !== "sent") return false;
    }
    return true;
  }
}
