/**
 * Bytes that must not be seen: a key or a passphrase. Whatever prints, logs or serialises the object, or one that holds
 * it, gets "[secret]"; the bytes come only to who asks for them by name.
 *
 * Not promised: that the bytes are gone from memory afterwards. JavaScript copies and collects as it likes.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

const SHOWN = "[secret]";

export class Secret {
  readonly #bytes: Buffer;

  constructor(bytes: ArrayLike<number>) {
    this.#bytes = Buffer.from(Array.from(bytes));
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** A copy, for an algorithm of Node. */
  buffer(): Buffer {
    return Buffer.from(this.#bytes);
  }

  /** A copy, for an algorithm of the firmware. */
  bytes(): number[] {
    return [...this.#bytes];
  }

  /** Compares in a time that does not depend on where they differ. */
  equals(other: Secret): boolean {
    return this.length === other.length && timingSafeEqual(this.#bytes, other.#bytes);
  }

  /** Of a key whose bytes are elsewhere; undefined where the fingerprint is reckoned from them. */
  get known_fingerprint(): string | undefined {
    return undefined;
  }

  /** HMAC-SHA-256 under this key, for keys of any length; a key in an HSM does it there (hsm_key.ts). */
  hmacSha256(message: Uint8Array): Buffer {
    return createHmac("sha256", this.#bytes).update(message).digest();
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
