/**
 * A board without a console on its line, LuatOS: over the bench of its firmware (firmware/bench.ts), which three Ctrl-C
 * open while the case is. The board shows the SHA-256 of the nameplate that it keeps, and never the keys in it.
 */
import { BENCH_PART_BYTES } from "../../firmware/bench";
import type { Board } from "../build/board_schema";
import { booksOf } from "../flash/board_state";
import { askService, FIRMWARE_ANSWERS } from "../flash/console";
import { FlashError } from "../flash/flash_error";
import { printable, type Link } from "../flash/link";
import { BOOT_LIMIT_MS, checkRuns, pause, RESTART_MS, type ProvisionMeans } from "./means";
import { isEarlierDigest, plateDigest, sameBytes } from "./plates";

const ANSWER_LIMIT_MS = 4000;
const TRIES = 3;
/** A board needs some seconds from its power-up to its first answer. */
const FIRST_TRIES = 6;
const FIRST_LIMIT_MS = 1500;
/** A firmware that has just started may have heard the question and not the three Ctrl-C. */
const REFUSED_MAX = 2;
const FIRMWARE = new RegExp(FIRMWARE_ANSWERS);
const SHOWN_MAX = 80;
const OPENING = "\n\x03\x03\x03";

/** The bench's line, one request at a time. */
class Bench {
  private number = 0;

  public constructor(private readonly link: Link) {}

  /** The answer to a request, which is sent again while none comes. Rejects with a FlashError. */
  public async ask(words: string, tries = TRIES, limit_ms = ANSWER_LIMIT_MS): Promise<string> {
    for (let tried = 0; tried < tries; tried++) {
      const answer = await this.tryOnce(words, limit_ms);
      if (answer !== undefined) return answer;
    }
    throw new FlashError(`the board does not answer within ${limit_ms / 1000} s (try again)`);
  }

  /** Opens it; what it says of the board, or undefined when it stays shut. */
  public async open(): Promise<string | undefined> {
    let refused = 0;
    for (let tried = 0; tried < FIRST_TRIES && refused < REFUSED_MAX; tried++) {
      this.link.send(OPENING);
      const answer = await this.tryOnce("who", FIRST_LIMIT_MS);
      if (answer !== undefined) return answer;
      if ((await this.link.waitFor(FIRMWARE, 0)) !== undefined) refused += 1;
    }
    return undefined;
  }

  private async tryOnce(words: string, limit_ms: number): Promise<string | undefined> {
    this.number += 1;
    this.link.send(`\nbench ${this.number} ${words}\n`);
    return (await this.link.waitFor(new RegExp(`bench ${this.number} ([ -~]{1,400})\\r?\\n`), limit_ms))?.[1];
  }
}

function wordOf(answer: string, name: string): string {
  return new RegExp(`(?:^| )${name}=(\\S{1,80})(?: |$)`).exec(answer)?.[1] ?? "";
}

/** Opens the bench; the board's serial number. */
async function openBench(bench: Bench, link: Link, board: Board, port: string): Promise<string> {
  const who = await bench.open();
  if (who === undefined) {
    const identity = await askService(link, "id");
    throw new FlashError(
      identity === undefined
        ? `${port}: no Curbstop firmware answers on this line (is it on, and is this its service line?)`
        : `${port}: the firmware keeps its bench shut (open the case)`,
    );
  }
  const chip = wordOf(who, "chip");
  if (chip === board.chip) return wordOf(who, "serial");
  const found = printable(`${wordOf(who, "system")} on ${chip}`).slice(0, SHOWN_MAX);
  throw new FlashError(`${port}: this is ${found}, not the ${board.chip} of ${board.name} (see --board)`);
}

export async function openBenchBoard(link: Link, board: Board, port: string): Promise<ProvisionMeans> {
  const bench = new Bench(link);
  const serial = await openBench(bench, link, board, port);
  const identity = printable(await bench.ask("identity"));
  checkRuns(identity.startsWith("firmware="), identity, port);

  return {
    serial,
    books: booksOf(identity),
    keepsEarlier: async (plate) => isEarlierDigest(await bench.ask("stored"), plate),
    keeps: async (plate) => sameBytes(await bench.ask("stored"), plateDigest(plate)),
    give: async (plate) => {
      for (let offset = 0; offset < plate.length; offset += BENCH_PART_BYTES) {
        const part = Buffer.from(plate.slice(offset, offset + BENCH_PART_BYTES), "latin1");
        const answer = await bench.ask(`plate ${offset} ${part.toString("hex")}`);
        if (answer !== String(offset + part.length)) return answer;
      }
      return bench.ask("provision", 1, BOOT_LIMIT_MS);
    },
    giveUpBooks: async () => {
      const answer = await bench.ask("newbooks", 1, BOOT_LIMIT_MS);
      if (answer === "ok") {
        await pause(RESTART_MS);
        await openBench(bench, link, board, port);
      }
      return answer;
    },
    restart: async () => {
      await bench.ask("restart");
      await pause(RESTART_MS);
    },
    setClock: async (utc_s) => {
      await openBench(bench, link, board, port);
      return bench.ask(`clock ${utc_s()}`);
    },
    takeBack: async () => {
      await openBench(bench, link, board, port);
      await bench.ask("forget");
    },
  };
}
