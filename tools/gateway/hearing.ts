/**
 * What a gateway makes of a frame: the fields that are published, under the names of wmbusmeters, and what our meter
 * says to the gateway itself.
 *
 *   04 FF 21  answer: request 3 and its result 1, low byte first; as many as there are
 *   06 FF 22  verdict: version 4 of the signed content that was judged last, its result 1, a zero
 *   04 FD 0B  the tariff that is in force (field tariff_version_nr)
 *
 * A telegram whose message counter was heard before, or is older, is a repetition, by a relay or by someone who has
 * recorded it: its fields are not published again. The counters are kept as long as the gateway runs; after a start the
 * first telegram of each meter is taken.
 */
import { COMMUNICATION_BIDIRECTIONAL } from "../../firmware/radio/layers";
import { LINK_BYTES } from "../../firmware/radio/frames";
import { idAt } from "../../firmware/radio/link";
import { Formats } from "../radio/compact";
import { hex } from "../hex";
import { fieldsOf } from "../radio/meters";
import { RadioError } from "../radio/radio_error";
import { decodeTelegram, type Telegram } from "../radio/telegram";
import type { Fields } from "../radio/fields";
import type { KnownMeters } from "./meters_file";

const ANSWER_HEAD = "04FF21";
const VERDICT_HEAD = "06FF22";
const FORMATS_MAX_METERS = 10_000;

export interface Answer {
  readonly request: number;
  readonly code: number;
}

export interface Heard {
  readonly id: string;
  readonly fields: Fields;
  readonly answers: readonly Answer[];
  readonly verdict: { readonly version: number; readonly code: number } | undefined;
  /** Of the tariff in force. */
  readonly tariff: number | undefined;
  /** The meter opens a receive window now. */
  readonly listens: boolean;
  /** Proved by a MAC: only then does it say something of messages and pushes. */
  readonly is_genuine: boolean;
}

export type NotHeard = "unknown_meter" | "repeated" | "refused";

function lowFirst(bytes: readonly number[]): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

function recordsOf(telegram: Telegram, head: string): number[][] {
  return telegram.records.filter((record) => hex(record.head) === head).map(({ bytes }) => bytes);
}

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
    let telegram: Telegram;
    try {
      if (++this.heard % FORMATS_MAX_METERS === 0) this.formats = new Formats();
      telegram = decodeTelegram(frame, { key: meter.key, formats: this.formats });
    } catch (error) {
      if (error instanceof RadioError) return "refused";
      throw error;
    }
    return this.told(telegram, meter.name);
  }

  private told(telegram: Telegram, name: string): Heard | NotHeard {
    const { layers } = telegram;
    const { id } = layers.meter;
    const counter = layers.authentication?.counter;
    if (counter !== undefined) {
      if (counter <= (this.counters.get(id) ?? -1)) return "repeated";
      this.counters.set(id, counter);
    }
    const fields = fieldsOf(telegram, name);
    const verdict = recordsOf(telegram, VERDICT_HEAD).at(-1);
    const tariff = fields.tariff_version_nr;
    return {
      id,
      fields,
      answers: recordsOf(telegram, ANSWER_HEAD).map((bytes) => ({
        request: lowFirst(bytes.slice(0, 3)),
        code: bytes[3],
      })),
      verdict: verdict === undefined ? undefined : { version: lowFirst(verdict.slice(0, 4)), code: verdict[4] },
      tariff: typeof tariff === "number" ? tariff : undefined,
      listens: ((layers.extended?.communication ?? 0) & COMMUNICATION_BIDIRECTIONAL) !== 0,
      is_genuine: counter !== undefined,
    };
  }
}
