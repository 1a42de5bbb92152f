/**
 * From encrypted to plain content, and whether it is genuine (EN 13757-4, EN 13757-7).
 *
 *   extended link II   AES-128 in CTR mode; counter block M(2) A(6) CC SN(4) FN(2) BC(1), CC without its bits 02 and
 *                      10, which a repeater may change; FN is 0 and BC counts from 0. The text begins with the CRC-16
 *                      of the rest, low byte first
 *   mode 5             AES-128 in CBC mode; initial vector M(2) A(6) and eight times the access number; the text begins
 *                      with 2F 2F, and N blocks of it are encrypted, what follows them is plain
 *   mode 7             firmware/radio/mode7.ts
 *
 * Only mode 7 has a MAC: the sums of the others tell a wrong key, and nothing of who has changed what.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { bytesAt, lowFirst } from "../../firmware/card/bytes";
import { cmac, sameBytes } from "../../firmware/crypto/cmac";
import { crc16 } from "../../firmware/radio/crc16";
import { messageKeys } from "../../firmware/radio/mode7";
import { createNodeCrypto } from "../keys/crypto";
import type { Authentication, Layers, MeterAddress, Transport } from "./layers";
import { RadioError } from "./radio_error";

export const KEY_BYTES = 16;
const BLOCK_BYTES = 16;
const FILLER = 0x2f;
const CTR_SESSION_MODE = 1;
const COMMUNICATION_KEPT = 0xed;
const CI_COMMAND_LONG = 0x5b;
const DERIVATION_A = 0x10;

const WRONG_KEY = "the key is not this meter's, or the telegram was changed on the way (check the key)";

function keyOf(key: readonly number[] | undefined, what: string): Buffer {
  if (key === undefined)
    throw new RadioError("key_missing", `the telegram is encrypted (${what}): give --key-file or --key`);
  if (key.length !== KEY_BYTES) throw new RadioError("bad_key", "a key has 32 hexadecimal digits");
  return Buffer.from(key);
}

/** Encrypts and decrypts alike: the text behind an extended link II, or its cipher. */
export function counterMode(
  key: readonly number[],
  sender: MeterAddress,
  communication: number,
  session: readonly number[],
  text: readonly number[],
): number[] {
  const block = Buffer.from([...sender.sent, communication & COMMUNICATION_KEPT, ...session, 0, 0, 0]);
  const cipher = createCipheriv("aes-128-ctr", Buffer.from(key), block);
  return [...cipher.update(Buffer.from(text)), ...cipher.final()];
}

/** Text whose first two bytes are the sum of the rest, low byte first; undefined when they are not. */
function summedText(text: number[]): number[] | undefined {
  if (text.length < 3) return undefined;
  const sum = crc16(text, 2, text.length);
  return sum === text[0] + 256 * text[1] ? text.slice(2) : undefined;
}

/** What stands behind an extended link II, decrypted. Some receivers have done so already: then no key is needed. */
export function openSession(layers: Layers, rest: number[], key: readonly number[] | undefined): number[] {
  const { extended, sender } = layers;
  if (extended?.session === undefined) return rest;
  const plain = summedText(rest);
  if (plain !== undefined) return plain;
  const session_mode = extended.session[3] >> 5;
  if (session_mode !== CTR_SESSION_MODE)
    throw new RadioError("wrong_key", "the check sum of the extended link layer does not hold (hear it again)");
  const known = keyOf(key, "AES-CTR of the extended link layer");
  const text = summedText(counterMode([...known], sender, extended.communication, extended.session, rest));
  if (text === undefined)
    throw new RadioError("wrong_key", `the telegram's check sum does not hold once decrypted: ${WRONG_KEY}`);
  return text;
}

/** Initial vector of mode 5. */
export function initialOfMode5(meter: MeterAddress, access: number): number[] {
  return [...meter.sent, ...Array<number>(8).fill(access)];
}

function assertFillers(text: readonly number[]): void {
  if (text[0] !== FILLER || text[1] !== FILLER)
    throw new RadioError("wrong_key", `the telegram does not begin with 2F 2F once decrypted: ${WRONG_KEY}`);
}

function cutBlocks(rest: number[], blocks: number): { cipher: number[]; plain: number[] } {
  const length = blocks * BLOCK_BYTES;
  if (rest.length < length)
    throw new RadioError("truncated", `${blocks} encrypted blocks are announced, ${rest.length} bytes are there`);
  return { cipher: rest.slice(0, length), plain: rest.slice(length) };
}

function openMode5(layers: Layers, transport: Transport, rest: number[], key: readonly number[] | undefined): number[] {
  const { cipher, plain } = cutBlocks(rest, transport.blocks);
  const known = keyOf(key, "mode 5");
  const initial = Buffer.from(initialOfMode5(layers.meter, transport.access));
  const decipher = createDecipheriv("aes-128-cbc", known, initial).setAutoPadding(false);
  const text = [...decipher.update(Buffer.from(cipher)), ...decipher.final()];
  assertFillers(text);
  return [...text, ...plain];
}

/** What the MAC of a message covers: MCL, MCR, ML where there is one, and the transport layer to the end. */
function coveredBytes(authentication: Authentication, transport_bytes: number[]): number[] {
  const { mcl, counter, length = [] } = authentication;
  return [mcl, ...lowFirst(counter, 4), ...length, ...transport_bytes];
}

function openMode7(
  layers: Layers,
  transport: Transport,
  transport_bytes: number[],
  rest: number[],
  key: readonly number[] | undefined,
): number[] {
  const { authentication } = layers;
  if (authentication === undefined) throw new RadioError("unsupported", "mode 7 without its MAC is not believed");
  if (transport.extension !== DERIVATION_A)
    throw new RadioError("unsupported", `mode 7 with the derivation of keys ${transport.extension} is not supported`);
  const { cipher, plain } = cutBlocks(rest, transport.blocks);
  const crypto = createNodeCrypto();
  const direction = transport.ci === CI_COMMAND_LONG ? "to_meter" : "from_meter";
  const known = [...keyOf(key, "mode 7")];
  const keys = messageKeys(crypto, known, direction, authentication.counter, layers.meter.sent.slice(2, 6));
  const mac = cmac(crypto, keys.mac, coveredBytes(authentication, transport_bytes));
  if (!sameBytes(bytesAt(mac, 0, authentication.mac.length), authentication.mac))
    throw new RadioError("wrong_mac", `the telegram's MAC does not hold: ${WRONG_KEY}`);
  if (cipher.length === 0) return plain;
  const text = crypto.aes_cbc_decrypt(keys.encryption, Array<number>(BLOCK_BYTES).fill(0), cipher);
  assertFillers(text);
  return [...text, ...plain];
}

/** The content of the transport layer, decrypted; `transport_bytes` is that layer from its CI to the end. */
export function openTransport(
  layers: Layers,
  transport: Transport,
  transport_bytes: number[],
  rest: number[],
  key: readonly number[] | undefined,
): number[] {
  const { mode, blocks } = transport;
  if (mode === 7) return openMode7(layers, transport, transport_bytes, rest, key);
  if (mode === 0 || (mode === 5 && blocks === 0)) return rest;
  if (mode === 5) return openMode5(layers, transport, rest, key);
  throw new RadioError("unsupported", `security mode ${mode} is not supported (0, 5, 7 and AES-CTR of link II are)`);
}
