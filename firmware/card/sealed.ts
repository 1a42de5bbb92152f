/**
 * Sealed: a command to a card that has proved itself, inside of its channel (channel.ts), over as many frames as it takes.
 */
import type { CardReader } from "../../hal/card_reader";
import { assert } from "../assert";
import type { CardSession } from "./card_state";
import { answerBrings, openAnswer, sealCommand } from "./channel";
import type { ExchangeResult } from "./desfire";
import { exchangeCommand } from "./desfire";

/** Two bytes of the three that a card takes name the length of any file here. */
const FILE_BYTES_MAX = 65536;

/** A command that reads or writes a file from its start. */
export function fileCommand(code: number, file: number, length: number): number[] {
  assert(length < FILE_BYTES_MAX, "files are small");
  return [code, file, 0, 0, 0, length & 255, Math.floor(length / 256), 0];
}

/**
 * Seals the command where it stands, and sends it. `next` gets the answer; undefined when the card is gone, refuses, or
 * its MAC is not the card's.
 */
export function exchangeSealed(
  reader: CardReader,
  session: CardSession,
  command: number[],
  with_mac: boolean,
  next: (answer: number[] | undefined, exchanged: ExchangeResult) => void,
): void {
  const channel = session.channel;
  if (channel === undefined) {
    next(undefined, "removed");
    return;
  }
  sealCommand(channel, command, with_mac);
  exchangeCommand(reader, command, function (exchanged, _status, answer) {
    next(exchanged === "ok" ? openAnswer(channel, answer) : undefined, exchanged);
  });
}

/** The same for a command whose answer is known: `next` is told whether the card says just these bytes. */
export function exchangeKnown(
  reader: CardReader,
  session: CardSession,
  command: number[],
  expected: number[],
  next: (is_said: boolean) => void,
): void {
  const channel = session.channel;
  if (channel === undefined) {
    next(false);
    return;
  }
  sealCommand(channel, command, false);
  exchangeCommand(reader, command, function (exchanged, _status, answer) {
    next(exchanged === "ok" && answerBrings(channel, expected, answer));
  });
}
