/**
 * AuthenticateAES (AA, then AF), mutual, in three passes; K is the key, ' a rotation to the left by a byte.
 *
 *   reader  AA number
 *   card    AF E(K, RndB)                         CBC from a first value of zero
 *   reader  AF E(K, RndA || RndB')                CBC chained on from the card's cryptogram
 *   card    00 E(K, RndA')                        CBC chained on from the reader's
 *
 * Session key: RndA[0..3] RndB[0..3] RndA[12..15] RndB[12..15]. Its messages begin with a first value of zero.
 */
import { AES_BLOCK_BYTES } from "../../firmware/crypto/aes";
import { cmacKey, sameBytes, zeroBlock } from "../../firmware/crypto/cmac";
import type { Answer } from "./answer";
import { ADDITIONAL_FRAME, AUTHENTICATION_ERROR, LENGTH_ERROR, NO_SUCH_KEY, done, refused } from "./answer";
import { joined, pushAll, slice } from "./bytes";
import type { DesfireCard } from "./card";
import { NO_KEY, dropAuthentication, noChain, selectedApplication } from "./card";

const PART_BYTES = 4;
/** The highest four bits of a key's number say nothing here. */
const NUMBER_MASK = 15;

function rotated(block: number[]): number[] {
  return joined(slice(block, 1, AES_BLOCK_BYTES), [block[0]]);
}

export function beginAuthentication(card: DesfireCard, data: number[]): Answer {
  dropAuthentication(card);
  card.session.pending = [];
  if (data.length !== 1) {
    return refused(LENGTH_ERROR);
  }
  const number = data[0] & NUMBER_MASK;
  const keys = selectedApplication(card).keys;
  if (number >= keys.length) {
    return refused(NO_SUCH_KEY);
  }
  const rnd_b = card.random.bytes(AES_BLOCK_BYTES);
  if (rnd_b.length !== AES_BLOCK_BYTES) {
    return refused(AUTHENTICATION_ERROR);
  }
  const cryptogram = card.crypto.aes_cbc_encrypt(keys[number].bytes, zeroBlock(), rnd_b);
  card.session.chain = { kind: "authentication", code: number, bytes: joined(rnd_b, cryptogram), frames: [] };
  const answer = refused(ADDITIONAL_FRAME);
  answer.data = cryptogram;
  return answer;
}

export function endAuthentication(card: DesfireCard, data: number[]): Answer {
  const chain = card.session.chain;
  card.session.chain = noChain();
  if (data.length !== 2 * AES_BLOCK_BYTES) {
    return refused(LENGTH_ERROR);
  }
  const rnd_b = slice(chain.bytes, 0, AES_BLOCK_BYTES);
  const key = selectedApplication(card).keys[chain.code].bytes;
  const plain = card.crypto.aes_cbc_decrypt(key, slice(chain.bytes, AES_BLOCK_BYTES, 2 * AES_BLOCK_BYTES), data);
  const rnd_a = slice(plain, 0, AES_BLOCK_BYTES);
  if (!sameBytes(slice(plain, AES_BLOCK_BYTES, 2 * AES_BLOCK_BYTES), rotated(rnd_b))) {
    return refused(AUTHENTICATION_ERROR);
  }
  const last = slice(data, AES_BLOCK_BYTES, 2 * AES_BLOCK_BYTES);
  const answer = done(card.crypto.aes_cbc_encrypt(key, last, rotated(rnd_a)));
  const session_key: number[] = [];
  for (let first = 0; first < AES_BLOCK_BYTES; first += AES_BLOCK_BYTES - PART_BYTES) {
    pushAll(session_key, slice(rnd_a, first, first + PART_BYTES));
    pushAll(session_key, slice(rnd_b, first, first + PART_BYTES));
  }
  card.session.key = cmacKey(card.crypto, session_key);
  card.session.key_number = chain.code;
  card.session.initial = zeroBlock();
  answer.bare = true;
  return answer;
}

/** Whether the master key of the selected level is authenticated. */
export function isMaster(card: DesfireCard): boolean {
  return card.session.key_number === 0;
}

export function isAuthenticated(card: DesfireCard): boolean {
  return card.session.key_number !== NO_KEY;
}
