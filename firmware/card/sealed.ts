/**
 * Sealed: a command to a card that has proved itself, inside of its channel (channel.ts), over as many frames as it takes.
 */
import type { CardReader } from "../../hal/card_reader";
import { lowFirst } from "./bytes";
import type { CardSession } from "./card_state";
import { openAnswer, sealCommand } from "./channel";
import type { ExchangeResult } from "./desfire";
import { exchangeCommand } from "./desfire";

/** A file from its start, as reading and writing commands name it. */
export function fileRange(file: number, length: number): number[] {
  return [file, 0, 0, 0].concat(lowFirst(length, 3));
}

/** `next` gets the answer; undefined when the card is gone, refuses, or its MAC is not the card's. */
export function exchangeSealed(
  reader: CardReader,
  session: CardSession,
  code: number,
  data: number[],
  with_mac: boolean,
  next: (answer: number[] | undefined, exchanged: ExchangeResult) => void,
): void {
  const channel = session.channel;
  if (channel === undefined) {
    next(undefined, "removed");
    return;
  }
  exchangeCommand(reader, code, sealCommand(channel, code, data, with_mac), function (exchanged, _status, answer) {
    next(exchanged === "ok" ? openAnswer(channel, answer) : undefined, exchanged);
  });
}
