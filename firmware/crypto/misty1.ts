/**
 * MISTY1 (RFC 2994; ISO/IEC 18033-3): a block cipher of 64-bit blocks and 128-bit keys, with eight rounds. It is STS's
 * encryption algorithm EA11 (IEC 62055-41).
 *
 * A block is two halves of two 16-bit words each, most significant byte first. The words of a schedule are EK of the
 * RFC (2.3): 0 to 7 the key itself, 8 to 15 what FI makes of each under its neighbour; EK's words 16 to 31 are parts of
 * the latter and are cut off where they are used.
 *
 * The tables stand as text, two characters an entry: 32 * (first - 48) + (second - 48). As arrays of numbers they would
 * take 8 KiB on a small engine, which can leave text in flash. test/firmware/crypto holds them against the formulas
 * from which the RFC defines them.
 */
import { assert } from "../assert";

export const MISTY1_KEY_BYTES = 16;
export const MISTY1_BLOCK_BYTES = 8;
const WORDS = 8;
const ROUNDS = 8;

const S7 =
  "0K1B1C2J1K0@0G2D2K0J3B3C3;1<36290O140C3<1G1>1O2:2M0?202F152A0L040;26100=3K1E24221;0N210D2;3I0E3?0>2E091F" +
  "3D0<372C180:3N1H020730190I0B351?1@1I08382O3H1:2<34253E1M2I28032G3L2?321L0M112N173:3@2=1J013=3>330H3G1305" +
  "163F001A1=3J3O312@120A06270F2B2>3A1N39231D2L2H3M";

const S9 =
  ">36;:C<O?3797K1E<15I8G?;9C091=6C67::1G3N7;;4<C>H538N2E1<0M=2;38H:;:B>B0?1;1@9J758A9H<>337368?D0K014M7H=0" +
  ";=?C0L:63M6A42?:<39=7D<N>C6M?298?07<2I4A0A9?166L5@<<8??G77;<5F7I6H:A81:<835H:D9;=>0G3A0<272H3O=49D9944:M" +
  "<M=B=3283L2A>:139M=7;51K226J<B6>613;4O?A9<<47J<F?1;9;M1A<08:4D>J<69N8L30;E>?378I35384I:@0807;L5G140I6N97" +
  "6K74=92B894@<L>118=C9E;:;F6O?5<865;>>N=A63>O1F7>?>7@4C294J=F3941950;2N5D:9>7;D1N9K=G4>>65>0@4E??2>7B?M45" +
  "7M7F50;?434::F4K9L87;74H>@?903?N5M92496B<?0B1C3::27=;@8K72:?:H9A:72M8C>=3I;1=5;I4N=D6<129B0J7804<7?=<G1I" +
  "=O>G17<;664L6@:>3<1D?B3>6:155J<A7N0C861?==;B>K608;>F7E?<8=3F8D=;3E8<?4:I2D8O2;64=N7G19540>?@3G2=;J464;5C" +
  ";A5O8>844G:K;0;86G5K36>>7L4B>53?0F2:519I5?7A<@0:=::3;K2F<=;66D?K:=<D<J47?H9357=H:11L?I:01::E8J=1<H6E96=?" +
  "319>:G>L3B<:5:4F8E7?253K4=:52C2O;H5B1>10>E1O>9?7=<241H0D5A;;5;5E2J<2>8>D0H;G346?3=80<I9@:J0590=K=M702?6F" +
  "9O>49:0E067O<K5623482@:O?8913C;N5L6269;C<9?E3D><?6=8<E0O210==J1B1M>A40582G=I;2:86I85323J11?O8B88>0598M=@" +
  "=66=7C2L822K>I:4?F5=551J>;9F;O26710N>M769G?J<54<4?20=E5N3H005<8@:N9402=L527:3@?L8F:L2<>2";

function entryOf(table: string, index: number): number {
  return (table.charCodeAt(2 * index) - 48) * 32 + table.charCodeAt(2 * index + 1) - 48;
}

/** FI of RFC 2994 2.2: 16 bits, of which nine go through S9 twice and seven through S7 once. */
function scrambled(word: number, key: number): number {
  let nine = Math.floor(word / 128);
  let seven = word & 127;
  nine = entryOf(S9, nine) ^ seven;
  seven = entryOf(S7, seven) ^ (nine & 127) ^ Math.floor(key / 512);
  nine = nine ^ (key & 511);
  nine = entryOf(S9, nine) ^ seven;
  return seven * 512 + nine;
}

/** The round keys of a key, which comes as characters 0 to 255, as the journal keeps keys. */
export function misty1Schedule(key: string): number[] {
  assert(key.length === MISTY1_KEY_BYTES, "a MISTY1 key has 16 bytes");
  const words: number[] = [];
  for (let i = 0; i < WORDS; i++) {
    words.push(key.charCodeAt(2 * i) * 256 + key.charCodeAt(2 * i + 1));
  }
  for (let i = 0; i < WORDS; i++) {
    words.push(scrambled(words[i], words[(i + 1) % WORDS]));
  }
  return words;
}

/** FO of round `round` (RFC 2994 2.1) over words[at], words[at + 1], into words[to], words[to + 1] by exclusive or. */
function mixHalf(schedule: number[], words: number[], at: number, to: number, round: number): void {
  let left = words[at];
  let right = words[at + 1];
  left = scrambled(left ^ schedule[round], schedule[((round + 5) % WORDS) + WORDS]) ^ right;
  right = scrambled(right ^ schedule[(round + 2) % WORDS], schedule[((round + 1) % WORDS) + WORDS]) ^ left;
  left = scrambled(left ^ schedule[(round + 7) % WORDS], schedule[((round + 3) % WORDS) + WORDS]) ^ right;
  words[to] = words[to] ^ right ^ schedule[(round + 4) % WORDS];
  words[to + 1] = words[to + 1] ^ left;
}

/** The two keys of FL number `layer`, 0 to 9 (RFC 2994 2.3). */
function layerKeys(schedule: number[], layer: number): number[] {
  const half = Math.floor(layer / 2);
  if (layer % 2 === 0) {
    return [schedule[half], schedule[((half + 6) % WORDS) + WORDS]];
  }
  return [schedule[((half + 2) % WORDS) + WORDS], schedule[(half + 4) % WORDS]];
}

/** FL over words[at], words[at + 1] (RFC 2994 2.1). */
function layHalf(schedule: number[], words: number[], at: number, layer: number): void {
  const keys = layerKeys(schedule, layer);
  words[at + 1] = words[at + 1] ^ (words[at] & keys[0]);
  words[at] = words[at] ^ (words[at + 1] | keys[1]);
}

function unlayHalf(schedule: number[], words: number[], at: number, layer: number): void {
  const keys = layerKeys(schedule, layer);
  words[at] = words[at] ^ (words[at + 1] | keys[1]);
  words[at + 1] = words[at + 1] ^ (words[at] & keys[0]);
}

/** Words of the block, its halves exchanged where `first` is 2. */
function blockWords(block: number[], first: number): number[] {
  assert(block.length === MISTY1_BLOCK_BYTES, "a MISTY1 block has 8 bytes");
  const words: number[] = [];
  for (let i = 0; i < 4; i++) {
    const at = 2 * ((i + first) % 4);
    words.push(block[at] * 256 + block[at + 1]);
  }
  return words;
}

/** Bytes of the words, halves exchanged where `first` is 2. */
function wordBytes(words: number[], first: number): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < 4; i++) {
    const word = words[(i + first) % 4];
    bytes.push(Math.floor(word / 256));
    bytes.push(word & 255);
  }
  return bytes;
}

export function misty1Encrypt(schedule: number[], block: number[]): number[] {
  const words = blockWords(block, 0);
  for (let round = 0; round < ROUNDS; round += 2) {
    layHalf(schedule, words, 0, round);
    layHalf(schedule, words, 2, round + 1);
    mixHalf(schedule, words, 0, 2, round);
    mixHalf(schedule, words, 2, 0, round + 1);
  }
  layHalf(schedule, words, 0, ROUNDS);
  layHalf(schedule, words, 2, ROUNDS + 1);
  return wordBytes(words, 2);
}

export function misty1Decrypt(schedule: number[], block: number[]): number[] {
  const words = blockWords(block, 2);
  unlayHalf(schedule, words, 0, ROUNDS);
  unlayHalf(schedule, words, 2, ROUNDS + 1);
  for (let round = ROUNDS - 2; round >= 0; round -= 2) {
    mixHalf(schedule, words, 2, 0, round + 1);
    mixHalf(schedule, words, 0, 2, round);
    unlayHalf(schedule, words, 0, round);
    unlayHalf(schedule, words, 2, round + 1);
  }
  return wordBytes(words, 0);
}
