/**
 * Village: a town of real meters with their stations (sim/radio_channel/town.ts), each driven by a rig, and one gateway
 * antenna.
 */
import assert from "node:assert/strict";
import { bytesText } from "../../../firmware/card/bytes";
import { airtimeUs } from "../../../firmware/modem/airtime";
import { contentOfA, frameA } from "../../../firmware/radio/frames";
import { radioId } from "../../../firmware/radio/radio_settings";
import { moduleHears, type Im871aModule } from "../../../sim/hci/im871a_module";
import { addStation, transmitFrame, type Station } from "../../../sim/radio_channel/channel";
import { createTown, moveIn, visit, type House as TownHouse, type Town } from "../../../sim/radio_channel/town";
import { createEvent, scheduleEvent, takeHead, type Queue } from "../../../sim/world/queue";
import { isMeter } from "../../../tools/keys/names";
import { VOUCHER_KEY, radio } from "../../firmware/radio/gateway";
import { MINUTE_MS, Rig } from "../../firmware/rig";
import { START_UTC_S, tariff } from "../../firmware/samples";

const REGION = "600100";
const UTILITY = 1;
const OPENING_MILLI = 1e9;
const LOSS_PERMILLE = 200;
/** Reports; few, for each costs real time on the gateway's line. */
const INTERVAL_S = 14_400;
/** 02:00 by the meters' clocks, which begin at 00:00. */
const LISTEN_MINUTE = 120;
const LISTEN_S = 600;
const DAY_MS = 1440 * MINUTE_MS;

export interface House {
  readonly rig: Rig;
  readonly place: TownHouse;
  readonly id: string;
  readonly key: number[];
}

/** A meter's number: the region, a running number, and its check digit. */
function meterNumber(place: number): string {
  const front = REGION + String(place + 1).padStart(11, "0");
  const digit = Array.from({ length: 10 }, (_, one) => String(one)).find((one) => isMeter(front + one));
  assert.ok(digit !== undefined);
  return front + digit;
}

export class Village {
  readonly town: Town;
  readonly antenna: Station;
  readonly houses: House[] = [];
  private antenna_free_ms = 0;
  /** The gateway's module, while a gateway runs. */
  module: Im871aModule | undefined;
  /** Contents that it has heard, each once. */
  readonly heard = new Set<string>();

  constructor(count: number, seed: number, region_key: string, price_milli: number) {
    const faults = { duplicate_permille: 20, delay_max_ms: 3, capture_db: 6 };
    this.town = createTown({ seed, loss_permille: LOSS_PERMILLE, ...faults });
    this.antenna = addStation(this.town.channel);
    this.antenna.listens = ["C1"];
    this.antenna.hears = (frame, mode, rssi_dbm) => {
      const content = contentOfA(frame);
      if (content === undefined || this.module === undefined) return;
      this.heard.add(bytesText(content));
      moduleHears(this.module, content, mode, rssi_dbm);
    };
    for (let place = 0; place < count; place++) this.houses.push(this.house(place, region_key, price_milli));
  }

  private house(place: number, region_key: string, price_milli: number): House {
    const meter_number = meterNumber(place);
    const key = Array.from({ length: 16 }, (_, at) => (place * 31 + at * 7 + Math.floor(place / 256)) % 256);
    const rig = new Rig({
      seed: place + 1,
      settings: { meter_number },
      radio: radio({
        interval_s: INTERVAL_S,
        master_key: Buffer.from(key).toString("hex"),
        region_key,
        listen_minute: LISTEN_MINUTE,
        listen_s: LISTEN_S,
      }),
      tariff: tariff({ id: 1, prices_milli: [price_milli] }),
    });
    const { books } = rig.meter.card;
    books.utility = UTILITY;
    books.voucher_key = bytesText(VOUCHER_KEY);
    return { rig, place: moveIn(this.town, rig.world, "C1", "C2"), id: radioId(meter_number), key };
  }

  get queue(): Queue {
    return this.town.queue;
  }

  /**
   * The gateway's module transmits. One in real time may begin a frame before the last one has ended in virtual time, on
   * a machine that is busy: it goes out behind that one, as from a real antenna.
   */
  transmit(content: number[]): number {
    const frame = frameA(content);
    const send = (): number => transmitFrame(this.town.channel, this.antenna, "C2", frame);
    const begins_ms = Math.max(this.now_ms, this.antenna_free_ms);
    const airtime_ms = Math.ceil(airtimeUs("C2", frame.length) / 1000);
    this.antenna_free_ms = begins_ms + airtime_ms;
    if (begins_ms === this.now_ms) return send();
    scheduleEvent(this.queue, createEvent(send), begins_ms);
    return airtime_ms;
  }

  get now_ms(): number {
    return this.queue.now_ms;
  }

  get now_utc_s(): number {
    return START_UTC_S + Math.floor(this.now_ms / 1000);
  }

  /** Until when the next daily window opens, of all meters. */
  get window_ms(): number {
    const of_day_ms = this.now_ms % DAY_MS;
    const opens_ms = LISTEN_MINUTE * MINUTE_MS;
    return of_day_ms < opens_ms ? opens_ms - of_day_ms : DAY_MS - of_day_ms + opens_ms;
  }

  /** Lets time pass in the order of what happens; after each event the gateway gets its turn, when it needs one. */
  async pass(span_ms: number, settle: () => Promise<void> | undefined = () => undefined): Promise<void> {
    const { queue } = this;
    const until_ms = this.now_ms + span_ms;
    for (let { head } = queue; head !== undefined && head.at_ms <= until_ms; { head } = queue) {
      takeHead(queue, head);
      head.run();
      const unsettled = settle();
      if (unsettled !== undefined) await unsettled;
    }
    queue.now_ms = until_ms;
  }

  /** All meters at the village's time, to look at. */
  awake(): readonly House[] {
    for (const { place } of this.houses) visit(this.town, place, () => undefined);
    return this.houses;
  }

  /** A step of a program, now, at one meter. */
  step({ rig, place }: House, words: string): void {
    visit(this.town, place, () => rig.step(words));
  }

  /** Puts the meters into service, one after the other, so that they do not speak all at once. */
  async commission(span_ms: number): Promise<void> {
    for (const house of this.houses) {
      this.step(house, `commission ${OPENING_MILLI}`);
      await this.pass(Math.floor(span_ms / this.houses.length));
    }
  }

  /** Litres that have run through each meter, by the pipes' own account. */
  litres(): number[] {
    return this.awake().map(({ rig }) => rig.world.flow.counted_pulses);
  }
}
