/**
 * A card on a reader of this machine, by PC/SC: the npm package `smartcard`, which is optional because it is compiled
 * where it is installed. It is loaded when a reader is asked for, and not before.
 *
 * Seen in its version 3.7 with pcsc-lite 1.9.9: a card that leaves in the middle of a command may bring an empty answer
 * and no error; and pcscd notices a card up to half a second late. So less than two bytes is a torn card (link.ts), and
 * whoever wants a card waits for it a little.
 */
import { DeskError } from "./desk_error";
import type { CardTransport } from "./link";

const SHARE_EXCLUSIVE = 1;
const PROTOCOLS = 3;
/** Leaves the card without power, and so without anybody authenticated. */
const UNPOWER_CARD = 2;
const STATE_PRESENT = 32;
const POLL_MS = 100;

/** What is used of the package. */
interface PcscCard {
  transmit: (apdu: Buffer) => Promise<Buffer>;
  disconnect: (disposition: number) => void;
}
interface PcscReader {
  readonly name: string;
  readonly state: number;
  readonly atr: Buffer | null;
  connect: (share: number, protocols: number) => Promise<PcscCard>;
}
export interface PcscContext {
  listReaders: () => PcscReader[];
  close: () => void;
}
interface PcscPackage {
  Context: new () => PcscContext;
}

export interface ReaderRow {
  readonly name: string;
  readonly has_card: boolean;
  /** Answer to reset of the card, hexadecimal; null without one. */
  readonly atr: string | null;
}

const PACKAGE = "smartcard";

function loadPackage(): PcscPackage {
  try {
    // By a name that no compiler follows: the package may be missing.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require(PACKAGE) as PcscPackage;
  } catch (error) {
    const is_unbuilt = String(error).includes(".node");
    const what = is_unbuilt ? "is not compiled" : "is not installed";
    const needs = "on Debian with g++, make, python3 and libpcsclite-dev";
    const command = is_unbuilt ? `npm rebuild ${PACKAGE}` : `npm install --no-save ${PACKAGE}@3.7`;
    const advice = `${command} --ignore-scripts=false, ${needs}; or use --image`;
    throw new DeskError("no_smartcard", `no card reader can be used: the npm package ${PACKAGE} ${what} (${advice})`);
  }
}

function words(error: unknown): string {
  return (error as Error).message.split("\n")[0];
}

/** A connection to the service. */
export function openContext(load: () => PcscPackage = loadPackage): PcscContext {
  const { Context } = load();
  try {
    return new Context();
  } catch (error) {
    throw new DeskError(
      "reader",
      `no card reader can be used: ${words(error)} (start pcscd, Debian: apt install pcscd)`,
    );
  }
}

function readersOf(context: PcscContext): PcscReader[] {
  try {
    return context.listReaders();
  } catch (error) {
    // pcsc-lite says so when there is none; that is a list without entries.
    if (/no readers|cannot find a smart card reader/i.test(words(error))) return [];
    throw new DeskError("reader", `the card readers cannot be listed: ${words(error)} (is pcscd running?)`);
  }
}

/** The readers of this machine. */
export function listReaders(context: PcscContext): ReaderRow[] {
  return readersOf(context).map(({ name, state, atr }) => {
    const has_card = (state & STATE_PRESENT) !== 0;
    return { name, has_card, atr: has_card && atr !== null ? atr.toString("hex") : null };
  });
}

/** The reader with the card: the one that is named, or the only one that has a card. */
function choose(readers: PcscReader[], name: string | undefined): PcscReader | undefined {
  const named = name === undefined ? readers : readers.filter((reader) => reader.name.includes(name));
  if (name !== undefined && named.length === 0) {
    const there = readers.map((reader) => `"${reader.name}"`).join(", ");
    const advice = there === "" ? "none is connected" : `there are ${there}`;
    throw new DeskError("reader", `no card reader is called "${name}" (${advice})`);
  }
  const with_card = named.filter(({ state }) => (state & STATE_PRESENT) !== 0);
  if (with_card.length > 1) {
    const there = with_card.map((reader) => `"${reader.name}"`).join(", ");
    throw new DeskError(
      "reader",
      `there are cards in ${with_card.length} readers: ${there} (choose one with --reader)`,
    );
  }
  return with_card.at(0);
}

function transportOf(context: PcscContext, card: PcscCard): CardTransport {
  return {
    transmit: async (apdu) => {
      try {
        return [...(await card.transmit(Buffer.from(apdu)))];
      } catch {
        // Whatever the reader says: the card has not answered.
        return [];
      }
    },
    close: () => {
      try {
        card.disconnect(UNPOWER_CARD);
      } catch {
        // It has left already.
      }
      context.close();
      return Promise.resolve();
    },
  };
}

/** Opens the card on a reader; waits for one so long. */
export async function openReader(
  name: string | undefined,
  wait_ms: number,
  context: PcscContext = openContext(),
): Promise<CardTransport> {
  const give_up_ms = performance.now() + wait_ms;
  try {
    for (;;) {
      const readers = readersOf(context);
      const reader = choose(readers, name);
      if (reader !== undefined) return transportOf(context, await connect(reader));
      if (performance.now() >= give_up_ms) {
        const where = readers.length === 0 ? "no card reader is connected" : "no card is on a reader";
        throw new DeskError("no_card_there", `${where} (curbstop card list-readers shows them)`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } catch (error) {
    context.close();
    throw error;
  }
}

async function connect(reader: PcscReader): Promise<PcscCard> {
  try {
    return await reader.connect(SHARE_EXCLUSIVE, PROTOCOLS);
  } catch (error) {
    const advice = "lift the card and put it down again; no other program may hold it";
    throw new DeskError("reader", `${reader.name}: the card does not answer: ${words(error)} (${advice})`);
  }
}
