/**
 * Bytes that must not be seen: a key or a passphrase. Whatever prints, logs or serialises the object, or one that holds
 * it, gets "[secret]"; the bytes come only to who asks for them by name.
 *
 * Not promised: that the bytes are gone from memory afterwards. JavaScript copies and collects as it likes.
 */
import { timingSafeEqual } from "node:crypto";
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
