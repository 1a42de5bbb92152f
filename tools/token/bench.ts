/**
 * Tokens a second on one core, beside the bare HMAC-SHA-256 of node:crypto in the same run, so that figures of
 * different machines can be compared. The records on disk are not in it: a desk that sells waits for the disk, not for
 * the cipher.
 */
import { createHmac } from "node:crypto";
import type { BenchRow } from "../../sim/bench/benches";
import { CLASS_CREDIT, SUB_WATER } from "../../firmware/token/block";
import { EA_MISTY1 } from "../../firmware/token/cipher";
import { TID_MAX } from "../../firmware/token/tid_memory";
import { Secret } from "../keys/secret";
import { identifiedToken, randomFour, type TokenKey } from "./building";
import { decoderKey, dkga04Data, type KeyAttributes } from "./decoder_key";
import { panOfDrn, luhnDigit } from "./pan";

const TOKENS_MIN_S = 20_000;
const METERS = 1000;
const ROUND = 2000;
const SECONDS = 1;

/** Meters with their decoder keys, under a key that is good for nothing else. */
function meters(): { attributes: KeyAttributes; key: TokenKey }[] {
  const vending = new Secret(Buffer.alloc(20, "bench"));
  return Array.from({ length: METERS }, (_, number) => {
    const serial = String(number).padStart(10, "0");
    const pan = panOfDrn(serial + luhnDigit(serial));
    const attributes = { dkga: "04", ea: EA_MISTY1, pan, sgc: "600100", ti: "01", krn: 1, kt: 2, base: 2014 } as const;
    return { attributes, key: { ea: EA_MISTY1, key: decoderKey(vending, attributes) } };
  });
}

/** How often a second the work is done, in rounds until the time is over. */
function rate(work: (number: number) => void, seconds: number): number {
  for (let number = 0; number < ROUND; number++) work(number);
  const start = process.hrtime.bigint();
  for (let done = 0; ;) {
    for (let number = 0; number < ROUND; number++) work(done + number);
    done += ROUND;
    const passed = Number(process.hrtime.bigint() - start) / 1e9;
    if (passed >= seconds) return Math.round(done / passed);
  }
}

export function tokenRows(seconds = SECONDS): BenchRow[] {
  const all = meters();
  const token = (number: number) => ({
    token_class: CLASS_CREDIT,
    sub: SUB_WATER,
    tid: number % (TID_MAX + 1),
    rnd: randomFour(),
    amount: 1 + (number % 1000),
  });
  const made = rate((number) => identifiedToken(all[number % METERS].key, token(number)), seconds);
  const derived = rate((number) => {
    const { attributes } = all[number % METERS];
    const key = { ea: EA_MISTY1, key: decoderKey(new Secret(Buffer.alloc(20, number)), attributes) };
    identifiedToken(key, token(number));
  }, seconds);
  const data = Buffer.from(dkga04Data(all[0].attributes));
  const vending = Buffer.alloc(20, "bench");
  const hmac = rate(() => createHmac("sha256", vending).update(data).digest(), seconds);
  return [
    { name: "tokens, cached keys", unit: "tokens/s", value: made, at_least: TOKENS_MIN_S },
    { name: "tokens, derived keys", unit: "tokens/s", value: derived },
    { name: "bare HMAC-SHA-256", unit: "hashes/s", value: hmac },
  ];
}
