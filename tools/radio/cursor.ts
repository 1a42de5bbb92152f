/**
 * A place in bytes from outside, moved by reading. Nothing is read behind the end: that is the error "truncated", which
 * says in what and where.
 */
import { RadioError } from "./radio_error";

export class Cursor {
  constructor(
    private readonly bytes: readonly number[],
    private at = 0,
  ) {}

  get position(): number {
    return this.at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** The next byte, which stays; undefined at the end. */
  peek(): number | undefined {
    return this.bytes[this.at];
  }

  byte(what: string): number {
    return this.take(1, what)[0];
  }

  take(length: number, what: string): number[] {
    if (length > this.left)
      throw new RadioError("truncated", `the telegram ends inside of its ${what}, at byte ${this.bytes.length}`);
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  /** Low byte first; up to six bytes. */
  number(length: number, what: string): number {
    return this.take(length, what).reduceRight((value, byte) => value * 256 + byte, 0);
  }

  rest(): number[] {
    const rest = this.bytes.slice(this.at);
    this.at = this.bytes.length;
    return rest;
  }
}
