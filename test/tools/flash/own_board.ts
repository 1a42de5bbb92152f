/**
 * A board whose own bundle runs on the stand-in: the Linux interpreter has pins that do nothing and no buses, so its
 * memory is in the chip's flash; and a person at its line.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { parseBoard, readBoard } from "../../../tools/build/board_file";
import type { Board } from "../../../tools/build/board_schema";
import { bundleBoard } from "../../../tools/build/bundle";
import { flashTo, StandIn } from "./stand_in";

/**
 * Storage holds this file first of all, and nothing else ever touches what lies in it: the stand-in has no other flash. It
 * ends behind the books, which begin a sector behind it, and leaves as much as it can to the two slots.
 */
export const BOOKS_FILE_BYTES = 37 * 1024;
const FLASH_ADDRESS = 0x1000_0000;
const CTRL_C = "\x03";
const LOOK_MS = 20;
const ANSWER_MAX_MS = 180_000;
/** While it starts, what is typed may be lost, and a Ctrl-C may ask for another; later, when it restarts. */
const STARTING_MS = 500;
const PATIENCE_MS = 20_000;
const QUIET_MS = 500;

/** The reference board with its memory in the chip's flash, and no buses. */
export function standInBoard(): Board {
  const { $schema: _schema, ...board } = readBoard("espruino-rak5010");
  return parseBoard(
    JSON.stringify({
      ...board,
      interpreter: "LINUX",
      chip: "LINUX",
      pins: { flow: "D1", valve_open: "D2", valve_close: "D3" },
      buses: {},
      nvm: {
        type: "mcu_flash",
        part: "file",
        bus: "internal",
        address: FLASH_ADDRESS + 4096,
        geometry: {
          size_bytes: 32_768,
          sector_bytes: 4096,
          page_bytes: 256,
          word_bytes: 4,
          programs_per_erase: 2,
          erase_limit: 10_000,
        },
        source: "the Linux build of the interpreter",
      },
      parts: { ...board.parts, display: "none", card: "none", radio: "none" },
      // No modem, and tokens in a nameplate, which the reference board without a keypad refuses.
      rooms: ["card", "token"],
    }),
    "espruino-rak5010",
  );
}

/**
 * A person at the stand-in's line. What the interpreter did not hear while it started is typed again soon; once it has
 * answered, it is given its time, for the answer to what was typed twice would be taken for the next line's.
 */
export class Line {
  private text = "";
  private has_answered = false;

  private constructor(
    private readonly number: number,
    private socket: Socket,
  ) {
    socket.on("data", (data) => (this.text += data.toString("latin1")));
  }

  static async open(port: string): Promise<Line> {
    const number = Number(port.split(":").pop());
    return new Line(number, await connected(number));
  }

  async say(line: string, wanted: RegExp): Promise<string> {
    const end_ms = performance.now() + ANSWER_MAX_MS;
    const is_awaited = !line.startsWith(CTRL_C);
    let stuck_ms = performance.now() + 2 * PATIENCE_MS;
    for (let typed = 1; performance.now() < end_ms; typed++) {
      if (this.socket.closed || performance.now() > stuck_ms) {
        await this.reconnect();
        stuck_ms = performance.now() + PATIENCE_MS;
      }
      this.text = "";
      this.socket.write(line);
      const found = await this.heard(wanted, is_awaited && this.has_answered ? PATIENCE_MS : STARTING_MS);
      if (this.text !== "") stuck_ms = performance.now() + PATIENCE_MS;
      if (found === undefined) continue;
      this.has_answered = true;
      if (typed > 1) await this.quiet();
      return found;
    }
    throw new Error(`no ${String(wanted)} after ${JSON.stringify(line)} but ${JSON.stringify(this.text.slice(-300))}`);
  }

  close(): void {
    this.socket.destroy();
  }

  /** What is wanted, when it comes within this time; nothing comes any more from an interpreter that has ended. */
  private async heard(wanted: RegExp, limit_ms: number): Promise<string | undefined> {
    const end_ms = performance.now() + limit_ms;
    while (!wanted.test(this.text)) {
      if (performance.now() > end_ms || this.socket.closed) return undefined;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    // The rest of its line is on its way.
    await new Promise((resolve) => setTimeout(resolve, 2 * LOOK_MS));
    return wanted.exec(this.text)?.[0];
  }

  /** Until the answers to what was typed more than once are over. */
  private async quiet(): Promise<void> {
    for (let before = -1; before !== this.text.length;) {
      before = this.text.length;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
  }

  /**
   * Powers up anew: the interpreter for Linux crashes now and then (stand_in.ts), and it says nothing any more when its
   * debugger, for a Ctrl-C from before, begins in a loop behind the firmware's having taken the console (jsiDebuggerLoop).
   */
  private async reconnect(): Promise<void> {
    this.socket.destroy();
    this.socket = await connected(this.number);
    this.socket.on("data", (data) => (this.text += data.toString("latin1")));
    this.has_answered = false;
  }
}

async function connected(number: number): Promise<Socket> {
  const socket = connect(number, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** A stand-in's flash gets the file in which the books lie. */
export async function makeRoomForBooks(board: StandIn): Promise<void> {
  const line = await Line.open(board.port);
  const write = `require("Storage").write("books","\\xFF\\xFF\\xFF\\xFF",0,${BOOKS_FILE_BYTES})`;
  await line.say(`\x10print("<"+${write}+">")\n`, /<true>/);
  line.close();
  await board.powerDown();
}

let bundle: Promise<string> | undefined;

/** The bundle of the stand-in's board, made once. */
export function ownBundle(): Promise<string> {
  bundle ??= bundleBoard(standInBoard()).then(({ code }) => code);
  return bundle;
}

/** A stand-in with its own firmware on it, which is nobody's; powered down. */
export async function flashedStandIn(): Promise<StandIn> {
  return flashedAs(standInBoard(), await ownBundle());
}

/** The file of `npm test` (test/run.js) that keeps what flashing this has made, if this is a part of such a run. */
function keptFlash(described: Board, code: string): string | undefined {
  const folder = process.env["CURBSTOP_RUN_FOLDER"];
  if (folder === undefined) return undefined;
  const hash = createHash("sha256").update(JSON.stringify(described)).update(code);
  return path.join(folder, `${hash.digest("hex")}.flash`);
}

/**
 * The same with a firmware for this description of it. What flashes is tested elsewhere: within a run of all tests, what
 * the first flashing has made is copied for who wants the same.
 */
export async function flashedAs(described: Board, code: string): Promise<StandIn> {
  const board = await StandIn.start();
  const flash = path.join(board.folder, "espruino.flash");
  const kept = keptFlash(described, code);
  try {
    if (kept !== undefined && fs.existsSync(kept)) {
      fs.copyFileSync(kept, flash);
      return board;
    }
    await makeRoomForBooks(board);
    await flashTo(board.port, code, { board: described });
    await board.powerDown();
    if (kept !== undefined) {
      const draft = `${kept}.${process.pid}`;
      fs.copyFileSync(flash, draft);
      fs.renameSync(draft, kept);
    }
    return board;
  } catch (error) {
    await board.stop();
    throw error;
  }
}
