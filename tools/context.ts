/**
 * What a command works with, and the exit codes of every command: 0 done, 1 the answer is no, 2 bad usage.
 */
import type { Output } from "./output";

export const EXIT_DONE = 0;
export const EXIT_NO = 1;
export const EXIT_USAGE = 2;

export interface Context {
  readonly output: Output;
  /** Set by a command whose answer is no. */
  exit_code: number;
}
