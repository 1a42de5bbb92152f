/**
 * ChangeKey (C4), always enciphered under the session key; number is the key's, with 128 added at the level of the card
 * to say that it becomes an AES key. N is the new key, O the old one, V the new key's version.
 *
 *   another key          number E(N xor O || V || CRC(C4 number N xor O V) || CRC(N) || padding)
 *   the authenticated    number E(N || V || CRC(C4 number N V) || padding), and the authentication ends
 */
import { sameBytes } from "../../firmware/crypto/cmac";
import type { Answer } from "./answer";
import { INTEGRITY_ERROR, LENGTH_ERROR, NO_SUCH_KEY, OK, PARAMETER_ERROR, done, refused } from "./answer";
import { joined, slice } from "./bytes";
import type { DesfireCard } from "./card";
import { KEY_BYTES, selectedApplication } from "./card";
import { decipher, isPadding } from "./channel";
import { CRC_BYTES, crc32 } from "./crc32";
import { keyChangeRight, replaceKey } from "./levels";

const CRYPTOGRAM_BYTES = 32;
const AES = 128;

export function changeKey(card: DesfireCard, data: number[]): Answer {
  if (data.length !== 1 + CRYPTOGRAM_BYTES) {
    return refused(LENGTH_ERROR);
  }
  const is_card = card.session.selected === 0;
  const number = is_card ? data[0] - AES : data[0];
  const keys = selectedApplication(card).keys;
  if (number < 0 || (is_card && number >= keys.length)) {
    return refused(PARAMETER_ERROR);
  }
  if (number >= keys.length) {
    return refused(NO_SUCH_KEY);
  }
  const right = keyChangeRight(card, number);
  if (right !== OK) {
    return refused(right);
  }
  const is_own = card.session.key_number === number;
  const plain = decipher(card, slice(data, 1, data.length));
  const sent = slice(plain, 0, KEY_BYTES + 1);
  const key = slice(sent, 0, KEY_BYTES);
  let end = KEY_BYTES + 1;
  let is_right = sameBytes(slice(plain, end, end + CRC_BYTES), crc32(joined([0xc4, data[0]], sent)));
  end = end + CRC_BYTES;
  if (!is_own) {
    for (let i = 0; i < KEY_BYTES; i++) {
      key[i] = key[i] ^ keys[number].bytes[i];
    }
    is_right = sameBytes(slice(plain, end, end + CRC_BYTES), crc32(key)) && is_right;
    end = end + CRC_BYTES;
  }
  if (!is_right || !isPadding(plain, end)) {
    return refused(INTEGRITY_ERROR);
  }
  replaceKey(card, number, key, sent[KEY_BYTES]);
  return done([]);
}
