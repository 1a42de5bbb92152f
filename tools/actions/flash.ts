/**
 * What `curbstop flash` does: it builds, says what is on the board, asks, and brings the firmware there.
 */
import { createInterface } from "node:readline/promises";
import { createHash } from "node:crypto";
import { BundleError } from "../../sim/bundle/project";
import { UserError } from "../../sim/scenario/user_error";
import { readBoard } from "../build/board_file";
import { bundleBoard } from "../build/bundle";
import { EXIT_NO, type Context } from "../context";
import type { BoardState } from "../flash/board_state";
import { printable } from "../flash/link";
import { flashBoard } from "../flash/session";
import { createProgress } from "../progress";

export interface FlashOptions {
  readonly board: string;
  readonly port: string;
  readonly baud: number;
  readonly meter?: string;
  readonly keepBooks?: boolean;
  readonly newBooks?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What is on the board, in a line. */
export function boardText(state: BoardState): string {
  const { facts, books, running, identity } = state;
  const interpreter = `${printable(facts.board)} ${printable(facts.version)}`;
  if (state.program === "none") return `${interpreter}, no program`;
  if (state.program === "other") return `${interpreter}, another program of ${facts.boot_file_bytes} bytes`;
  const version = /(?:^| )firmware=(\S{1,40})/.exec(identity)?.[1];
  const what = running === undefined ? "Curbstop, not running" : `Curbstop ${version ?? `upload ${running.sequence}`}`;
  return `${interpreter}, ${what}${books === undefined ? "" : `, books of meter ${books.meter}`}`;
}

async function confirm(state: BoardState, options: FlashOptions, context: Context): Promise<boolean> {
  if (options.json !== true) context.output.out(`on the board: ${boardText(state)}\n`);
  if (options.yes === true || state.program === "none") return true;
  if (!process.stdin.isTTY) throw new UserError("nobody is there to be asked whether to replace it (give --yes)");
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asked.question("Replace it? [y/N] ")).trim());
  } finally {
    asked.close();
  }
}

async function bundleOf(options: FlashOptions): Promise<{ board: ReturnType<typeof readBoard>; code: string }> {
  const board = readBoard(options.board);
  if (board.engine !== "espruino") {
    throw new UserError(`${board.name}: only Espruino boards can be flashed so far (curbstop build writes its file)`);
  }
  if (options.keepBooks === true && options.newBooks === true) throw new UserError("give --keep-books or --new-books");
  try {
    return { board, code: (await bundleBoard(board)).code };
  } catch (error) {
    if (error instanceof BundleError) throw new UserError(error.message);
    throw error;
  }
}

/** Flashes a board; the answer is no when a person says so. */
export async function flash(options: FlashOptions, context: Context): Promise<void> {
  const { output } = context;
  const { board, code } = await bundleOf(options);
  const progress = createProgress(output);
  let started = false;
  try {
    const flashed = await flashBoard({
      board,
      bundle: code,
      port: options.port,
      baud_rate: options.baud,
      books: options.keepBooks === true ? "keep" : options.newBooks === true ? "new" : undefined,
      meter: options.meter,
      ask: (state) => confirm(state, options, context),
      step: (doing, done_bytes) => {
        if (!started) progress.start(code.length, 0, { doing });
        started = true;
        progress.update(Math.min(done_bytes, code.length), { doing });
      },
    });
    progress.stop();
    if (!flashed.written) {
      context.exit_code = EXIT_NO;
      return output.err("curbstop: given up, nothing was changed\n");
    }
    const report = {
      board: board.name,
      port: options.port,
      before: boardText(flashed.before),
      size_bytes: code.length,
      bundle_sha256: createHash("sha256").update(code).digest("hex"),
      sequence: flashed.header?.sequence,
      identity: flashed.identity,
    };
    if (options.json === true) return output.out(JSON.stringify(report, null, 2) + "\n");
    const says = flashed.identity === "" ? "" : `: ${flashed.identity}`;
    output.out(`${board.name}: ${code.length.toLocaleString("en")} bytes written, read back and running${says}\n`);
  } finally {
    progress.stop();
  }
}
