/**
 * Meters and tokens for tests: tokens are made of the firmware's formats under a key of this file, and judged.
 */
import { bytesText } from "../../../firmware/card/bytes";
import { blockOf, keyChangeBlock, CLASS_MANAGEMENT, type BlockFields } from "../../../firmware/token/block";
import { createTokenBooks, wakeTokens, type DecoderKey, type TokenState } from "../../../firmware/token/books";
import { encryptBlock } from "../../../firmware/token/cipher";
import { judgeToken, type TokenJudgement, type TokenMoment, type TokenTerms } from "../../../firmware/token/judgement";
import { tokenDigits } from "../../../firmware/token/number";

export const KEY = "f94b6ed353c3bfdb113e2d3a7ea3c41d";
export const OTHER_KEY = "b208834372ef892ef6e04c28593090d4";
export const NOW_S = 1000;
export const ROOM_L = 2_000_000_000;

export const VOLUME: TokenTerms = { mode: "volume", tables: undefined, paygo_unit: 100 };
export const CURRENCY: TokenTerms = { mode: "currency", tables: undefined, paygo_unit: 100_000 };

export function decoderKey(change: Partial<DecoderKey> = {}, hex = KEY): DecoderKey {
  const key = bytesText([...Buffer.from(hex, "hex")]);
  const algorithm = hex.length === 16 ? 7 : 11;
  return { algorithm, key, type: 2, revision: 1, tariff_index: 1, expiry: 255, ...change };
}

/** A meter that has just left its factory. */
export function freshMeter(key: DecoderKey | undefined = decoderKey(), first_tid = 0): TokenState {
  return wakeTokens(createTokenBooks(key, first_tid, undefined), NOW_S);
}

/** A token with a TID. */
export function tokenOf(
  fields: Partial<BlockFields> & { middle: number },
  token_class = 0,
  key = decoderKey(),
): string {
  const block = blockOf(token_class, { sub: 1, front: 5, value: 1, ...fields });
  return tokenDigits(token_class, encryptBlock(key.algorithm, undefined, key.key, block));
}

/** The tokens of a key change, first to last. */
export function changeTokens(
  next: string,
  { krn = 2, kt = 2, ti = 1, ken = 255, ro = 0, sgc = 600100, three = 0 } = {},
  key = decoderKey(),
): string[] {
  const words = [...Buffer.from(next, "hex")];
  const parts = [
    { sub: 3, attributes: Math.floor(ken / 16) * 256 + krn * 16 + ro * 8 + three * 4 + kt, key: words.slice(0, 4) },
    { sub: 4, attributes: (ken % 16) * 256 + ti, key: words.slice(-4) },
    { sub: 8, attributes: sgc % 4096, key: words.slice(4, 8) },
    { sub: 9, attributes: Math.floor(sgc / 4096), key: words.slice(8, 12) },
  ].slice(0, next.length === 16 ? 2 : 4);
  return parts.map((part) => {
    const block = encryptBlock(key.algorithm, undefined, key.key, keyChangeBlock(part));
    return tokenDigits(CLASS_MANAGEMENT, block);
  });
}

/** A meter that remembers what it was told. */
export class KeyedMeter {
  constructor(
    public state: TokenState = freshMeter(),
    readonly terms: TokenTerms = VOLUME,
  ) {}

  key(digits: string, moment: Partial<TokenMoment> = {}): TokenJudgement {
    const judgement = judgeToken(this.terms, this.state, digits, { now_s: NOW_S, room: ROOM_L, ...moment });
    this.state = judgement.state;
    return judgement;
  }
}

/** Numbers of a seed (mulberry32), for tests that need millions quickly; the seed is printed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
