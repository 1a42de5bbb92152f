/**
 * A board whose own bundle runs on the stand-in: the Linux interpreter has pins that do nothing and no buses, so its
 * memory is in the chip's flash; and a person at its line.
 */
import { connect, type Socket } from "node:net";
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

/** One power-up of the stand-in, with a person at its line. */
export class Line {
  private text = "";

  private constructor(private readonly socket: Socket) {
    socket.on("data", (data) => (this.text += data.toString("latin1")));
  }

  static async open(port: string): Promise<Line> {
    const number = Number(port.split(":").pop());
    const socket = connect(number, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    return new Line(socket);
  }

  async say(line: string, wanted: RegExp): Promise<string> {
    for (let tries = 0; tries < 60; tries++) {
      this.text = "";
      this.socket.write(line);
      await new Promise((resolve) => setTimeout(resolve, 250));
      const found = wanted.exec(this.text);
      if (found !== null) return found[0];
    }
    throw new Error(`no ${String(wanted)} after ${JSON.stringify(line)} but ${JSON.stringify(this.text.slice(-300))}`);
  }

  close(): void {
    this.socket.destroy();
  }
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

/** The same with a firmware for this description of it. */
export async function flashedAs(described: Board, code: string): Promise<StandIn> {
  const board = await StandIn.start();
  await makeRoomForBooks(board);
  await flashTo(board.port, code, { board: described });
  await board.powerDown();
  return board;
}
