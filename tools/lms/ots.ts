/**
 * LM-OTS, the private side (RFC 8554 4): one key for each leaf, derived from the seed (RFC 8554 appendix A):
 *
 *   x[i] = H(I || q 4 || i 2 || FF || seed)
 *
 * so that a private key of any height is its identifier and n bytes of seed. A leaf's key signs once: two messages
 * under one leaf let anybody sign a third. Who calls `signLeaf` has made sure of that (signer.ts).
 */
import { randomBytes } from "node:crypto";
import { IDENTIFIER_BYTES, chainDigits, type LmsParameters } from "../../firmware/crypto/lms";
import type { Secret } from "../keys/secret";
import { hashInto } from "./hash";

const D_PUBLIC = 0x8080;
const D_MESSAGE = 0x8181;
const D_SEED = 0xff;

const LEAF_PLACE = IDENTIFIER_BYTES;
const CHAIN_PLACE = LEAF_PLACE + 4;
const STEP_PLACE = CHAIN_PLACE + 2;
const VALUE_PLACE = STEP_PLACE + 1;

/** What a key is made of. Its seed is all that is secret. */
export interface LmsKey {
  readonly parameters: LmsParameters;
  readonly identifier: Buffer;
  readonly seed: Secret;
}

/** One chain of a leaf, ready to be followed: what is hashed at each link. */
class Chains {
  private readonly n: number;
  private readonly seed: Buffer;
  private readonly seed_input: Buffer;
  /** I || q || i || j || value. */
  readonly link: Buffer;

  constructor({ parameters, identifier, seed }: LmsKey, leaf: number) {
    this.n = parameters.n;
    this.seed = seed.buffer();
    this.seed_input = Buffer.alloc(VALUE_PLACE + this.seed.length);
    identifier.copy(this.seed_input);
    this.seed_input.writeUInt32BE(leaf, LEAF_PLACE);
    this.seed_input[STEP_PLACE] = D_SEED;
    this.seed.copy(this.seed_input, VALUE_PLACE);
    this.link = Buffer.alloc(VALUE_PLACE + this.n);
    identifier.copy(this.link);
    this.link.writeUInt32BE(leaf, LEAF_PLACE);
  }

  /** The value so many steps along a chain, from its beginning, written to `output`. */
  valueAt(chain: number, steps: number, output: Buffer, first: number): void {
    const { link, n } = this;
    this.seed_input.writeUInt16BE(chain, CHAIN_PLACE);
    link.writeUInt16BE(chain, CHAIN_PLACE);
    hashInto(this.seed_input, link, VALUE_PLACE, n);
    for (let step = 0; step < steps; step++) {
      link[STEP_PLACE] = step;
      hashInto(link, link, VALUE_PLACE, n);
    }
    link.copy(output, first, VALUE_PLACE);
  }

  /** Overwrites what is secret. */
  forget(): void {
    this.seed.fill(0);
    this.seed_input.fill(0);
    this.link.fill(0);
  }
}

function number4(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function number2(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** The public key K of a leaf (RFC 8554 4.3 algorithm 1). */
export function otsPublicKey(key: LmsKey, leaf: number): Buffer {
  const { n, w, chains } = key.parameters;
  const front = Buffer.concat([key.identifier, number4(leaf), number2(D_PUBLIC)]);
  const ends = Buffer.concat([front, Buffer.alloc(chains * n)]);
  const all = new Chains(key, leaf);
  for (let chain = 0; chain < chains; chain++) all.valueAt(chain, 2 ** w - 1, ends, front.length + chain * n);
  all.forget();
  const public_key = Buffer.alloc(n);
  hashInto(ends, public_key, 0, n);
  return public_key;
}

/** The LM-OTS signature of a message under a leaf (RFC 8554 4.5 algorithm 3), with a random C. */
export function signLeaf(key: LmsKey, leaf: number, message: Buffer): Buffer {
  const { n, chains, ots_type } = key.parameters;
  const randomizer = randomBytes(n);
  const hashed = Buffer.alloc(n);
  const data = Buffer.concat([key.identifier, number4(leaf), number2(D_MESSAGE), randomizer, message]);
  hashInto(data, hashed, 0, n);
  const front = Buffer.concat([number4(ots_type), randomizer]);
  const signature = Buffer.concat([front, Buffer.alloc(chains * n)]);
  const all = new Chains(key, leaf);
  for (const [chain, digit] of chainDigits(key.parameters, [...hashed]).entries()) {
    all.valueAt(chain, digit, signature, front.length + chain * n);
  }
  all.forget();
  return signature;
}
