/**
 * Secure messaging of DESFire EV1 with an AES session key (MF3ICD81 data sheet, and libfreefare, which checks it).
 *
 * After authentication every command and every answer moves the first value on, so that none can be left out, doubled
 * or exchanged: a plain or MACed one to the CMAC (RFC 4493, chained on from the first value before) of
 * command || parameters || data, or of data || status; an enciphered one to its last block. MACed messages carry the
 * first 8 bytes of that CMAC, and so do the answers to plain commands. Enciphered ones are AES-CBC of
 * data || CRC-32 || padding, where the CRC is over command || parameters || data, or data || status.
 */
import { assert } from "../../firmware/assert";
import { AES_BLOCK_BYTES } from "../../firmware/crypto/aes";
import { cmacFrom, sameBytes } from "../../firmware/crypto/cmac";
import type { Answer } from "./answer";
import { OK } from "./answer";
import { joined, slice } from "./bytes";
import type { DesfireCard } from "./card";
import { CRC_BYTES, crc32 } from "./crc32";

export const MAC_BYTES = 8;

/** Moves the first value on over a command that carries no MAC. */
export function takePlain(card: DesfireCard, message: number[]): void {
  const key = card.session.key;
  if (key !== undefined) {
    card.session.initial = cmacFrom(key, card.session.initial, message);
  }
}

/** The same over a command whose last 8 bytes are its MAC; false when it is wrong. */
export function takeMaced(card: DesfireCard, message: number[]): boolean {
  const end = message.length - MAC_BYTES;
  assert(card.session.key !== undefined && end > 0, "only who is authenticated sends a MAC");
  takePlain(card, slice(message, 0, end));
  return sameBytes(slice(card.session.initial, 0, MAC_BYTES), slice(message, end, message.length));
}

/** Bytes that `length` bytes of data have when they are enciphered with their checksums. */
export function encipheredLength(length: number): number {
  return Math.floor((length + CRC_BYTES + AES_BLOCK_BYTES - 1) / AES_BLOCK_BYTES) * AES_BLOCK_BYTES;
}

/** Deciphers whole blocks, and moves the first value on. */
export function decipher(card: DesfireCard, cryptogram: number[]): number[] {
  const key = card.session.key;
  assert(key !== undefined && cryptogram.length >= AES_BLOCK_BYTES, "only who is authenticated enciphers");
  if (key === undefined) {
    return [];
  }
  const plain = card.crypto.aes_cbc_decrypt(key.key, card.session.initial, cryptogram);
  card.session.initial = slice(cryptogram, cryptogram.length - AES_BLOCK_BYTES, cryptogram.length);
  return plain;
}

/** True when nothing but zeros follows from `first` on. */
export function isPadding(bytes: number[], first: number): boolean {
  let all = 0;
  for (let i = first; i < bytes.length; i++) {
    all = all | bytes[i];
  }
  return all === 0;
}

/** The `length` bytes of data of an enciphered command; empty when checksum or padding is wrong. */
export function takeEnciphered(card: DesfireCard, header: number[], cryptogram: number[], length: number): number[] {
  const plain = decipher(card, cryptogram);
  const data = slice(plain, 0, length);
  const sent = slice(plain, length, length + CRC_BYTES);
  const is_right = sameBytes(crc32(joined(header, data)), sent) && isPadding(plain, length + CRC_BYTES);
  return is_right ? data : [];
}

/** What is sent of an answer's data, under the authentication if there is one. */
export function sealed(card: DesfireCard, answer: Answer): number[] {
  const key = card.session.key;
  if (key === undefined) {
    return answer.data;
  }
  const checked = joined(answer.data, [OK]);
  if (answer.mode !== "enciphered") {
    card.session.initial = cmacFrom(key, card.session.initial, checked);
    return joined(answer.data, slice(card.session.initial, 0, MAC_BYTES));
  }
  const plain = joined(answer.data, crc32(checked));
  if (answer.padding !== 0) {
    plain.push(answer.padding);
  }
  while (plain.length % AES_BLOCK_BYTES !== 0) {
    plain.push(0);
  }
  const cryptogram = card.crypto.aes_cbc_encrypt(key.key, card.session.initial, plain);
  card.session.initial = slice(cryptogram, cryptogram.length - AES_BLOCK_BYTES, cryptogram.length);
  return cryptogram;
}
