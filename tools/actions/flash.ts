/**
 * What `curbstop flash` does: it builds, says what is on the board, asks, and brings the firmware there.
 */
import { createHash } from "node:crypto";
import { BundleError } from "../../sim/bundle/project";
import { UserError } from "../../sim/scenario/user_error";
import { readBoard } from "../build/board_file";
import type { Board } from "../build/board_schema";
import { measureBudget } from "../build/budget";
import { bundleBoard, type BoardBundle } from "../build/bundle";
import { EXIT_NO, type Context } from "../context";
import type { Found } from "../flash/board_state";
import { FlashError, LineLost, PortRefused } from "../flash/flash_error";
import { checkMemory } from "../flash/memory";
import { flashNodemcu } from "../flash/nodemcu/session";
import { flashBoard, type Flashed, type FlashOrder } from "../flash/session";
import { createProgress } from "../progress";
import { usualFolder, writeInto, writePackage } from "./build";
import { choosePort, ownWorkplace, printPorts, type Workplace } from "./workplace";

/** Lines that one command flashes over, and what a board has to come back between two of them. */
const LINES_MAX = 5;
const LINE_PAUSE_MS = 1500;

export interface FlashOptions {
  readonly board?: string;
  readonly port?: string;
  readonly list?: boolean;
  readonly baud: number;
  readonly meter?: string;
  readonly keepBooks?: boolean;
  readonly newBooks?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What is on the board, in a line. */
export function boardText(found: Found): string {
  const { interpreter, books, running_sequence, identity } = found;
  if (found.program === "none") return `${interpreter}, no program`;
  if (found.program === "other") return `${interpreter}, another program of ${found.program_bytes} bytes`;
  const version = /(?:^| )firmware=(\S{1,40})/.exec(identity)?.[1];
  const what =
    running_sequence === undefined ? "Curbstop, not running" : `Curbstop ${version ?? `upload ${running_sequence}`}`;
  return `${interpreter}, ${what}${books === undefined ? "" : `, books of meter ${books.meter}`}`;
}

async function confirm(found: Found, options: FlashOptions, context: Context, ask: Workplace["ask"]): Promise<boolean> {
  if (options.json !== true) context.output.out(`on the board: ${boardText(found)}\n`);
  if (options.yes === true || found.program === "none") return true;
  if (ask === undefined) throw new UserError("nobody is there to be asked whether to replace it (give --yes)");
  return /^y(es)?$/i.test((await ask("Replace it? [y/N] ")).trim());
}

/** Says, before anything is asked, whether the board has the memory. */
async function lookAtMemory(
  found: Found,
  board: Board,
  bundle: BoardBundle,
  port: string,
  context: Context,
): Promise<void> {
  if (found.memory === undefined) return;
  const budget = await measureBudget(board, bundle);
  const counted = budget.find(({ name }) => name !== "saved code")?.value;
  const warning = checkMemory(board, port, found.memory, counted);
  if (warning !== "") context.output.err(`curbstop: ${warning}\n`);
}

async function bundleOf(board: Board, options: FlashOptions): Promise<BoardBundle> {
  if (options.keepBooks === true && options.newBooks === true) throw new UserError("give --keep-books or --new-books");
  try {
    return await bundleBoard(board);
  } catch (error) {
    if (error instanceof BundleError) throw new UserError(error.message);
    throw error;
  }
}

/**
 * LuatOS: no document says how the chip (EC618) takes a download; its maker's tool knows. Script and package are written,
 * no board is touched, so the answer is no.
 */
function handOver(board: Board, { code, code_name }: BoardBundle, packed: Buffer): never {
  const [path] = writeInto(usualFolder(board), [[code_name, Buffer.from(code, "latin1")]]);
  writePackage(usualFolder(board), packed);
  throw new FlashError(
    `${board.name}: LuaTools brings it onto the module (give it ${path}; no document says how its download works)`,
  );
}

/** Lists the ports, or flashes a board; the answer is no when a person says so. */
export async function flash(
  options: FlashOptions,
  context: Context,
  workplace: Workplace = ownWorkplace(),
): Promise<void> {
  const board = options.board === undefined ? undefined : readBoard(options.board);
  if (options.list === true) return printPorts(board, options.json === true, context, workplace);
  if (board === undefined) throw new UserError("give --board, which kind of board it is (--list shows the ports)");
  return flashOne(board, options, context, workplace);
}

/**
 * Flashes, and begins anew when the line is lost: a board that restarts, a bridge that lets go. Wherever that was, the board
 * has its old firmware or the new one. A port that does not open again is told as the line that was lost.
 */
async function flashOverLines(
  order: FlashOrder,
  means: typeof flashBoard | typeof flashNodemcu,
  lost: () => void,
): Promise<Flashed<Found>> {
  let last: LineLost | undefined;
  for (let lines = 1; ; lines++) {
    try {
      return await means(order);
    } catch (error) {
      if (error instanceof PortRefused && last !== undefined) throw last;
      if (!(error instanceof LineLost) || lines === LINES_MAX) throw error;
      last = error;
      lost();
      await new Promise((resolve) => setTimeout(resolve, LINE_PAUSE_MS));
    }
  }
}

async function flashOne(board: Board, options: FlashOptions, context: Context, workplace: Workplace): Promise<void> {
  const { output } = context;
  const bundle = await bundleOf(board, options);
  const { code, packed } = bundle;
  if (packed !== undefined) handOver(board, bundle, packed);
  const port = await choosePort(options.port, board, context, workplace);
  const progress = createProgress(output);
  let started = false;
  /** What was on the board, and what a person has said to it: over all lines. */
  let first: { found: Found; agreed: boolean } | undefined;
  const order: FlashOrder = {
    board,
    bundle: code,
    port,
    baud_rate: options.baud,
    books: options.keepBooks === true ? "keep" : options.newBooks === true ? "new" : undefined,
    meter: options.meter,
    ask: async (found) => {
      if (first !== undefined) return first.agreed;
      await lookAtMemory(found, board, bundle, port, context);
      first = { found, agreed: await confirm(found, options, context, workplace.ask) };
      return first.agreed;
    },
    step: (doing, done_bytes) => {
      if (!started) progress.start(code.length, 0, { doing });
      started = true;
      progress.update(Math.min(done_bytes, code.length), { doing });
    },
  };
  const lost = (): void => {
    progress.stop();
    started = false;
    output.err("curbstop: the line was lost; once more\n");
  };
  try {
    const means = board.engine === "lua" ? flashNodemcu : flashBoard;
    const flashed = await flashOverLines(order, means, lost);
    progress.stop();
    if (!flashed.written) {
      context.exit_code = EXIT_NO;
      return output.err("curbstop: given up, nothing was changed\n");
    }
    sayFlashed(flashed, first?.found ?? flashed.before, { board, port, code }, options, context);
  } finally {
    progress.stop();
  }
}

function sayFlashed(
  { sequence, identity }: Flashed<Found>,
  before: Found,
  { board, port, code }: { board: Board; port: string; code: string },
  options: FlashOptions,
  { output }: Context,
): void {
  if (options.json === true) {
    const report = {
      board: board.name,
      port,
      before: boardText(before),
      size_bytes: code.length,
      bundle_sha256: createHash("sha256").update(code).digest("hex"),
      sequence,
      identity,
    };
    return output.out(JSON.stringify(report, null, 2) + "\n");
  }
  const says = identity === "" ? "" : `: ${identity}`;
  output.out(`${board.name}: ${code.length.toLocaleString("en")} bytes written, read back and running${says}\n`);
}
