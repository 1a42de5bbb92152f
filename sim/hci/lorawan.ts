/**
 * LoRaWAN 1.0.4 frames of class A and C devices, as module and network of the simulator make them. All numbers are low
 * byte first.
 *
 *   join request   00, JoinEUI 8, DevEUI 8, DevNonce 2, MIC 4                                     (6.2.4)
 *   join accept    20, then encrypted: JoinNonce 3, NetID 3, DevAddr 4, DLSettings 1, RxDelay 1, MIC 4   (6.2.5)
 *                  encrypted by the inverse of AES, so that a device needs only the forward one
 *   data           40 up, 60 down, DevAddr 4, FCtrl 1, FCnt 2, FPort 1, payload encrypted, MIC 4   (4.1 to 4.4)
 *   session keys   AES(AppKey, 01 or 02, JoinNonce, NetID, DevNonce, zeros)                       (6.2.5)
 *
 * MIC: first four bytes of AES-CMAC; of data over a block 49 00000000 direction DevAddr FCnt(4) 00 length in front.
 * Encryption of data: XOR with AES of blocks 01 00000000 direction DevAddr FCnt(4) 00 i, i from 1.
 */
import type { Crypto } from "../../hal/crypto";
import { lowFirst } from "../../firmware/card/bytes";
import { cmac, sameBytes, zeroBlock } from "../../firmware/crypto/cmac";
import { lowFirstAt } from "../../firmware/radio/layers";

export const JOIN_REQUEST = 0x00;
export const JOIN_ACCEPT = 0x20;
export const DATA_UP = 0x40;
export const DATA_DOWN = 0x60;
const MIC_BYTES = 4;
const BLOCK_BYTES = 16;
const JOIN_REQUEST_BYTES = 23;
const JOIN_ACCEPT_BYTES = 17;
const DATA_HEAD_BYTES = 9;
const COUNTER_STEP = 65536;

export interface Session {
  address: number;
  network_key: number[];
  application_key: number[];
}

export interface JoinRequest {
  join_eui: number[];
  device_eui: number[];
  nonce: number;
}

export interface DataFrame {
  address: number;
  counter: number;
  port: number;
  payload: number[];
}

function micOf(crypto: Crypto, key: number[], message: number[]): number[] {
  return cmac(crypto, key, message).slice(0, MIC_BYTES);
}

function withoutMic(frame: number[]): number[] {
  return frame.slice(0, frame.length - MIC_BYTES);
}

function micHolds(frame: number[], mic: number[]): boolean {
  return sameBytes(frame.slice(frame.length - MIC_BYTES, frame.length), mic);
}

/** EUIs as the frame has them: low byte first. */
export function joinRequest(crypto: Crypto, app_key: number[], request: JoinRequest): number[] {
  const message = [JOIN_REQUEST].concat(request.join_eui, request.device_eui, lowFirst(request.nonce, 2));
  return message.concat(micOf(crypto, app_key, message));
}

export function readJoinRequest(crypto: Crypto, app_key: number[], frame: number[]): JoinRequest | undefined {
  if (frame.length !== JOIN_REQUEST_BYTES || frame[0] !== JOIN_REQUEST) {
    return undefined;
  }
  if (!micHolds(frame, micOf(crypto, app_key, withoutMic(frame)))) {
    return undefined;
  }
  return { join_eui: frame.slice(1, 9), device_eui: frame.slice(9, 17), nonce: lowFirstAt(frame, 17, 2) };
}

/** JoinNonce, NetID, and the address. */
export interface JoinAccept {
  join_nonce: number;
  network: number;
  address: number;
}

export function joinAccept(crypto: Crypto, app_key: number[], accept: JoinAccept): number[] {
  const message = [JOIN_ACCEPT].concat(
    lowFirst(accept.join_nonce, 3),
    lowFirst(accept.network, 3),
    lowFirst(accept.address, 4),
    [0, 1],
  );
  const plain = message.slice(1, message.length).concat(micOf(crypto, app_key, message));
  return [JOIN_ACCEPT].concat(crypto.aes_cbc_decrypt(app_key, zeroBlock(), plain));
}

export function readJoinAccept(crypto: Crypto, app_key: number[], frame: number[]): JoinAccept | undefined {
  if (frame.length !== JOIN_ACCEPT_BYTES || frame[0] !== JOIN_ACCEPT) {
    return undefined;
  }
  const plain = crypto.aes_cbc_encrypt(app_key, zeroBlock(), frame.slice(1, frame.length));
  const whole = [JOIN_ACCEPT].concat(plain);
  if (!micHolds(whole, micOf(crypto, app_key, withoutMic(whole)))) {
    return undefined;
  }
  return {
    join_nonce: lowFirstAt(plain, 0, 3),
    network: lowFirstAt(plain, 3, 3),
    address: lowFirstAt(plain, 6, 4),
  };
}

/** Keys of the session that a join request and its answer make. */
export function sessionOf(crypto: Crypto, app_key: number[], accept: JoinAccept, nonce: number): Session {
  const tail = lowFirst(accept.join_nonce, 3).concat(lowFirst(accept.network, 3), lowFirst(nonce, 2));
  const padded = tail.concat(zeroBlock()).slice(0, BLOCK_BYTES - 1);
  return {
    address: accept.address,
    network_key: crypto.aes_cbc_encrypt(app_key, zeroBlock(), [1].concat(padded)),
    application_key: crypto.aes_cbc_encrypt(app_key, zeroBlock(), [2].concat(padded)),
  };
}

/** First bytes of the blocks that stand in front of a MIC and behind an encryption. */
function blockOf(first: number, direction: number, frame: DataFrame, last: number): number[] {
  return [first, 0, 0, 0, 0, direction].concat(lowFirst(frame.address, 4), lowFirst(frame.counter, 4), [0, last]);
}

function encrypted(crypto: Crypto, key: number[], direction: number, frame: DataFrame): number[] {
  const bytes: number[] = [];
  let stream: number[] = [];
  for (let i = 0; i < frame.payload.length; i++) {
    if (i % BLOCK_BYTES === 0) {
      stream = crypto.aes_cbc_encrypt(key, zeroBlock(), blockOf(1, direction, frame, Math.floor(i / BLOCK_BYTES) + 1));
    }
    bytes.push(frame.payload[i] ^ stream[i % BLOCK_BYTES]);
  }
  return bytes;
}

function directionOf(kind: number): number {
  return kind === DATA_UP ? 0 : 1;
}

function dataMic(crypto: Crypto, key: number[], kind: number, frame: DataFrame, message: number[]): number[] {
  return micOf(crypto, key, blockOf(0x49, directionOf(kind), frame, message.length).concat(message));
}

/** A data frame of kind DATA_UP or DATA_DOWN; the counter has 32 bits, 16 of them are sent. */
export function dataFrame(crypto: Crypto, session: Session, kind: number, frame: DataFrame): number[] {
  const head = [kind].concat(lowFirst(frame.address, 4), [0], lowFirst(frame.counter % COUNTER_STEP, 2), [frame.port]);
  const message = head.concat(encrypted(crypto, session.application_key, directionOf(kind), frame));
  return message.concat(dataMic(crypto, session.network_key, kind, frame, message));
}

/** Address of a data frame; undefined when it is none of this kind. */
export function addressOf(kind: number, bytes: number[]): number | undefined {
  const is_data = bytes.length >= DATA_HEAD_BYTES + MIC_BYTES && bytes[0] === kind;
  return is_data ? lowFirstAt(bytes, 1, 4) : undefined;
}

/**
 * Reads a data frame whose counter is `least` or later, by at most 65535; undefined when it is another's, older, or not
 * genuine. Frames with options in their header are not made here, and not read.
 */
export function readData(
  crypto: Crypto,
  session: Session,
  kind: number,
  least: number,
  bytes: number[],
): DataFrame | undefined {
  if (addressOf(kind, bytes) !== session.address || bytes[5] % 16 !== 0) {
    return undefined;
  }
  const sent = lowFirstAt(bytes, 6, 2);
  const ahead = (sent + COUNTER_STEP - (least % COUNTER_STEP)) % COUNTER_STEP;
  const frame = {
    address: session.address,
    counter: least + ahead,
    port: bytes[8],
    payload: bytes.slice(DATA_HEAD_BYTES, bytes.length - MIC_BYTES),
  };
  if (!micHolds(bytes, dataMic(crypto, session.network_key, kind, frame, withoutMic(bytes)))) {
    return undefined;
  }
  frame.payload = encrypted(crypto, session.application_key, directionOf(kind), frame);
  return frame;
}
