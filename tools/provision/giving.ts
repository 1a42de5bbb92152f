/**
 * Giving a board its nameplate: whose it is before, the nameplate, what is kept of it afterwards, and what the board says
 * of itself after a restart. It decides nothing that a person must decide, and knows no kind of board (means.ts does).
 */
import type { Board } from "../build/board_schema";
import { FlashError } from "../flash/flash_error";
import { Link } from "../flash/link";
import { IDENTITY, recordOf, type Identity } from "../service/answers";
import { ServiceLine } from "../service/service_line";
import { openBenchBoard } from "./bench";
import { giveTime, type ClockOutcome } from "./clock";
import { openEspruino } from "./espruino";
import { faultText, type ProvisionMeans } from "./means";
import { keepModemTrust, type ModemTrust } from "./modem_file";
import { openNodemcuBoard } from "./nodemcu";

export interface GivingOrder {
  readonly port: string;
  readonly baud_rate: number;
  readonly board: Board;
  readonly meter: string;
  readonly region: string;
  /** A nameplate's bytes, with keys: they go onto the board and nowhere else. */
  readonly plate: string;
  /** Certificates that its modem has to keep, before the nameplate names it. */
  readonly modem_trust: ModemTrust | undefined;
  /** Whether the books of whosever board it is may be given up. */
  readonly new_books: boolean;
  readonly now: () => Date;
  /** Called with the board's serial number before it hears of the meter; what it rejects with ends the giving. */
  readonly begin: (serial: string) => Promise<void>;
  /** Called when the board is the meter. */
  readonly given: (serial: string, identity: Identity) => Promise<void>;
  readonly step: (doing: string) => void;
}

function openBoard(link: Link, board: Board, port: string): Promise<ProvisionMeans> {
  if (board.engine === "espruino") return openEspruino(link, board, port);
  return board.lua?.package === "luatos" ? openBenchBoard(link, board, port) : openNodemcuBoard(link, board, port);
}

/** What is to be done with the board. Throws where a person must say first that its books may go. */
async function judge(order: GivingOrder, means: ProvisionMeans): Promise<"has" | "give" | "replace"> {
  const { books } = means;
  const is_own = books?.meter === order.meter && books.region === order.region;
  if (is_own && (await means.keepsEarlier(order.plate))) return "has";
  // Also on a board that is nobody's: its memory may be older than its files.
  if (order.new_books) return "replace";
  if (books === undefined) return "give";
  const whose = is_own ? "this meter already, with other settings or keys" : `meter ${books.meter} already`;
  throw new FlashError(`${order.port}: the board is ${whose} (--new-books gives up what it knows and begins anew)`);
}

async function giveUpBooks(order: GivingOrder, means: ProvisionMeans): Promise<void> {
  order.step("giving up old books");
  const answer = await means.giveUpBooks();
  if (answer !== "ok")
    throw new FlashError(`${order.port}: the board keeps its books: ${faultText(answer)} (try again)`);
}

/** The modem has its certificates when it returns. After a failure the board starts anew, and its firmware has the modem again. */
async function fillModem(order: GivingOrder, means: ProvisionMeans, trust: ModemTrust): Promise<void> {
  order.step("certificate of the modem");
  if (means.borrowModem === undefined)
    throw new FlashError(`${order.port}: nothing on this board lends its modem (leave "ca_certificate" out)`);
  try {
    const line = await means.borrowModem();
    await keepModemTrust(line, order.port, trust);
    await line.giveBack();
  } catch (error) {
    await means.restart().catch(() => undefined);
    throw error;
  }
}

async function give(order: GivingOrder, means: ProvisionMeans): Promise<void> {
  order.step("giving the nameplate");
  const answer = await means.give(order.plate);
  if (answer !== "ok")
    throw new FlashError(
      `${order.port}: the board refuses its nameplate: ${faultText(answer)} (it is nobody's, as before)`,
    );
  order.step("reading back");
  if (!(await means.keeps(order.plate)))
    throw new FlashError(`${order.port}: the nameplate does not read back as it was sent (try again)`);
}

/** After a restart, as after any power-up, the board says by itself who it is. */
async function restarted(order: GivingOrder, means: ProvisionMeans, link: Link): Promise<Identity> {
  order.step("restarting");
  await means.restart();
  const identity = recordOf(await new ServiceLine(link).identify(order.port), IDENTITY);
  if (identity.meter === order.meter && identity.region === order.region) return identity;
  if (identity.meter === "none") throw new FlashError(`${order.port}: the board forgot its nameplate (try again)`);
  // The memory outlived its board's files: with another number on it those books must not go on.
  await means.takeBack();
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
    const means = await openBoard(link, order.board, order.port);
    const what = await judge(order, means);
    await order.begin(means.serial);
    if (what === "replace") await giveUpBooks(order, means);
    if (order.modem_trust !== undefined) await fillModem(order, means, order.modem_trust);
    if (what !== "has") await give(order, means);
    const identity = await restarted(order, means, link);
    await order.given(means.serial, identity);
    order.step("setting the clock");
    const clock = await giveTime(means, link, order.port, what === "has", order.now);
    order.step("testing");
    return await work(new ServiceLine(link), means.serial, clock);
  } finally {
    link.close();
  }
}
