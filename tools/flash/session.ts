/**
 * One flashing, from the open port to the firmware that answers. It decides nothing that a person must decide: those
 * questions are put through `ask`.
 */
import type { Board } from "../build/board_schema";
import { checkKind, readBoardState, type BoardState, type Found } from "./board_state";
import { Console } from "./console";
import { FlashError } from "./flash_error";
import { Link, printable } from "./link";
import { restart, upload, type Step } from "./upload";

export interface FlashOrder {
  readonly board: Board;
  readonly bundle: string;
  readonly port: string;
  readonly baud_rate: number;
  /** What becomes of books that are on the board; undefined when nobody has said. */
  readonly books: "keep" | "new" | undefined;
  /** The meter that this board is meant to be, when that was said: its own books are kept without a question. */
  readonly meter: string | undefined;
  /** Whether to go on, once it is known what is there. */
  readonly ask: (found: Found) => Promise<boolean>;
  readonly step: Step;
}

export interface Flashed<State extends Found> {
  readonly before: State;
  /** False when the person said no. */
  readonly written: boolean;
  /** Of what was written. */
  readonly sequence: number | undefined;
  /** What the firmware says of itself after the restart; "" when it says nothing. */
  readonly identity: string;
}

/** The console of whatever is at the other end, and what its firmware said before it gave the line up. */
export async function openConsole(
  link: Link,
  port: string,
): Promise<{ console: Console; identity: string | undefined }> {
  const console = new Console(link);
  const { answers, identity } = await console.reach();
  if (answers) return { console, identity };
  throw new FlashError(
    identity === undefined
      ? `${port}: no Espruino console answers (is it an Espruino board, and the line speed right?)`
      : `${port}: the firmware holds the line (open the case, or hold the board's button while it starts)`,
  );
}

/** Refuses books that nobody has spoken for. */
function checkBooks(state: Found, order: Pick<FlashOrder, "books" | "meter" | "port">): void {
  const { books } = state;
  if (books === undefined || order.books !== undefined || books.meter === order.meter) return;
  const whose = `meter ${books.meter}${books.region === "" ? "" : ` (region ${books.region})`}`;
  throw new FlashError(
    `${order.port}: the board keeps the books of ${whose} (--keep-books keeps them, --new-books starts new ones)`,
  );
}

/** Refuses to write over what a trial goes back to. */
function checkTrial(state: Found, port: string): void {
  if (!state.on_trial) return;
  throw new FlashError(
    `${port}: the board tries an update that came by radio, and goes back to the firmware that this would write over ` +
      "(turn it off and on, which ends the trial, or wait 65 minutes)",
  );
}

/** How one kind of interpreter is flashed. */
export interface Means<Written extends { readonly sequence: number }> {
  /** Brings the bundle onto the board; what the next boot runs. */
  upload(): Promise<Written>;
  /** Starts the board anew; what the firmware says of itself. Rejects where another one runs. */
  restart(written: Written): Promise<string>;
  /** The firmware's answer to its newBooks, "none" where it has no such thing. */
  newBooks(): Promise<string>;
}

function checkNewBooks(answer: string): void {
  if (answer === "ok") return;
  const why = answer === "none" ? "it has no way to start new ones" : printable(answer).slice(0, 80);
  throw new FlashError(`the new firmware runs, but keeps the old books: ${why}`);
}

/** What is the same for all of them, once it is known what is on the board. */
export async function runFlashing<State extends Found, Written extends { readonly sequence: number }>(
  order: FlashOrder,
  before: State,
  means: Means<Written>,
): Promise<Flashed<State>> {
  checkBooks(before, order);
  checkTrial(before, order.port);
  if (!(await order.ask(before))) return { before, written: false, sequence: undefined, identity: before.identity };
  const written = await means.upload();
  order.step("restarting", order.bundle.length);
  const after = await means.restart(written);
  if (order.books === "new" && before.books !== undefined) checkNewBooks(await means.newBooks());
  return { before, written: true, sequence: written.sequence, identity: printable(after) };
}

/** Flashes a board. Rejects with a FlashError; until the very end the board then has what it had before. */
export async function flashBoard(order: FlashOrder): Promise<Flashed<BoardState>> {
  const link = await Link.open(order.port, order.baud_rate);
  try {
    const { console, identity } = await openConsole(link, order.port);
    const before = await readBoardState(console, identity);
    checkKind(before, order.board, order.port);
    return await runFlashing(order, before, {
      upload: () => upload(console, before, order.board, order.bundle, order.step),
      restart: (header) => restart(console, header),
      newBooks: () => console.ask('curbstop.newBooks?curbstop.newBooks():"none"'),
    });
  } finally {
    link.close();
  }
}
