/**
 * AES-128 (FIPS 197) in CBC mode (NIST SP 800-38A 6.2), byte by byte: for boards whose chip has none.
 *
 * The state is 16 bytes, column after column. The S-box and its inverse are strings of 256 characters, made when a board
 * asks for them: strings are the smallest tables that every engine has. Look-ups by secret bytes take the same time
 * wherever there is no data cache, as on the microcontrollers that this is for.
 */
import { assert } from "../assert";

export const AES_BLOCK_BYTES = 16;
export const AES_KEY_BYTES = 16;

const ROUNDS = 10;
const COLUMN_BYTES = 4;

/** Tables of one AES. */
interface Tables {
  box: string;
  inverse: string;
}

export interface Aes {
  encrypt: (key: number[], initial: number[], data: number[]) => number[];
  decrypt: (key: number[], initial: number[], data: number[]) => number[];
}

/** Times x in GF(2^8), modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197 4.2.1). */
function doubled(byte: number): number {
  return ((byte & 127) << 1) ^ (byte > 127 ? 27 : 0);
}

/** A byte rotated left by as many bits as this power of two has. */
function rotated(byte: number, power: number): number {
  const wide = byte * power;
  return (wide % 256) + Math.floor(wide / 256);
}

/** The S-box (FIPS 197 5.1.1): inverses found by walking through the powers of 3 and of its inverse, 0xF6. */
function makeTables(): Tables {
  const substitutes: number[] = [];
  const places: number[] = [];
  for (let i = 0; i < 256; i++) {
    substitutes.push(99);
    places.push(0);
  }
  places[99] = 0;
  let power = 1;
  let inverse = 1;
  for (let i = 0; i < 255; i++) {
    const substitute =
      inverse ^ rotated(inverse, 2) ^ rotated(inverse, 4) ^ rotated(inverse, 8) ^ rotated(inverse, 16) ^ 99;
    substitutes[power] = substitute;
    places[substitute] = power;
    power = power ^ doubled(power);
    // Times 0xF6, that is divided by 3: the inverse of the next power.
    inverse = inverse ^ ((inverse << 1) & 255);
    inverse = inverse ^ ((inverse << 2) & 255);
    inverse = inverse ^ ((inverse << 4) & 255);
    inverse = inverse ^ (inverse > 127 ? 9 : 0);
  }
  const tables = { box: "", inverse: "" };
  for (let i = 0; i < 256; i++) {
    tables.box = tables.box + String.fromCharCode(substitutes[i]);
    tables.inverse = tables.inverse + String.fromCharCode(places[i]);
  }
  assert(substitutes[1] === 124 && substitutes[83] === 237, "the S-box is that of FIPS 197 figure 7");
  return tables;
}

/** All round keys in a row (FIPS 197 5.2). */
function expandKey(tables: Tables, key: number[]): number[] {
  assert(key.length === AES_KEY_BYTES, "a key has 16 bytes");
  const words: number[] = [];
  for (const byte of key) {
    words.push(byte);
  }
  let constant = 1;
  while (words.length < AES_BLOCK_BYTES * (ROUNDS + 1)) {
    const end = words.length;
    if (end % AES_KEY_BYTES === 0) {
      words.push(words[end - 16] ^ tables.box.charCodeAt(words[end - 3]) ^ constant);
      words.push(words[end - 15] ^ tables.box.charCodeAt(words[end - 2]));
      words.push(words[end - 14] ^ tables.box.charCodeAt(words[end - 1]));
      words.push(words[end - 13] ^ tables.box.charCodeAt(words[end - 4]));
      constant = doubled(constant);
    } else {
      for (let i = 0; i < COLUMN_BYTES; i++) {
        words.push(words[end - AES_KEY_BYTES + i] ^ words[end - COLUMN_BYTES + i]);
      }
    }
  }
  return words;
}

function addRoundKey(state: number[], words: number[], round: number): void {
  const first = round * AES_BLOCK_BYTES;
  for (let i = 0; i < AES_BLOCK_BYTES; i++) {
    state[i] = state[i] ^ words[first + i];
  }
}

/** SubBytes and ShiftRows; `step` is 5 to encrypt and 13 to decrypt: the columns from which a row's bytes come. */
function substituteAndShift(state: number[], box: string, step: number): number[] {
  const shifted: number[] = [];
  for (let i = 0; i < AES_BLOCK_BYTES; i++) {
    const column_start = i - (i % COLUMN_BYTES);
    shifted.push(box.charCodeAt(state[(column_start + (i % COLUMN_BYTES) * step) % AES_BLOCK_BYTES]));
  }
  return shifted;
}

/** MixColumns (FIPS 197 5.1.3). */
function mixColumns(state: number[]): void {
  for (let i = 0; i < AES_BLOCK_BYTES; i += COLUMN_BYTES) {
    const a = state[i];
    const b = state[i + 1];
    const c = state[i + 2];
    const d = state[i + 3];
    const all = a ^ b ^ c ^ d;
    state[i] = a ^ all ^ doubled(a ^ b);
    state[i + 1] = b ^ all ^ doubled(b ^ c);
    state[i + 2] = c ^ all ^ doubled(c ^ d);
    state[i + 3] = d ^ all ^ doubled(d ^ a);
  }
}

/** InvMixColumns (FIPS 197 5.3.3): MixColumns after a mixing of every other byte, as 4 x^2 + 5 is. */
function unmixColumns(state: number[]): void {
  for (let i = 0; i < AES_BLOCK_BYTES; i += COLUMN_BYTES) {
    const even = doubled(doubled(state[i] ^ state[i + 2]));
    const odd = doubled(doubled(state[i + 1] ^ state[i + 3]));
    state[i] = state[i] ^ even;
    state[i + 1] = state[i + 1] ^ odd;
    state[i + 2] = state[i + 2] ^ even;
    state[i + 3] = state[i + 3] ^ odd;
  }
  mixColumns(state);
}

function encryptBlock(tables: Tables, words: number[], block: number[]): number[] {
  let state = block;
  addRoundKey(state, words, 0);
  for (let round = 1; round < ROUNDS; round++) {
    state = substituteAndShift(state, tables.box, 5);
    mixColumns(state);
    addRoundKey(state, words, round);
  }
  state = substituteAndShift(state, tables.box, 5);
  addRoundKey(state, words, ROUNDS);
  return state;
}

function decryptBlock(tables: Tables, words: number[], block: number[]): number[] {
  let state = block;
  addRoundKey(state, words, ROUNDS);
  for (let round = ROUNDS - 1; round > 0; round--) {
    state = substituteAndShift(state, tables.inverse, 13);
    addRoundKey(state, words, round);
    unmixColumns(state);
  }
  state = substituteAndShift(state, tables.inverse, 13);
  addRoundKey(state, words, 0);
  return state;
}

function encrypt(tables: Tables, key: number[], initial: number[], data: number[]): number[] {
  const words = expandKey(tables, key);
  const output: number[] = [];
  let before = initial;
  for (let first = 0; first < data.length; first += AES_BLOCK_BYTES) {
    const block: number[] = [];
    for (let i = 0; i < AES_BLOCK_BYTES; i++) {
      block.push(data[first + i] ^ before[i]);
    }
    before = encryptBlock(tables, words, block);
    for (const byte of before) {
      output.push(byte);
    }
  }
  return output;
}

function decrypt(tables: Tables, key: number[], initial: number[], data: number[]): number[] {
  const words = expandKey(tables, key);
  const output: number[] = [];
  for (let first = 0; first < data.length; first += AES_BLOCK_BYTES) {
    const block: number[] = [];
    for (let i = 0; i < AES_BLOCK_BYTES; i++) {
      block.push(data[first + i]);
    }
    const plain = decryptBlock(tables, words, block);
    for (let i = 0; i < AES_BLOCK_BYTES; i++) {
      output.push(plain[i] ^ (first === 0 ? initial[i] : data[first - AES_BLOCK_BYTES + i]));
    }
  }
  return output;
}

function assertBlocks(initial: number[], data: number[]): void {
  assert(initial.length === AES_BLOCK_BYTES, "the first value is a block");
  assert(data.length % AES_BLOCK_BYTES === 0, "data is whole blocks");
}

/** The firmware's own AES, to be wired to the crypto port of a board that has none. */
export function createAes(): Aes {
  const tables = makeTables();
  return {
    encrypt: function (key, initial, data) {
      assertBlocks(initial, data);
      return encrypt(tables, key, initial, data);
    },
    decrypt: function (key, initial, data) {
      assertBlocks(initial, data);
      return decrypt(tables, key, initial, data);
    },
  };
}
