/**
 * What `curbstop card block` does: a card that was lost is not used any more. It needs neither the card nor a key.
 */
import { blockCard, hotList } from "../card/blocking";
import { cardJson } from "../card/receipts";
import { withRecords } from "../card/records";
import type { CardNote } from "../card/accounts";
import type { Context } from "../context";
import { table } from "../output";
import { recordsFile, type RecordsOptions } from "./card_session";
import { printJson } from "./keys_session";

export interface CardBlockOptions extends RecordsOptions {
  card?: number;
  uid?: string;
  meter?: string;
  reason: string;
}

function listText(cards: readonly CardNote[]): string {
  const rows = cards.map(({ region, card, generation, uid, blocked }) => {
    return [region, String(card), String(generation), uid, blocked?.at ?? "", blocked?.reason ?? ""];
  });
  return table([["region", "card", "generation", "UID", "blocked", "reason"], ...rows]);
}

export async function cardBlock(options: CardBlockOptions, context: Context): Promise<void> {
  const { region, card, uid, meter, reason } = options;
  await withRecords(recordsFile(options), (records) => {
    const blocked = blockCard(records, { region, card, uid, meter }, reason, new Date());
    const list = hotList(records).filter((one) => one.region === blocked.card.region);
    if (options.json === true) {
      const row = (one: CardNote): object => ({ region: one.region, meter: one.meter, ...cardJson(one) });
      const { is_new } = blocked;
      printJson({ did: "blocked", is_new, card: row(blocked.card), hot_list: list.map(row) }, context);
    } else {
      const what = blocked.is_new ? "blocked" : "was blocked already";
      context.output.out(`card ${blocked.card.card} of meter ${blocked.card.meter} ${what}; the hot list carries\n`);
      context.output.out(listText(list));
    }
    return Promise.resolve();
  });
}
