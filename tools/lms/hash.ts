/**
 * SHA-256 over one buffer again and again, cut to n bytes: making a key takes millions of them.
 *
 * The digest goes through a text of one character a byte, which node:crypto makes three times as fast as a buffer.
 */
import { hash } from "node:crypto";

/** Writes the first `n` bytes of SHA-256 of `input` into `output`, which may be the same, at `first`. */
export function hashInto(input: Buffer, output: Buffer, first: number, n: number): void {
  output.write(hash("sha256", input, "binary"), first, n, "binary");
}
