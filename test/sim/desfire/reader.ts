/**
 * A reader's side of DESFire EV1 with AES, on node:crypto and zlib, so that it shares nothing with the card under test.
 */
import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv } from "node:crypto";
import { crc32 } from "node:zlib";
import type { DesfireCard } from "../../../sim/desfire/card";
import { createDesfireCard } from "../../../sim/desfire/card";
import { respond } from "../../../sim/desfire/respond";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { createRandomTwin } from "../../../sim/twins/random";

export const UID = [4, 161, 178, 195, 212, 229, 246];
export const ZERO_KEY = new Array<number>(16).fill(0);
export const CRYPTO = createCryptoTwin();
export type Mode = "plain" | "maced" | "enciphered";

export const bytes = (hex: string): number[] => [...Buffer.from(hex.replaceAll(" ", ""), "hex")];
export const hex = (run: readonly number[]): string => Buffer.from(run).toString("hex");
export const le = (value: number, length: number): number[] => {
  const run = Buffer.alloc(8);
  run.writeBigInt64LE(BigInt(value));
  return [...run.subarray(0, length)];
};

export function freshCard(seed = 1): DesfireCard {
  return createDesfireCard(CRYPTO, createRandomTwin(seed), UID);
}

function cbc(key: number[], initial: number[], data: number[], way: "encrypt" | "decrypt"): number[] {
  const make = way === "encrypt" ? createCipheriv : createDecipheriv;
  const cipher = make("aes-128-cbc", Buffer.from(key), Buffer.from(initial)).setAutoPadding(false);
  return [...cipher.update(Buffer.from(data)), ...cipher.final()];
}

function doubled(block: number[]): number[] {
  const shifted = (BigInt(`0x${hex(block)}`) << 1n).toString(16).padStart(33, "0").slice(-32);
  const result = bytes(shifted);
  if (block[0] > 127) result[15] ^= 0x87;
  return result;
}

function cmac(key: number[], initial: number[], message: number[]): number[] {
  const subkey = doubled(cbc(key, ZERO_KEY, ZERO_KEY, "encrypt"));
  const whole = message.length > 0 && message.length % 16 === 0;
  const padded = whole ? [...message] : [...message, 0x80];
  while (padded.length % 16 !== 0) padded.push(0);
  const last = whole ? subkey : doubled(subkey);
  for (let i = 0; i < 16; i++) padded[padded.length - 16 + i] ^= last[i];
  return cbc(key, initial, padded, "encrypt").slice(-16);
}

/** CRC-32/JAMCRC, little endian. */
export function jamcrc(message: number[]): number[] {
  return le(4294967295 - crc32(Buffer.from(message)), 4);
}

const zeroPadded = (message: number[]): number[] => [
  ...message,
  ...new Array<number>((16 - (message.length % 16)) % 16).fill(0),
];

export interface Reply {
  status: number;
  data: number[];
}

export class Reader {
  /** Every command and its answer. */
  readonly log: { command: number[]; answer: number[] }[] = [];
  session: number[] | undefined;
  initial: number[] = ZERO_KEY;
  private readonly send: (command: number[]) => number[];

  constructor(card: DesfireCard | ((command: number[]) => number[])) {
    this.send = typeof card === "function" ? card : (command) => respond(card, command);
  }

  apdu(command: number[]): number[] {
    const answer = this.send(command);
    this.log.push({ command, answer });
    assert.ok(answer.length >= 2 && answer.length <= 61, `${hex(command)}: ${answer.length} bytes`);
    return answer;
  }

  /** A native command in one frame, without secure messaging. */
  raw(code: number, data: number[] = []): Reply {
    const answer = this.apdu([0x90, code, 0, 0, ...(data.length > 0 ? [data.length, ...data] : []), 0]);
    assert.equal(answer.at(-2), 0x91);
    return { status: answer[answer.length - 1], data: answer.slice(0, -2) };
  }

  /** A native command of any length with an answer of any length. */
  private chained(code: number, data: number[]): Reply {
    let reply = this.raw(code, data.slice(0, 59));
    for (let at = 59; at < data.length && reply.status === 0xaf; at += 59)
      reply = this.raw(0xaf, data.slice(at, at + 59));
    const gathered = [...reply.data];
    while (reply.status === 0xaf) {
      reply = this.raw(0xaf);
      gathered.push(...reply.data);
    }
    return { status: reply.status, data: gathered };
  }

  /** `header` goes as it is, `secret` as `sends` says; the answer comes as `answers` says. */
  command(
    code: number,
    header: number[],
    secret: number[] = [],
    sends: Mode = "plain",
    answers: Mode = "maced",
  ): Reply {
    const { session } = this;
    if (session === undefined) return this.chained(code, [...header, ...secret]);
    const message = [code, ...header, ...secret];
    let sent = [...header, ...secret];
    if (sends === "enciphered") {
      const cryptogram = cbc(session, this.initial, zeroPadded([...secret, ...jamcrc(message)]), "encrypt");
      this.initial = cryptogram.slice(-16);
      sent = [...header, ...cryptogram];
    } else {
      this.initial = cmac(session, this.initial, message);
      if (sends === "maced") sent.push(...this.initial.slice(0, 8));
    }
    return this.opened(this.chained(code, sent), session, answers);
  }

  private opened(reply: Reply, session: number[], answers: Mode): Reply {
    if (reply.status !== 0) {
      this.session = undefined;
      return reply;
    }
    if (answers !== "enciphered") {
      const data = reply.data.slice(0, -8);
      this.initial = cmac(session, this.initial, [...data, 0]);
      assert.deepEqual(reply.data.slice(-8), this.initial.slice(0, 8), "the MAC of the answer");
      return { status: 0, data };
    }
    const plain = cbc(session, this.initial, reply.data, "decrypt");
    this.initial = reply.data.slice(-16);
    for (let end = plain.length - 4; end >= 0; end--) {
      const tail = plain.slice(end + 4);
      const is_padding = tail.every((byte, index) => byte === 0 || (byte === 0x80 && index === 0));
      const data = plain.slice(0, end);
      if (is_padding && hex(plain.slice(end, end + 4)) === hex(jamcrc([...data, 0]))) return { status: 0, data };
    }
    return assert.fail("no checksum fits the answer");
  }

  /** The status of an authentication. */
  authenticate(number: number, key: number[] = ZERO_KEY, rnd_a: number[] = bytes("00112233445566778899aabbccddeeff")) {
    this.session = undefined;
    const first = this.raw(0xaa, [number]);
    if (first.status !== 0xaf) return first.status;
    const rnd_b = cbc(key, ZERO_KEY, first.data, "decrypt");
    const turned = (run: number[]) => [...run.slice(1), run[0]];
    const cryptogram = cbc(key, first.data, [...rnd_a, ...turned(rnd_b)], "encrypt");
    const second = this.raw(0xaf, cryptogram);
    if (second.status !== 0) return second.status;
    assert.deepEqual(cbc(key, cryptogram.slice(-16), second.data, "decrypt"), turned(rnd_a), "the card knows the key");
    this.session = [...rnd_a.slice(0, 4), ...rnd_b.slice(0, 4), ...rnd_a.slice(12), ...rnd_b.slice(12)];
    this.initial = ZERO_KEY;
    return 0;
  }

  select(aid: number): number {
    this.session = undefined;
    return this.raw(0x5a, le(aid, 3)).status;
  }

  /** Case of ChangeKey for another key (with the old one) or the authenticated one. */
  changeKey(number: number, key: number[], version: number, old?: number[]): number {
    assert.ok(this.session !== undefined);
    const sent = [...key.map((byte, index) => byte ^ (old?.[index] ?? 0)), version];
    const own = [...sent, ...jamcrc([0xc4, number, ...sent])];
    const plain = zeroPadded(old === undefined ? own : [...own, ...jamcrc(key)]);
    const cryptogram = cbc(this.session, this.initial, plain, "encrypt");
    this.initial = cryptogram.slice(-16);
    const reply = this.raw(0xc4, [number, ...cryptogram]);
    if (reply.status !== 0 || reply.data.length === 0) this.session = undefined;
    else this.opened(reply, this.session, "maced");
    return reply.status;
  }
}

export const AID = 0x123456;
export const MODE_BYTES: Record<Mode, number> = { plain: 0, maced: 1, enciphered: 3 };
/** Rights as they go over the air. */
export const rights = (read: number, write: number, both: number, change: number): number[] => [
  both * 16 + change,
  read * 16 + write,
];

/** A reader at a card with one application of some keys, all zero, selected. */
export function readerAtApplication(keys = 3, seed = 1, settings = 0x0f): { card: DesfireCard; reader: Reader } {
  const card = freshCard(seed);
  const reader = new Reader(card);
  assert.equal(reader.command(0xca, [...le(AID, 3), settings, 0x80 + keys]).status, 0);
  assert.equal(reader.select(AID), 0);
  return { card, reader };
}
