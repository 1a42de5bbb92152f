/**
 * Mode 7 with OMS security profile B (EN 13757-7, clause 7; OMS Vol. 2): every message has keys of its
 * own, is encrypted and carries a MAC.
 *
 *   key     AES-CMAC under the meter's master key over 16 bytes
 *             0  1  00 encryption, 01 MAC, from the meter; 10 and 11 towards it
 *             1  4  message counter, low byte first
 *             5  4  identification number of the meter, low byte first
 *             9  7  07 07 07 07 07 07 07
 *   text    2F 2F, records, 2F up to a whole number of 16-byte blocks; AES-128 in CBC mode, initial vector zero
 *   MAC     first 8 bytes of the AES-CMAC over MCL, message counter and the transport layer with the encrypted text
 *
 * The initial vector may be zero because no two messages share a key: that holds as long as a counter is never used
 * twice in one direction, and is why whoever calls `sealed` has committed the counter before.
 *
 * Why the MAC is judged before anything is decrypted: a frame that nobody with the key has made costs only
 * the blocks of keys and MAC, and changes nothing.
 *
 * Cost in blocks of AES, n being those of the text: 3 for the keys, n for the text, n + 2 for the MAC with a short
 * header, n + 3 with a long one.
 */
import type { Crypto } from "../../hal/crypto";
import { assert } from "../assert";
import { bytesAt, lowFirst, putBytes } from "../card/bytes";
import { cmac, cmacFrom, cmacKey, sameBytes, zeroBlock } from "../crypto/cmac";
import {
  authenticationAt,
  authenticationHeader,
  BLOCKS_MAX,
  COUNTER_BYTES,
  lowFirstAt,
  MAC_BYTES,
  MCL,
  transportAt,
  transportHeader,
} from "./layers";

const BLOCK_BYTES = 16;
/** Does nothing between records (EN 13757-3): two in front show that the key was right. */
export const FILLER = 0x2f;
const FILLERS_IN_FRONT = 2;
export const TEXT_MAX_BYTES = BLOCKS_MAX * BLOCK_BYTES - FILLERS_IN_FRONT;

const DERIVE_FROM_METER = 0x00;
const DERIVE_TO_METER = 0x10;
const ID_BYTES = 4;
const DERIVE_PADDING_BYTES = 7;

/** Which way a message goes. */
export type Direction = "from_meter" | "to_meter";

export interface MessageKeys {
  encryption: number[];
  mac: number[];
}

function derived(direction: Direction, purpose: number, counter: number, id: number[]): number[] {
  assert(id.length === ID_BYTES, "an identification number has four bytes");
  const input = [(direction === "from_meter" ? DERIVE_FROM_METER : DERIVE_TO_METER) + purpose];
  putBytes(input, lowFirst(counter, COUNTER_BYTES));
  putBytes(input, id);
  for (let i = 0; i < DERIVE_PADDING_BYTES; i++) {
    input.push(DERIVE_PADDING_BYTES);
  }
  return input;
}

/** The two keys of one message; `id` is the meter's identification number as it is sent. Three blocks of AES. */
export function messageKeys(
  crypto: Crypto,
  master_key: number[],
  direction: Direction,
  counter: number,
  id: number[],
): MessageKeys {
  const master = cmacKey(crypto, master_key);
  return {
    encryption: cmacFrom(master, zeroBlock(), derived(direction, 0, counter, id)),
    mac: cmacFrom(master, zeroBlock(), derived(direction, 1, counter, id)),
  };
}

/** The MAC over counter and transport layer, cut to what is sent. */
function macOf(crypto: Crypto, key: number[], counter: number, transport: number[]): number[] {
  const message = [MCL];
  putBytes(message, lowFirst(counter, COUNTER_BYTES));
  putBytes(message, transport);
  return bytesAt(cmac(crypto, key, message), 0, MAC_BYTES);
}

/** What goes around a text. */
export interface Envelope {
  direction: Direction;
  /** Message counter of this direction: never used before. */
  counter: number;
  /** Identification number of the meter, as it is sent. */
  id: number[];
  /** CI of the transport layer, and the address of a long header. */
  ci: number;
  address: number[];
  access: number;
  status: number;
}

/** Authentication and transport layer with the text in it: all that follows the extended link layer. */
export function sealed(crypto: Crypto, master_key: number[], envelope: Envelope, records: number[]): number[] {
  assert(records.length <= TEXT_MAX_BYTES, "a text fits its blocks");
  const text = [FILLER, FILLER];
  putBytes(text, records);
  while (text.length % BLOCK_BYTES !== 0) {
    text.push(FILLER);
  }
  const keys = messageKeys(crypto, master_key, envelope.direction, envelope.counter, envelope.id);
  const blocks = Math.floor(text.length / BLOCK_BYTES);
  const transport = transportHeader(envelope.ci, envelope.address, envelope.access, envelope.status, blocks);
  putBytes(transport, crypto.aes_cbc_encrypt(keys.encryption, zeroBlock(), text));
  const bytes = authenticationHeader(envelope.counter, macOf(crypto, keys.mac, envelope.counter, transport));
  putBytes(bytes, transport);
  return bytes;
}

/**
 * "malformed": not the layers of mode 7, or an end too early; "wrong_mac": made by someone without the key, or changed
 * on the way; "wrong_text": genuine, but no text of this mode.
 */
export type OpenResult = "opened" | "malformed" | "wrong_mac" | "wrong_text";

export interface Opened {
  result: OpenResult;
  /** The rest is meant only when opened. */
  counter: number;
  access: number;
  status: number;
  /** Decrypted, from the fillers on. */
  text: number[];
}

function notOpened(result: OpenResult): Opened {
  return { result: result, counter: 0, access: 0, status: 0, text: [] };
}

/**
 * Opens what `sealed` makes, from the authentication header at `first` to the end of the content. Whether the counter
 * is new is for the caller to judge. All bytes of the transport layer are covered by the MAC, so none may follow it.
 */
export function opened(
  crypto: Crypto,
  master_key: number[],
  direction: Direction,
  id: number[],
  ci: number,
  content: number[],
  first: number,
): Opened {
  const authentication = authenticationAt(content, first);
  if (authentication === undefined) {
    return notOpened("malformed");
  }
  const transport = transportAt(content, authentication.end, ci);
  if (transport === undefined || transport.end + transport.blocks * BLOCK_BYTES !== content.length) {
    return notOpened("malformed");
  }
  const counter = authentication.counter;
  const keys = messageKeys(crypto, master_key, direction, counter, id);
  const covered = bytesAt(content, authentication.end, content.length - authentication.end);
  if (!sameBytes(macOf(crypto, keys.mac, counter, covered), authentication.mac)) {
    return notOpened("wrong_mac");
  }
  const ciphertext = bytesAt(content, transport.end, content.length - transport.end);
  const text = crypto.aes_cbc_decrypt(keys.encryption, zeroBlock(), ciphertext);
  if (lowFirstAt(text, 0, FILLERS_IN_FRONT) !== FILLER + 256 * FILLER) {
    return notOpened("wrong_text");
  }
  return { result: "opened", counter: counter, access: transport.access, status: transport.status, text: text };
}
