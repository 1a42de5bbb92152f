/**
 * What `curbstop card list-readers` does: the card readers of this machine, and where a card is.
 */
import { listReaders, openContext } from "../card/pcsc";
import type { Context } from "../context";
import { table } from "../output";
import { printJson } from "./keys_session";

export interface CardListReadersOptions {
  json?: boolean;
}

export function cardListReaders(options: CardListReadersOptions, context: Context): void {
  const pcsc = openContext();
  const readers = listReaders(pcsc);
  pcsc.close();
  if (options.json === true) return printJson({ readers }, context);
  if (readers.length === 0) return context.output.out("no card reader is connected\n");
  const rows = readers.map(({ name, has_card, atr }) => [name, has_card ? "card" : "empty", atr ?? ""]);
  context.output.out(table([["reader", "state", "answer to reset"], ...rows]));
}
