/**
 * One command at a time to the PN532, and its answer (NXP UM0701-02, 6.2.2): command, ACK, answer.
 *
 * Why strict about the order: an answer carries no number, only its command's code. One that was late, or sent twice,
 * would be taken for the next card's answer. The chip sends in order, so an answer counts only behind the ACK of its
 * own command, and a NACK, on which the chip sends its last answer again, goes out only when one has begun to come.
 *
 *   no ACK        the command is sent again, behind bytes that wake the chip, COMMAND_TRIES times in all; but never
 *                 an exchange with the card: it may have got the first one, and would debit twice
 *   answer hurt   NACK, at most NACK_TRIES times; an answer that stops in the middle counts as hurt after GAP_MS
 *   no answer     the host's ACK makes the chip give up (6.2.1.3), and the result is "silent"
 */
import { assert } from "../assert";
import type { Timer } from "../../hal/timer";
import type { ByteLine } from "./byte_line";
import { IN_DATA_EXCHANGE, WAKE_BYTE } from "./pn532_codes";
import type { FrameKind, FrameParser } from "./pn532_frames";
import {
  ackFrame,
  createFrameParser,
  informationFrame,
  isInsideFrame,
  nackFrame,
  resetFrames,
  takeBytes,
  TFI_FROM_CHIP,
  TFI_TO_CHIP,
} from "./pn532_frames";

/** A chip at work acknowledges within a few milliseconds; a UART that is read in turns adds some. */
export const ACK_TIMEOUT_MS = 50;
export const COMMAND_TRIES = 3;
export const NACK_TRIES = 3;
/** Silence inside of a frame: 100 bytes at 115200 baud. */
export const GAP_MS = 10;
/** Within this time an answer comes again after a NACK. */
export const AGAIN_TIMEOUT_MS = 50;
/** Zeros behind the wake byte: 1.2 ms at 115200 baud, in which the chip's oscillator starts. */
const WAKE_ZERO_BYTES = 14;

/** "silent": no ACK, or no answer in time; "refused": the chip calls the command wrong (error frame). */
export type LinkResult = "ok" | "silent" | "refused";
export type LinkDone = (result: LinkResult, answer: number[]) => void;

export interface Link {
  line: ByteLine;
  timer: Timer;
  parser: FrameParser;
  state: "idle" | "ack" | "answer";
  command: number[];
  tries_left: number;
  nacks_left: number;
  /** An answer has begun to come, and something is wrong with it. */
  hurt: boolean;
  /** The answer must be there. */
  limit_at_ms: number;
  done: LinkDone;
}

function finish(link: Link, result: LinkResult, answer: number[]): void {
  link.state = "idle";
  link.done(result, answer);
}

function waitUntil(link: Link, at_ms: number): void {
  link.timer.alarm(Math.min(at_ms, link.limit_at_ms), function () {
    onAlarm(link);
  });
}

/** Puts the bytes that wake the chip on the line; it needs them after power-up and PowerDown, else ignores them. */
export function wakeChip(link: Link): void {
  const bytes = [WAKE_BYTE, WAKE_BYTE];
  for (let count = 0; count < WAKE_ZERO_BYTES; count++) {
    bytes.push(0);
  }
  link.line.write(bytes);
}

function writeCommand(link: Link): void {
  link.tries_left -= 1;
  link.state = "ack";
  resetFrames(link.parser);
  waitUntil(link, link.timer.now_ms() + ACK_TIMEOUT_MS);
  link.line.write(informationFrame(TFI_TO_CHIP, link.command));
}

function giveUp(link: Link): void {
  link.line.write(ackFrame());
  finish(link, "silent", []);
}

/** The answer is hurt, or has stopped; `waitUntil` has let the rest of it go by. */
function askAgain(link: Link, now_ms: number): void {
  link.hurt = false;
  resetFrames(link.parser);
  if (link.nacks_left === 0) {
    waitUntil(link, link.limit_at_ms);
    return;
  }
  link.nacks_left -= 1;
  // What comes now is the answer again or nothing: without it, the NACK itself was lost.
  link.hurt = true;
  waitUntil(link, now_ms + AGAIN_TIMEOUT_MS);
  link.line.write(nackFrame());
}

function onAlarm(link: Link): void {
  const now_ms = link.timer.now_ms();
  if (link.state === "idle") {
    return;
  }
  if (now_ms >= link.limit_at_ms) {
    giveUp(link);
  } else if (link.state === "ack") {
    if (link.tries_left === 0) {
      giveUp(link);
      return;
    }
    wakeChip(link);
    writeCommand(link);
  } else if (link.hurt || isInsideFrame(link.parser)) {
    askAgain(link, now_ms);
  } else {
    waitUntil(link, link.limit_at_ms);
  }
}

function onFrame(link: Link, kind: FrameKind, data: number[]): void {
  if (link.state === "ack") {
    if (kind === "ack") {
      link.state = "answer";
      link.hurt = false;
      waitUntil(link, link.limit_at_ms);
    }
    return;
  }
  if (link.state === "idle") {
    return;
  }
  if (kind === "damaged") {
    link.hurt = true;
    waitUntil(link, link.timer.now_ms() + GAP_MS);
  } else if (kind === "error") {
    finish(link, "refused", []);
  } else if (kind === "data" && data[0] === link.command[0] + 1) {
    finish(link, "ok", data);
  }
}

export function createLink(line: ByteLine, timer: Timer): Link {
  const link: Link = {
    line: line,
    timer: timer,
    parser: createFrameParser(TFI_FROM_CHIP, function (kind, data) {
      onFrame(link, kind, data);
    }),
    state: "idle",
    command: [],
    tries_left: 0,
    nacks_left: 0,
    hurt: false,
    limit_at_ms: 0,
    done: function () {
      return;
    },
  };
  line.on_bytes(function (bytes) {
    takeBytes(link.parser, bytes);
    if (link.state === "answer" && isInsideFrame(link.parser)) {
      waitUntil(link, timer.now_ms() + GAP_MS);
    }
  });
  return link;
}

/**
 * Sends a command. `done` is called once, later, with the answer from its code on; the link is idle then. The timer's
 * alarm is the link's until that.
 */
export function sendCommand(link: Link, command: number[], timeout_ms: number, done: LinkDone): void {
  assert(link.state === "idle", "one command at a time");
  link.command = command;
  link.tries_left = command[0] === IN_DATA_EXCHANGE ? 1 : COMMAND_TRIES;
  link.nacks_left = NACK_TRIES;
  link.hurt = false;
  link.limit_at_ms = link.timer.now_ms() + timeout_ms;
  link.done = done;
  writeCommand(link);
}
