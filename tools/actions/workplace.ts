/**
 * Workplace: the serial ports of this machine, its clock, and whoever is at its terminal; and which port a command
 * speaks to: the one that it was given, else the only one that a board can be behind, else the one that a person picks.
 * Who has no terminal is not asked: then a port must be given.
 */
import { createInterface } from "node:readline/promises";
import { UserError } from "../../sim/scenario/user_error";
import type { Board } from "../build/board_schema";
import type { Context } from "../context";
import { FlashError } from "../flash/flash_error";
import { fittingPorts, listPorts, type SerialPort } from "../flash/ports";
import { usbKind } from "../flash/usb_ids";
import { table } from "../output";

export interface Workplace {
  readonly list: () => Promise<SerialPort[]>;
  /** Puts a question and gives the answer; undefined where nobody is there. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly now: () => Date;
}

/** Puts a question on a terminal. Ctrl-C, Ctrl-D or the end of the terminal instead of an answer is a no. */
export async function askPerson(
  question: string,
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<string> {
  const asked = createInterface({ input, output });
  try {
    return await new Promise((resolve, reject) => {
      asked.once("close", () => reject(new Error("closed")));
      asked.question(question).then(resolve, reject);
    });
  } catch {
    output.write("\n");
    throw new FlashError("given up at the question (run the command again to go on)");
  } finally {
    asked.close();
  }
}

export function ownWorkplace(): Workplace {
  return {
    list: listPorts,
    ask: process.stdin.isTTY ? (question) => askPerson(question) : undefined,
    now: () => new Date(),
  };
}

function idText({ vendor_id, product_id }: SerialPort): string {
  return vendor_id === "" ? "-" : `${vendor_id}:${product_id}`;
}

function cells(port: SerialPort): string[] {
  const { words } = usbKind(port.vendor_id, port.product_id);
  return [port.path, idText(port), port.serial_number === "" ? "-" : port.serial_number, words];
}

/** Prints the ports there are: `curbstop flash --list`. */
export async function printPorts(
  board: Board | undefined,
  json: boolean,
  { output }: Context,
  { list }: Workplace = ownWorkplace(),
): Promise<void> {
  const ports = await list();
  const fitting = fittingPorts(ports, board);
  if (json) {
    const rows = ports.map((port) => ({
      ...port,
      likely: usbKind(port.vendor_id, port.product_id).words,
      fits: fitting.includes(port),
    }));
    return output.out(JSON.stringify(rows, null, 2) + "\n");
  }
  if (ports.length === 0)
    return output.out("no serial port is there (connect a board by a USB cable that carries data)\n");
  const rows = ports.map((port) => [...cells(port), fitting.includes(port) ? "fits" : ""]);
  output.out(table([["port", "usb id", "serial number", "likely", ""], ...rows]));
}

function noneText(ports: readonly SerialPort[], board: Board | undefined): string {
  const what = board === undefined ? "a board" : board.name;
  const there = ports.filter(({ vendor_id }) => vendor_id !== "").map((port) => `${port.path} ${idText(port)}`);
  const seen = there.length === 0 ? "no serial port on USB is there" : `none of ${there.join(", ")} is known as one`;
  return `${what} is not found: ${seen} (connect it by a USB cable that carries data, or give --port)`;
}

/** The port with the number that a person types. */
async function pick(
  ports: readonly SerialPort[],
  context: Context,
  ask: NonNullable<Workplace["ask"]>,
): Promise<string> {
  context.output.err(table(ports.map((port, index) => [`${index + 1}`, ...cells(port)])));
  const typed = (await ask(`Which one? [1-${ports.length}] `)).trim();
  const port = /^\d{1,3}$/.test(typed) ? ports[Number(typed) - 1] : undefined;
  if (port === undefined) throw new UserError("no port was picked (give its number, or --port)");
  return port.path;
}

/** The port of a command that was given none, or `given`. Says which one it took. */
export async function choosePort(
  given: string | undefined,
  board: Board | undefined,
  context: Context,
  { list, ask }: Workplace = ownWorkplace(),
): Promise<string> {
  if (given !== undefined) return given;
  const ports = await list();
  const fitting = fittingPorts(ports, board);
  if (fitting.length === 0) throw new FlashError(noneText(ports, board));
  const [only] = fitting;
  if (fitting.length === 1) {
    context.output.err(`${only.path}: ${usbKind(only.vendor_id, only.product_id).words}, the only port that fits\n`);
    return only.path;
  }
  if (ask !== undefined) return pick(fitting, context, ask);
  const found = fitting.map(({ path }) => path).join(", ");
  throw new UserError(`${found}: more than one port fits, and nobody is there to be asked (give --port)`);
}
