/**
 * What a gateway makes of a frame: the fields that are published, under the names of wmbusmeters, and what our meter
 * says to the gateway itself: answers and verdict (../radio/answers.ts), and the tariff that is in force.
 *
 * A telegram whose message counter was heard before, or is older, is a repetition, by a relay or by someone who has
 * recorded it: its fields are not published again. The counters are kept as long as the gateway runs; after a start the
 * first telegram of each meter is taken.
 */
import { COMMUNICATION_BIDIRECTIONAL } from "../../firmware/radio/layers";
import { LINK_BYTES } from "../../firmware/radio/frames";
import { idAt } from "../../firmware/radio/link";
import { Formats } from "../radio/compact";
import { answersOf, verdictOf, type Answer, type Verdict } from "../radio/answers";
import { fieldsOf } from "../radio/meters";
import { RadioError } from "../radio/radio_error";
import { decodeTelegram, type Telegram } from "../radio/telegram";
import type { Fields } from "../radio/fields";
import type { KnownMeters } from "./meters_file";

const FORMATS_MAX_METERS = 10_000;

export interface Heard {
  readonly id: string;
  readonly fields: Fields;
  readonly answers: readonly Answer[];
  readonly verdict: Verdict | undefined;
  /** Of the tariff in force. */
  readonly tariff: number | undefined;
  /** The meter opens a receive window now. */
  readonly listens: boolean;
  /** Its message counter, proved by a MAC: only then does it say something of messages and pushes. */
  readonly counter: number | undefined;
  /** Under which that MAC is right: the meter's, or the one that it was given since. */
  readonly key: readonly number[] | undefined;
  readonly is_clock_lost: boolean;
}

/** As our meter's status has it. */
const CLOCK_NOT_SET = "CLOCK_NOT_SET";

function statusNames({ status }: Fields): string[] {
  return typeof status === "string" ? status.split(" ") : [];
}

export type NotHeard = "unknown_meter" | "repeated" | "refused";

export class Ear {
  /** Newest message counter by meter. */
  private readonly counters = new Map<string, number>();
  private formats = new Formats();
  private heard = 0;

  constructor(private readonly meters: KnownMeters) {}

  /** Reads a frame, with check sums or without. */
  hear(frame: number[]): Heard | NotHeard {
    if (frame.length <= LINK_BYTES) return "refused";
    const meter = this.meters.get(idAt(frame, 4));
    if (meter === undefined) return "unknown_meter";
    if (++this.heard % FORMATS_MAX_METERS === 0) this.formats = new Formats();
    for (const key of meter.next_key === undefined ? [meter.key] : [meter.key, meter.next_key]) {
      const telegram = this.opened(frame, key);
      if (telegram !== undefined) return this.told(telegram, meter.name, key);
    }
    return "refused";
  }

  private opened(frame: number[], key: number[] | undefined): Telegram | undefined {
    try {
      return decodeTelegram(frame, { key, formats: this.formats });
    } catch (error) {
      if (error instanceof RadioError) return undefined;
      throw error;
    }
  }

  private told(telegram: Telegram, name: string, key: number[] | undefined): Heard | NotHeard {
    const { layers } = telegram;
    const { id } = layers.meter;
    const counter = layers.authentication?.counter;
    if (counter !== undefined) {
      if (counter <= (this.counters.get(id) ?? -1)) return "repeated";
      this.counters.set(id, counter);
    }
    const fields = fieldsOf(telegram, name);
    const tariff = fields.tariff_version_nr;
    return {
      id,
      fields,
      answers: answersOf(telegram.records),
      verdict: verdictOf(telegram.records),
      tariff: typeof tariff === "number" ? tariff : undefined,
      listens: ((layers.extended?.communication ?? 0) & COMMUNICATION_BIDIRECTIONAL) !== 0,
      counter,
      key,
      is_clock_lost: statusNames(fields).includes(CLOCK_NOT_SET),
    };
  }
}
