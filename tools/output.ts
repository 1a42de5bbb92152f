/**
 * Where a command writes: two streams, and what is known of the terminal. Tests hand in their own.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isatty } from "node:tty";
import pc from "picocolors";
import { UserError } from "../sim/scenario/user_error";

export interface Output {
  out(text: string): void;
  err(text: string): void;
  /** Whether standard output is a terminal that a person watches. */
  readonly tty: boolean;
  /** Standard error itself: progress goes there, so that a piped result stays clean. */
  readonly error_stream: NodeJS.WritableStream;
  /** Of the terminal as it is now. */
  size(): { columns: number; rows: number };
  readonly colors: ReturnType<typeof pc.createColors>;
}

export function processOutput(): Output {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    tty: isatty(process.stdout.fd),
    error_stream: process.stderr,
    size: () => ({ columns: process.stdout.columns ?? 80, rows: process.stdout.rows ?? 24 }),
    colors: pc.createColors(pc.isColorSupported && isatty(process.stdout.fd)),
  };
}

/** Columns of text, each as wide as its widest cell; numbers are for the caller to pad. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  const line = (row: readonly string[]) => row.map((cell, index) => cell.padEnd(widths[index])).join("  ");
  return rows.map((row) => line(row).trimEnd() + "\n").join("");
}

/** Writes a file for its owner alone, in a folder that is made where it is missing. */
export function saveText(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o600 });
  } catch (error) {
    throw new UserError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
}
