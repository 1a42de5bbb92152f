/**
 * Giving a board its nameplate: whose it is before, the nameplate in parts, what stands in its Storage afterwards, and
 * what it says of itself after a restart. It decides nothing that a person must decide.
 *
 * A cable pulled at any byte leaves the board nobody's or whole: the parts gather in the interpreter's memory, which
 * forgets them; the board takes the whole only when its CRC is right, keeps it before anything else, and a nameplate of
 * which a byte is missing is none (boards/espruino/program.ts).
 */
import { timingSafeEqual } from "node:crypto";
import { NAMEPLATE_MAX_BYTES, nameplateBytes, readNameplate } from "../../firmware/nameplate";
import type { Board } from "../build/board_schema";
import { checkKind, readBoardState, readText, type BoardState } from "../flash/board_state";
import type { Console } from "../flash/console";
import { FlashError } from "../flash/flash_error";
import { Link, printable } from "../flash/link";
import { openConsole } from "../flash/session";
import { IDENTITY, recordOf, type Identity } from "../service/answers";
import { ServiceLine } from "../service/service_line";
import { giveTime, type ClockOutcome } from "./clock";
import { plateCrc } from "./settings_file";

/** Of boards/espruino/program.ts. */
export const NAMEPLATE_FILE = "curbstop.set";
/** Becomes a third more in a line of the console. */
const PART_BYTES = 480;
const BOOT_LIMIT_MS = 60_000;
/** newBooks answers before it restarts the board. */
const RESTART_MS = 1500;
const SHOWN_MAX = 100;

export interface GivingOrder {
  readonly port: string;
  readonly baud_rate: number;
  readonly board: Board;
  readonly meter: string;
  readonly region: string;
  /** A nameplate's bytes, with keys: they go onto the board and nowhere else. */
  readonly plate: string;
  /** Whether the books of whosever board it is may be given up. */
  readonly new_books: boolean;
  readonly now: () => Date;
  /** Called with the board's serial number before it hears of the meter; what it rejects with ends the giving. */
  readonly begin: (serial: string) => Promise<void>;
  /** Called when the board is the meter. */
  readonly given: (serial: string, identity: Identity) => Promise<void>;
  readonly step: (doing: string) => void;
}

/** Removes a nameplate that must not stay. */
async function takeBack(console: Console): Promise<void> {
  await console.ask("1", `require("Storage").erase("${NAMEPLATE_FILE}");`);
  console.tell("load()");
}

function checkRuns(state: BoardState, port: string): void {
  if (state.program !== "curbstop" || state.running === undefined)
    throw new FlashError(`${port}: no Curbstop firmware runs on this board (curbstop flash brings it there)`);
  if (/ meter=none not_this_board$/.test(state.identity))
    throw new FlashError(`${port}: the firmware on it was built for another board (flash it with its own)`);
}

/** Gives up the books that are there; the console of the board that is then nobody's. */
async function giveUpBooks(console: Console, link: Link, port: string): Promise<Console> {
  const answer = await console.ask("curbstop.newBooks()", "", BOOT_LIMIT_MS);
  if (answer !== "ok")
    throw new FlashError(`${port}: the board keeps its books: ${printable(answer).slice(0, SHOWN_MAX)} (try again)`);
  await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
  return (await openConsole(link, port)).console;
}

/** What stands in the board's Storage, "" where nothing does. */
async function storedPlate(console: Console): Promise<string> {
  const file = `require("Storage").read("${NAMEPLATE_FILE}"`;
  const length = Number(await console.ask(`(${file})||"").length`));
  if (!(length > 0 && length <= NAMEPLATE_MAX_BYTES)) return "";
  return readText(console, (offset, part_bytes) => `${file},${offset},${part_bytes})`, length);
}

function sameBytes(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one, "latin1"), Buffer.from(other, "latin1"));
}

/** Whether a board has this nameplate already, perhaps from a day before: its tokens then count from that day. */
function isEarlier(stored: string, plate: string): boolean {
  const [was, is] = [stored, plate].map((bytes) => readNameplate(bytes, plateCrc));
  if (was === undefined || is === undefined || was.settings.tokens.first_tid > is.settings.tokens.first_tid)
    return false;
  is.settings.tokens.first_tid = was.settings.tokens.first_tid;
  return sameBytes(stored, nameplateBytes(is, plateCrc));
}

async function give(console: Console, plate: string, port: string): Promise<void> {
  await console.ask("1", 'curbstop_plate="";');
  try {
    for (let offset = 0; offset < plate.length; offset += PART_BYTES) {
      const part = Buffer.from(plate.slice(offset, offset + PART_BYTES), "latin1").toString("base64");
      await console.ask("1", `curbstop_plate+=atob("${part}");`);
    }
    const answer = await console.ask("curbstop.provision(curbstop_plate)", "", BOOT_LIMIT_MS);
    if (answer !== "ok") {
      const why = printable(answer)
        .replace(/^error /, "")
        .slice(0, SHOWN_MAX);
      throw new FlashError(`${port}: the board refuses its nameplate: ${why} (it is nobody's, as before)`);
    }
  } finally {
    await console.ask("1", "delete curbstop_plate;").catch(() => undefined);
  }
}

/** What is to be done with the board. Throws where a person must say first that its books may go. */
async function judge(order: GivingOrder, console: Console, { books }: BoardState): Promise<"has" | "give" | "replace"> {
  const is_own = books?.meter === order.meter && books.region === order.region;
  if (is_own && isEarlier(await storedPlate(console), order.plate)) return "has";
  // Also on a board that is nobody's: its memory may be older than its Storage.
  if (order.new_books) return "replace";
  if (books === undefined) return "give";
  const whose = is_own ? "this meter already, with other settings or keys" : `meter ${books.meter} already`;
  throw new FlashError(`${order.port}: the board is ${whose} (--new-books gives up what it knows and begins anew)`);
}

/** After a restart, as after any power-up, the board says by itself who it is. */
async function restarted(console: Console, link: Link, order: GivingOrder): Promise<Identity> {
  order.step("restarting");
  console.tell("load()");
  const identity = recordOf(await new ServiceLine(link).identify(order.port), IDENTITY);
  if (identity.meter === order.meter && identity.region === order.region) return identity;
  if (identity.meter === "none") throw new FlashError(`${order.port}: the board forgot its nameplate (try again)`);
  // The memory outlived its board's Storage: with another number on it those books must not go on.
  await takeBack((await openConsole(link, order.port)).console);
  throw new FlashError(
    `${order.port}: the board's memory keeps the books of meter ${identity.meter} (--new-books gives them up)`,
  );
}

/** Gives a board its nameplate, then lets `work` use its service line. Rejects with a FlashError. */
export async function giveNameplate<Result>(
  order: GivingOrder,
  work: (line: ServiceLine, serial: string, clock: ClockOutcome) => Promise<Result>,
): Promise<Result> {
  const link = await Link.open(order.port, order.baud_rate);
  try {
    order.step("looking");
    const opened = await openConsole(link, order.port);
    const state = await readBoardState(opened.console, opened.identity);
    checkKind(state, order.board, order.port);
    checkRuns(state, order.port);
    const serial = printable(state.facts.serial);
    let { console } = opened;
    const what = await judge(order, console, state);
    await order.begin(serial);
    if (what === "replace") {
      order.step("giving up old books");
      console = await giveUpBooks(console, link, order.port);
    }
    if (what !== "has") {
      order.step("giving the nameplate");
      await give(console, order.plate, order.port);
      order.step("reading back");
      if (!sameBytes(await storedPlate(console), order.plate))
        throw new FlashError(`${order.port}: the nameplate does not read back as it was sent (try again)`);
    }
    const identity = await restarted(console, link, order);
    await order.given(serial, identity);
    order.step("setting the clock");
    const clock = await giveTime(link, order.port, what === "has", order.now);
    order.step("testing");
    return await work(new ServiceLine(link), serial, clock);
  } finally {
    link.close();
  }
}
