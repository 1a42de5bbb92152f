/**
 * An output that remembers: what a command wrote, as text, on a terminal of a given size or on none.
 */
import { Writable } from "node:stream";
import pc from "picocolors";
import { runCommandLine } from "../../tools/command_line";
import type { Output } from "../../tools/output";
import "./keys/scrypt_once";

export class CapturedOutput implements Output {
  out_text = "";
  err_text = "";
  /** A terminal only where a test wants to see progress. */
  readonly error_stream = Object.assign(
    new Writable({
      decodeStrings: false,
      write: (text: string, _encoding, done) => {
        this.err_text += text;
        done();
      },
    }),
    { isTTY: false, columns: 80 },
  );
  readonly colors = pc.createColors(false);

  constructor(
    readonly tty = false,
    private readonly columns = 80,
    private readonly rows = 40,
  ) {}

  out(text: string): void {
    this.out_text += text;
  }

  err(text: string): void {
    this.err_text += text;
  }

  size(): { columns: number; rows: number } {
    return { columns: this.columns, rows: this.rows };
  }
}

export interface Answer {
  exit_code: number;
  out: string;
  err: string;
}

/** Runs a command line in this process. */
export async function answerOf(...words: string[]): Promise<Answer> {
  const output = new CapturedOutput();
  const exit_code = await runCommandLine(words, output);
  return { exit_code, out: output.out_text, err: output.err_text };
}
