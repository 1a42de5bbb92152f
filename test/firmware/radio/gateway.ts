/**
 * Gateway: a utility at the other end of the air, for tests of the station: hears what a meter sends, opens it with
 * tools/radio, and answers with messages and carousels of its own making.
 */
import assert from "node:assert/strict";
import { bytesText, textBytes } from "../../../firmware/card/bytes";
import { voucherBytes, type Voucher, NO_CARD } from "../../../firmware/card/voucher";
import { createCarousel, fragmentFrame, type Carousel } from "../../../firmware/carousel/fragments";
import { cmacKey } from "../../../firmware/crypto/cmac";
import { downlinkTelegram } from "../../../firmware/radio/downlink";
import { contentOfA, frameA, frameB } from "../../../firmware/radio/frames";
import { messageRecords, type MessageKind } from "../../../firmware/radio/message";
import type { RadioSettings } from "../../../firmware/radio/radio_settings";
import { contentBytes } from "../../../firmware/radio/signed";
import type { SignedContent } from "../../../firmware/radio/signed_content";
import { createNodeCrypto } from "../../../tools/keys/crypto";
import { Secret } from "../../../tools/keys/secret";
import { lmsKey, publicKey, signatureUnder } from "../../../tools/lms/key";
import type { LmsKey } from "../../../tools/lms/ots";
import { makeLeaves, treeOver, type Tree } from "../../../tools/lms/tree";
import { decodeTelegram, type Telegram } from "../../../tools/radio/telegram";
import { NODE_HASH, bytesFrom } from "../crypto/made_signatures";
import { HOUR_MS, Rig, running, type RigOptions } from "../rig";
import { GATEWAY, KEY } from "./samples";

export const crypto = createNodeCrypto();
export const VOUCHER_KEY = new Array<number>(16).fill(0x33);
export const METER = "600100000000000017";
export const UTILITY = 7;
/** Behind link, extended link and the head of the authentication layer. */
const COUNTER_FIRST = 18;
const ANSWER = [0x04, 0xff, 0x21];
const VERDICT = [0x06, 0xff, 0x22];

export function radio(changes: Partial<RadioSettings> = {}): RadioSettings {
  return {
    interval_s: 3600,
    master_key: Buffer.from(KEY).toString("hex"),
    region_key: "",
    region_key_revision: 1,
    region_key_next: "",
    group: 5,
    listen_minute: 120,
    listen_s: 600,
    ...changes,
  };
}

export function whole(value: number, length: number): number[] {
  return Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) % 256);
}

export interface Told {
  request: number;
  code: number;
}

/** A region's signing key, and what it signs. W4, n = 24, height 5: quick to make. */
export interface Signer {
  key: LmsKey;
  tree: Tree;
  /** As the meter's setting has it. */
  region_key: string;
  leaf: number;
}

/** W4 (7) is the quicker one to make and to verify; regions sign with W8 (8), which is shorter. */
export async function signer(seed = "the region's seed", ots_type: 7 | 8 = 7): Promise<Signer> {
  const key = lmsKey({ tree_type: 10, ots_type }, Buffer.from(bytesFrom(seed, 16)), new Secret(bytesFrom(seed, 24)));
  const tree = treeOver(key, await makeLeaves(key));
  return { key, tree, region_key: publicKey(key, tree).toString("hex"), leaf: 0 };
}

/** Content and signature, as a carousel carries them. */
export function signed(by: Signer, content: SignedContent): string {
  const bytes = contentBytes(content);
  const signature = signatureUnder(by.key, by.tree, by.leaf++ % 32, Buffer.from(bytes));
  return bytesText([...bytes, ...signature]);
}

export function contentOf(changes: Partial<SignedContent> = {}): SignedContent {
  return {
    utility: UTILITY,
    region: "600100",
    key_revision: 1,
    version: 8,
    start_utc_s: 0,
    scope: "all",
    group: 0,
    meter: "",
    tariff: undefined,
    friendly: undefined,
    holidays: undefined,
    lifeline: undefined,
    emergency_milli: undefined,
    ...changes,
  };
}

export function carouselOf(content: string, size = 180, region = "600100"): Carousel {
  const bytes = textBytes(content);
  return createCarousel(region, bytes, NODE_HASH.sha256(bytes), size);
}

/** Frames of a whole turn of the carousel. */
export function turn(content: string, size = 180, region = "600100"): number[][] {
  const carousel = carouselOf(content, size, region);
  return carousel.fragments.map((_, number) => frameA(fragmentFrame(GATEWAY, carousel, number)));
}

export function voucher(said: Partial<Voucher> = {}, key = VOUCHER_KEY): number[] {
  return voucherBytes(cmacKey(crypto, key), {
    utility: UTILITY,
    region: "600100",
    meter: METER,
    uid: NO_CARD,
    generation: 0,
    sequence: 1,
    cumulative_milli: 500_000,
    tariff_id: 0,
    expiry_utc_s: 0,
    point_of_sale: 3,
    ...said,
  });
}

export class Gateway {
  /** Every frame that was on the air. */
  public readonly heard: number[][] = [];
  public counter = 0;
  public request = 0;
  public key = KEY;
  private is_next = false;

  public constructor(public readonly rig: Rig) {
    rig.world.radio.on_sent = (frame) => this.heard.push([...frame]);
  }

  public telegram(place = this.heard.length - 1, key = this.key): Telegram {
    return decodeTelegram([...this.heard[place]], { key });
  }

  /** Message counters of all telegrams, in the order in which they were sent. */
  public counters(): number[] {
    return this.heard.map((frame) => {
      const content = contentOfA([...frame]);
      assert.ok(content !== undefined);
      return Buffer.from(content).readUInt32LE(COUNTER_FIRST);
    });
  }

  /** Answers and verdict in the newest telegram. */
  public told(place = this.heard.length - 1): Told[] {
    return records(this.telegram(place), ANSWER).map((bytes) => ({
      request: bytes[0] + 256 * bytes[1] + 65536 * bytes[2],
      code: bytes[3],
    }));
  }

  public verdicts(): { version: number; code: number }[] {
    return this.heard.flatMap((_, place) =>
      records(this.telegram(place), VERDICT).map((bytes) => ({
        version: Buffer.from(bytes).readUInt32LE(2),
        code: bytes[0],
      })),
    );
  }

  /** All answers that were ever heard. */
  public allTold(): Told[] {
    return this.heard.flatMap((_, place) => this.told(place));
  }

  /** The frame of a message. */
  public frame(kind: MessageKind, body: number[], { counter = this.counter, request = this.request } = {}): number[] {
    const id = METER.slice(-8);
    const header = {
      gateway: GATEWAY,
      meter: { manufacturer: "CSB", id, version: 1, device_type: 7 },
      access: counter % 256,
      counter,
      is_next: (this.is_next = !this.is_next),
    };
    const content = downlinkTelegram(crypto, this.key, header, messageRecords(kind, request, body));
    return this.is_next ? frameA(content) : frameB(content);
  }

  public put(frame: readonly number[]): void {
    this.rig.world.radio.arrive([...frame]);
  }

  /** Sends a new request in the window that is open now. */
  public ask(kind: MessageKind, body: number[]): number[] {
    this.counter += 1;
    this.request += 1;
    const frame = this.frame(kind, body);
    this.put(frame);
    return frame;
  }

  /** Waits for the next telegram and the window behind it. */
  public window(): this {
    const before = this.heard.length;
    for (let waited_ms = 0; this.heard.length === before; waited_ms += 100) {
      assert.ok(waited_ms < 25 * HOUR_MS, "the meter sends within a day");
      this.rig.pass(100);
    }
    this.rig.pass(500);
    return this;
  }

  /** A new request in the next window, and the code that answers it. */
  public answer(kind: MessageKind, body: number[]): number {
    this.window().ask(kind, body);
    this.window();
    const told = this.told().filter(({ request }) => request === this.request);
    assert.equal(told.length, 1, "a request has one answer");
    return told[0].code;
  }
}

/** The values of all records with this head. */
function records({ records }: Telegram, head: readonly number[]): number[][] {
  return records.filter((record) => record.head.join() === head.join()).map(({ bytes }) => bytes);
}

/** A meter in service with radio, a voucher key and three telegrams of installation behind it. */
export function fitted(options: RigOptions & { keys?: boolean } = {}): Gateway {
  const rig = running({ radio: radio(), ...options });
  const gateway = new Gateway(rig);
  const { books } = rig.meter.card;
  books.utility = UTILITY;
  books.voucher_key = bytesText(VOUCHER_KEY);
  books.card_key = bytesText(VOUCHER_KEY);
  // What is put into the books by hand is kept with the next commit.
  rig.then("lock 1", "lock 0").pass(30_000);
  gateway.heard.length = 0;
  return gateway;
}
