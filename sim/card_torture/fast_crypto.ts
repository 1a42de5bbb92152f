/**
 * Fast crypto: AES-128 in CBC mode (FIPS 197, SP 800-38A) by tables of 32-bit words, for tortures and fuzzing, which
 * compute hundreds of millions of blocks. It keeps the schedules of the keys that came last.
 *
 * Not for a meter: it keeps keys, its tables are large, and look-ups by secret bytes take time that depends on them.
 * The state is four columns, the first row in the highest byte.
 */
import type { Crypto } from "../../hal/crypto";

const BLOCK_BYTES = 16;
const SCHEDULE_WORDS = 44;
const ROUNDS = 10;
/** Schedules that are kept; a power of two. */
const KEPT = 256;

interface Schedule {
  encrypt: Uint32Array;
  decrypt: Uint32Array;
}

const BOX = new Uint8Array(256);
const INVERSE_BOX = new Uint8Array(256);
/** SubBytes, ShiftRows and MixColumns in one look-up, for each of the four rows; and their inverses. */
const TABLES = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
const INVERSES = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];

function times(one: number, other: number): number {
  let product = 0;
  let power = one;
  for (let bits = other; bits > 0; bits >>= 1) {
    if ((bits & 1) === 1) product ^= power;
    power = (power << 1) ^ (power > 127 ? 0x11b : 0);
  }
  return product;
}

function rotatedByte(byte: number, bits: number): number {
  return ((byte << bits) | (byte >>> (8 - bits))) & 255;
}

function makeBoxes(): void {
  let power = 1;
  let inverse = 1;
  BOX[0] = 0x63;
  for (let i = 0; i < 255; i++) {
    BOX[power] =
      inverse ^
      rotatedByte(inverse, 1) ^
      rotatedByte(inverse, 2) ^
      rotatedByte(inverse, 3) ^
      rotatedByte(inverse, 4) ^
      0x63;
    power = times(power, 3);
    inverse = times(inverse, 0xf6);
  }
  for (let i = 0; i < 256; i++) INVERSE_BOX[BOX[i]] = i;
}

function makeTables(): void {
  makeBoxes();
  for (let i = 0; i < 256; i++) {
    const s = BOX[i];
    const u = INVERSE_BOX[i];
    let word = ((times(s, 2) << 24) | (s << 16) | (s << 8) | times(s, 3)) >>> 0;
    let back = ((times(u, 14) << 24) | (times(u, 9) << 16) | (times(u, 13) << 8) | times(u, 11)) >>> 0;
    for (let row = 0; row < 4; row++) {
      TABLES[row][i] = word;
      INVERSES[row][i] = back;
      word = ((word >>> 8) | (word << 24)) >>> 0;
      back = ((back >>> 8) | (back << 24)) >>> 0;
    }
  }
}

makeTables();
const [T0, T1, T2, T3] = TABLES;
const [D0, D1, D2, D3] = INVERSES;

function substituted(word: number): number {
  return (BOX[word >>> 24] << 24) | (BOX[(word >>> 16) & 255] << 16) | (BOX[(word >>> 8) & 255] << 8) | BOX[word & 255];
}

function expand(words: readonly number[]): Schedule {
  const encrypt = new Uint32Array(SCHEDULE_WORDS);
  encrypt.set(words);
  let constant = 1;
  for (let i = 4; i < SCHEDULE_WORDS; i++) {
    let word = encrypt[i - 1];
    if (i % 4 === 0) {
      word = substituted((word << 8) | (word >>> 24)) ^ (constant << 24);
      constant = times(constant, 2);
    }
    encrypt[i] = encrypt[i - 4] ^ word;
  }
  const decrypt = new Uint32Array(SCHEDULE_WORDS);
  for (let i = 0; i < SCHEDULE_WORDS; i++) {
    const word = encrypt[4 * (ROUNDS - Math.floor(i / 4)) + (i % 4)];
    decrypt[i] =
      i < 4 || i >= 4 * ROUNDS
        ? word
        : D0[BOX[word >>> 24]] ^ D1[BOX[(word >>> 16) & 255]] ^ D2[BOX[(word >>> 8) & 255]] ^ D3[BOX[word & 255]];
  }
  return { encrypt, decrypt };
}

const keptKeys = new Int32Array(4 * KEPT);
const kept: (Schedule | undefined)[] = new Array<Schedule | undefined>(KEPT).fill(undefined);

function wordAt(bytes: number[], first: number): number {
  return (bytes[first] << 24) | (bytes[first + 1] << 16) | (bytes[first + 2] << 8) | bytes[first + 3];
}

function scheduleOf(key: number[]): Schedule {
  const a = wordAt(key, 0);
  const b = wordAt(key, 4);
  const c = wordAt(key, 8);
  const d = wordAt(key, 12);
  const mixed = Math.imul(a ^ Math.imul(b, 31) ^ Math.imul(c, 977) ^ Math.imul(d, 69069), 0x9e3779b1) >>> 24;
  const place = mixed & (KEPT - 1);
  const found = kept[place];
  const at = 4 * place;
  if (
    found !== undefined &&
    keptKeys[at] === a &&
    keptKeys[at + 1] === b &&
    keptKeys[at + 2] === c &&
    keptKeys[at + 3] === d
  ) {
    return found;
  }
  const made = expand([a >>> 0, b >>> 0, c >>> 0, d >>> 0]);
  kept[place] = made;
  keptKeys.set([a, b, c, d], at);
  return made;
}

const block = new Int32Array(4);

function putWord(bytes: number[], word: number): void {
  bytes.push(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
}

/** The last round has no MixColumns. */
function lastWord(box: Uint8Array, a: number, b: number, c: number, d: number, key: number): number {
  return ((box[a >>> 24] << 24) | (box[(b >>> 16) & 255] << 16) | (box[(c >>> 8) & 255] << 8) | box[d & 255]) ^ key;
}

function encryptBlock(words: Uint32Array): void {
  let a = block[0] ^ words[0];
  let b = block[1] ^ words[1];
  let c = block[2] ^ words[2];
  let d = block[3] ^ words[3];
  let at = 4;
  for (let round = 1; round < ROUNDS; round++) {
    const e = T0[a >>> 24] ^ T1[(b >>> 16) & 255] ^ T2[(c >>> 8) & 255] ^ T3[d & 255] ^ words[at];
    const f = T0[b >>> 24] ^ T1[(c >>> 16) & 255] ^ T2[(d >>> 8) & 255] ^ T3[a & 255] ^ words[at + 1];
    const g = T0[c >>> 24] ^ T1[(d >>> 16) & 255] ^ T2[(a >>> 8) & 255] ^ T3[b & 255] ^ words[at + 2];
    d = T0[d >>> 24] ^ T1[(a >>> 16) & 255] ^ T2[(b >>> 8) & 255] ^ T3[c & 255] ^ words[at + 3];
    a = e;
    b = f;
    c = g;
    at += 4;
  }
  block[0] = lastWord(BOX, a, b, c, d, words[at]);
  block[1] = lastWord(BOX, b, c, d, a, words[at + 1]);
  block[2] = lastWord(BOX, c, d, a, b, words[at + 2]);
  block[3] = lastWord(BOX, d, a, b, c, words[at + 3]);
}

function decryptBlock(words: Uint32Array): void {
  let a = block[0] ^ words[0];
  let b = block[1] ^ words[1];
  let c = block[2] ^ words[2];
  let d = block[3] ^ words[3];
  let at = 4;
  for (let round = 1; round < ROUNDS; round++) {
    const e = D0[a >>> 24] ^ D1[(d >>> 16) & 255] ^ D2[(c >>> 8) & 255] ^ D3[b & 255] ^ words[at];
    const f = D0[b >>> 24] ^ D1[(a >>> 16) & 255] ^ D2[(d >>> 8) & 255] ^ D3[c & 255] ^ words[at + 1];
    const g = D0[c >>> 24] ^ D1[(b >>> 16) & 255] ^ D2[(a >>> 8) & 255] ^ D3[d & 255] ^ words[at + 2];
    d = D0[d >>> 24] ^ D1[(c >>> 16) & 255] ^ D2[(b >>> 8) & 255] ^ D3[a & 255] ^ words[at + 3];
    a = e;
    b = f;
    c = g;
    at += 4;
  }
  block[0] = lastWord(INVERSE_BOX, a, d, c, b, words[at]);
  block[1] = lastWord(INVERSE_BOX, b, a, d, c, words[at + 1]);
  block[2] = lastWord(INVERSE_BOX, c, b, a, d, words[at + 2]);
  block[3] = lastWord(INVERSE_BOX, d, c, b, a, words[at + 3]);
}

function encrypt(key: number[], initial: number[], data: number[]): number[] {
  const words = scheduleOf(key).encrypt;
  const output: number[] = [];
  for (let i = 0; i < 4; i++) block[i] = wordAt(initial, 4 * i);
  for (let first = 0; first < data.length; first += BLOCK_BYTES) {
    for (let i = 0; i < 4; i++) block[i] ^= wordAt(data, first + 4 * i);
    encryptBlock(words);
    for (let i = 0; i < 4; i++) putWord(output, block[i]);
  }
  return output;
}

function decrypt(key: number[], initial: number[], data: number[]): number[] {
  const words = scheduleOf(key).decrypt;
  const output: number[] = [];
  for (let first = 0; first < data.length; first += BLOCK_BYTES) {
    for (let i = 0; i < 4; i++) block[i] = wordAt(data, first + 4 * i);
    decryptBlock(words);
    for (let i = 0; i < 4; i++) {
      const before = first === 0 ? wordAt(initial, 4 * i) : wordAt(data, first - BLOCK_BYTES + 4 * i);
      putWord(output, block[i] ^ before);
    }
  }
  return output;
}

/** As a board that computes AES natively; data that is not whole blocks throws, as there. */
export function createFastCrypto(): Crypto {
  const checked = (work: typeof encrypt): typeof encrypt => {
    return (key, initial, data) => {
      if (key.length !== BLOCK_BYTES || initial.length !== BLOCK_BYTES || data.length % BLOCK_BYTES !== 0) {
        throw new Error("AES takes whole blocks under a key of 16 bytes");
      }
      return work(key, initial, data);
    };
  };
  return { aes_cbc_encrypt: checked(encrypt), aes_cbc_decrypt: checked(decrypt), sha256: undefined };
}
