/** A line to a BG96 emulator as a board lends it (modem_line.ts), in virtual time, of which the power can go. */
import { dipPower, type Bg96Module } from "../../../sim/hci/bg96_life";
import type { BytePipe } from "../../../sim/pn532/pipe";
import type { Pace } from "../../../tools/provision/modem_file";
import { ACK_BYTES, type ModemLine } from "../../../tools/provision/modem_line";

/** Before the module hears the nth thing that is said to it, behind it, or behind so many bytes of the nth file. */
export type Cut =
  { readonly command: number; readonly at: "before" | "behind" } | { readonly file: number; readonly bytes: number };

export interface VirtualTime {
  now_ms(): number;
  pass(span_ms: number): void;
}

export interface CutLine {
  readonly line: ModemLine;
  readonly pace: Pace;
  /** Things that were said to the module. */
  readonly count: () => number;
}

/** Long enough for what was said to arrive, too short for the module to have answered. */
const ARRIVES_MS = 10;

export function cutLine(module: Bg96Module, pipe: BytePipe, time: VirtualTime, cut?: Cut): CutLine {
  const board = { heard: "", file: "", sent: -1 };
  let [said, files, is_gone] = [0, 0, false];
  const send = (text: string): void => {
    pipe.host.write([...Buffer.from(text, "latin1")]);
  };
  const lose = (): never => {
    if (!is_gone) dipPower(module);
    is_gone = true;
    throw new Error("the power is gone");
  };
  const boots = module.boots;
  const check = (): void => {
    // The power also goes within a file (stops_after); where none goes, who starts the module does it by its key.
    if (is_gone || (cut !== undefined && module.boots !== boots)) lose();
  };
  const say = (text: string): void => {
    check();
    said += 1;
    const is_here = cut !== undefined && "command" in cut && cut.command === said;
    if (is_here && cut.at === "before") lose();
    send(text);
    if (!is_here) return;
    time.pass(ARRIVES_MS);
    lose();
  };
  const upload = (command: string): void => {
    files += 1;
    if (cut !== undefined && "file" in cut && cut.file === files) module.stops_after = cut.bytes;
    Object.assign(board, { heard: "", sent: 0 });
    say(command);
  };
  pipe.host.on_bytes((bytes) => {
    const data = Buffer.from(bytes).toString("latin1");
    board.heard += data;
    const asks = board.sent > 0 ? data.includes("A") : board.sent === 0 && board.heard.includes("CONNECT");
    if (is_gone || !asks || board.sent >= board.file.length) return;
    board.sent += ACK_BYTES;
    send(board.file.slice(board.sent - ACK_BYTES, board.sent));
  });
  /** What throws, rejects. */
  const later = async <Result>(run: () => Result): Promise<Result> => {
    await Promise.resolve();
    return run();
  };
  return {
    line: {
      send: (text) => later(() => (text === "" ? check() : say(text))),
      take: () =>
        later(() => {
          check();
          const { heard } = board;
          board.heard = "";
          return heard;
        }),
      stage: (text) => later(() => void Object.assign(board, { file: text, sent: -1 })),
      upload: (command) => later(() => upload(command)),
      pressPowerKey: () => Promise.resolve(false),
      giveBack: () => Promise.resolve(),
    },
    pace: { now_ms: () => time.now_ms(), pause: (span_ms) => later(() => time.pass(span_ms)) },
    count: () => said,
  };
}
