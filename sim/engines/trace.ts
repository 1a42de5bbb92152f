/**
 * Traces: one hash for a whole trace, and the place where two traces part.
 */
import { createHash } from "node:crypto";

/** SHA-256 over the lines of a trace, each with "\n" behind it. */
export class TraceHash {
  private readonly hash = createHash("sha256");
  private lines = 0;

  public add(line: string): void {
    this.hash.update(`${line}\n`);
    this.lines += 1;
  }

  public count(): number {
    return this.lines;
  }

  /** The hash in hex. Call it once, after the last line. */
  public hex(): string {
    return this.hash.digest("hex");
  }
}

export function traceSha256(lines: Iterable<string>): string {
  const hash = new TraceHash();
  for (const line of lines) hash.add(line);
  return hash.hex();
}

/** Where two traces part. An undefined line: that trace had ended. */
export interface TraceDifference {
  /** Counts from 1. */
  readonly line_number: number;
  readonly left: string | undefined;
  readonly right: string | undefined;
}

/** The first line that differs, or undefined when the traces are equal. */
export function firstDifference(left: readonly string[], right: readonly string[]): TraceDifference | undefined {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    if (left[index] !== right[index]) return { line_number: index + 1, left: left[index], right: right[index] };
  }
  return undefined;
}
