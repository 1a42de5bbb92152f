/**
 * Cases: frames that a gateway could have made, and what becomes of them on the way or in the hands of someone without
 * the keys. Each says what it may change: nothing, or anything but money.
 */
import { textBytes } from "../../firmware/card/bytes";
import { FRAGMENTS_MAX } from "../../firmware/carousel/erasure";
import {
  createCarousel,
  fragmentFrame,
  FRAGMENT_MAX_BYTES,
  FRAGMENT_MIN_BYTES,
  isDivisible,
  type Carousel,
} from "../../firmware/carousel/fragments";
import { NO_CARD, voucherBytes } from "../../firmware/card/voucher";
import { cmacKey } from "../../firmware/crypto/cmac";
import { downlinkTelegram } from "../../firmware/radio/downlink";
import { frameA, frameB } from "../../firmware/radio/frames";
import type { Address } from "../../firmware/radio/link";
import { MESSAGE_KINDS, messageRecords, type MessageKind } from "../../firmware/radio/message";
import { radioId } from "../../firmware/radio/radio_settings";
import { below, bytesOf, chance, flipped, pick, type Draws } from "../card_fuzz/draws";
import { createFastCrypto } from "../card_torture/fast_crypto";
import { METER, REGION, UTILITY } from "./bench";
import { NODE_HASH } from "./sign";

const crypto = createFastCrypto();
export const MASTER_KEY = Array.from({ length: 16 }, (_, i) => 17 * i);
export const VOUCHER_KEY = new Array<number>(16).fill(0x33);
const GATEWAY: Address = { manufacturer: "CSB", id: "99000001", version: 1, device_type: 0x36 };
const OWN: Address = { manufacturer: "CSB", id: radioId(METER), version: 1, device_type: 7 };
/** Link and extended link, which no MAC covers. */
const UNCOVERED_BYTES = 13;
const CONTENT_MAX_BYTES = 230;

/** "nothing": no field of the meter; "genuine": what the message says. */
export type Allowed = "nothing" | "genuine";

export interface FuzzCase {
  name: string;
  frames: number[][];
  allowed: Allowed;
  /** Water and time must pass before it is judged: a signature may be verified. */
  verifies: boolean;
}

/** Counters of the gateway, and what it has sent before. */
export interface Sender {
  counter: number;
  request: number;
  sequence: number;
  cumulative_milli: number;
  /** The signed content that the meter would take. */
  signed: string;
  replays: number[][];
}

function framed(draws: Draws, content: number[]): number[] {
  const bytes = content.slice(0, CONTENT_MAX_BYTES);
  while (bytes.length < 11) bytes.push(below(draws, 256));
  bytes[0] = bytes.length - 1;
  return chance(draws, 500) ? frameA(bytes) : frameB(bytes);
}

function sealedContent(sender: Sender, records: number[]): number[] {
  sender.counter += 1;
  const header = {
    gateway: GATEWAY,
    meter: OWN,
    access: sender.counter % 256,
    counter: sender.counter,
    is_next: sender.counter % 2 === 1,
  };
  return downlinkTelegram(crypto, MASTER_KEY, header, records);
}

function message(sender: Sender, kind: MessageKind, body: number[]): number[] {
  sender.request += 1;
  return messageRecords(kind, sender.request, body);
}

function voucher(sender: Sender): number[] {
  return voucherBytes(cmacKey(crypto, VOUCHER_KEY), {
    utility: UTILITY,
    region: REGION,
    meter: METER,
    uid: NO_CARD,
    generation: 1,
    sequence: sender.sequence + 1,
    cumulative_milli: sender.cumulative_milli + 1000,
    tariff_id: 0,
    expiry_utc_s: 0,
    point_of_sale: 1,
  });
}

function body(draws: Draws, sender: Sender, kind: MessageKind): number[] {
  return kind === "credit" ? voucher(sender) : kind === "valve" ? [below(draws, 2)] : bytesOf(draws, below(draws, 20));
}

/** A genuine credit, which must be taken. */
export function genuineCredit(sender: Sender): number[] {
  const content = sealedContent(sender, message(sender, "credit", voucher(sender)));
  sender.sequence += 1;
  sender.cumulative_milli += 1000;
  const frame = frameA(content);
  sender.replays.push(frame);
  if (sender.replays.length > 8) sender.replays.shift();
  return frame;
}

/** A genuine message with its bits turned, under new check sums. */
function mutatedFrame(draws: Draws, sender: Sender): FuzzCase {
  const kind = pick(draws, MESSAGE_KINDS);
  const content = sealedContent(sender, message(sender, kind, kind === "key" ? [] : body(draws, sender, kind)));
  const changed = flipped(draws, content, 3);
  const covered = (bytes: number[]): string => bytes.slice(UNCOVERED_BYTES).join();
  // A frame whose length byte alone was hit is genuine again under a new one; so is one hit outside of the MAC.
  const same = covered(changed) === covered(content);
  return {
    name: "frame",
    frames: [framed(draws, same ? bytesOf(draws, 60) : changed)],
    allowed: "nothing",
    verifies: false,
  };
}

/** Under the key, but no message: its text is damaged before it is sealed. */
function mutatedText(draws: Draws, sender: Sender): FuzzCase {
  const kind = pick(draws, MESSAGE_KINDS);
  const records = message(sender, kind, kind === "key" ? bytesOf(draws, 5) : body(draws, sender, kind));
  const text = chance(draws, 300) ? bytesOf(draws, 1 + below(draws, 100)) : flipped(draws, records, 4);
  // Whoever has the key may skip requests, and the fuzz would wait for a number that has passed.
  text.splice(3, 3, ...records.slice(3, 6));
  // A voucher that no bit has hit would be a genuine one.
  if (kind === "credit" && text.slice(7).join() === records.slice(7).join()) text[7 + below(draws, 64)] ^= 1;
  // A new key would end the fuzz: the kind of a text that is long enough for one is turned back.
  if (text.length > 6 && text[2] === MESSAGE_KINDS.indexOf("key") + 1 && text[6] === 16) text[6] = 15;
  return { name: "text", frames: [framed(draws, sealedContent(sender, text))], allowed: "genuine", verifies: false };
}

function carouselOf(content: string, size: number): Carousel {
  const bytes = textBytes(content);
  return createCarousel(REGION, bytes, NODE_HASH.sha256(bytes), size);
}

/** One fragment, the content's own or parity, mutated. */
function mutatedFragment(draws: Draws, sender: Sender): FuzzCase {
  const drawn = FRAGMENT_MIN_BYTES + below(draws, FRAGMENT_MAX_BYTES - FRAGMENT_MIN_BYTES + 1);
  const size = isDivisible(sender.signed.length, drawn) ? drawn : FRAGMENT_MAX_BYTES;
  const carousel = carouselOf(sender.signed, size);
  const number = below(draws, chance(draws, 900) ? carousel.fragments.length : FRAGMENTS_MAX);
  const content = flipped(draws, fragmentFrame(GATEWAY, carousel, number), 4);
  return { name: "fragment", frames: [framed(draws, content)], allowed: "nothing", verifies: false };
}

/** A whole content that was changed before it was cut, so that it has its name, from any of its fragments and parity. */
function forgedContent(draws: Draws, sender: Sender): FuzzCase {
  const bytes = flipped(draws, [...Buffer.from(sender.signed, "latin1")], 3);
  const content = Buffer.from(chance(draws, 100) ? bytes.slice(0, 1 + below(draws, bytes.length)) : bytes).toString("latin1"); // prettier-ignore
  const carousel = carouselOf(content, FRAGMENT_MAX_BYTES);
  const first = below(draws, 2 * carousel.fragments.length);
  // Twice as many as are enough: the first may go to a collection that does not give way at once.
  const frames = Array.from({ length: 2 * carousel.fragments.length }, (_, place) =>
    frameA(fragmentFrame(GATEWAY, carousel, first + place)),
  );
  return { name: "content", frames, allowed: content === sender.signed ? "genuine" : "nothing", verifies: true };
}

function replayed(draws: Draws, sender: Sender): FuzzCase {
  const frame = sender.replays.length === 0 ? bytesOf(draws, 30) : pick(draws, sender.replays);
  return { name: "replay", frames: [frame.slice()], allowed: "nothing", verifies: false };
}

function noise(draws: Draws): FuzzCase {
  const length = 1 + below(draws, 250);
  const bytes = bytesOf(draws, length);
  return {
    name: "noise",
    frames: [chance(draws, 500) ? bytes : framed(draws, bytes)],
    allowed: "nothing",
    verifies: false,
  };
}

/** The next case. */
export function drawCase(draws: Draws, sender: Sender): FuzzCase {
  const choice = below(draws, 1000);
  if (choice < 450) return mutatedFrame(draws, sender);
  if (choice < 600) return mutatedText(draws, sender);
  if (choice < 850) return mutatedFragment(draws, sender);
  if (choice < 855) return forgedContent(draws, sender);
  return choice < 900 ? replayed(draws, sender) : noise(draws);
}
