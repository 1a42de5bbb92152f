/**
 * Blocking: a card that was lost, or is in the wrong hands, is not used any more at this desk; and standpipes learn of
 * it by the hot list. A household's meter needs no list: it refuses older generations, and vouchers are for one meter.
 */
import type { CardNote } from "./accounts";
import { timeText } from "./desk";
import { DeskError } from "./desk_error";
import { REASON_MAX } from "./entries";
import type { DeskRecords } from "./records";

export interface CardChoice {
  readonly region: string | undefined;
  readonly card: number | undefined;
  readonly uid: string | undefined;
  readonly meter: string | undefined;
}

/** The one card that is meant; by its meter, the one in use. */
function chosen({ accounts }: DeskRecords, { region, card, uid, meter }: CardChoice): CardNote {
  if ([card, uid, meter].filter((given) => given !== undefined).length !== 1) {
    throw new DeskError("bad_argument", "one card is blocked at a time (give one of --card, --uid, --meter)");
  }
  const in_use = [...accounts.meters.values()]
    .filter((account) => account.meter === meter)
    .map((account) => account.uid);
  const found = [...accounts.cards.values()].filter(
    (one) =>
      (region === undefined || one.region === region) &&
      (one.card === card || one.uid === uid || (meter !== undefined && in_use.includes(one.uid))),
  );
  if (found.length === 1) return found[0];
  const what =
    card !== undefined ? `card ${card}` : uid !== undefined ? `UID ${uid}` : `meter ${meter ?? ""} with a card`;
  if (found.length === 0) {
    throw new DeskError(
      "not_in_records",
      `nothing blocked: these records do not know ${what} (make sure of --records)`,
    );
  }
  throw new DeskError("bad_argument", `nothing blocked: ${what} is there in several regions (give --region)`);
}

/** Blocks a card, if it is not yet; what is known of it then, and whether it is new. */
export function blockCard(
  records: DeskRecords,
  choice: CardChoice,
  reason: string,
  now: Date,
): { card: CardNote; is_new: boolean } {
  if (reason.length < 1 || reason.length > REASON_MAX) {
    throw new DeskError("bad_argument", `a reason has 1 to ${REASON_MAX} characters (shorten --reason)`);
  }
  const card = chosen(records, choice);
  if (card.blocked !== undefined) return { card, is_new: false };
  const { region, meter, uid, generation } = card;
  records.append({
    ...{ at: timeText(now), region, kind: "blocked", meter, uid, card: card.card, generation, reason },
  });
  return { card, is_new: true };
}

/** What the hot list will carry. */
export function hotList({ accounts }: DeskRecords): CardNote[] {
  return [...accounts.cards.values()].filter(({ blocked }) => blocked !== undefined);
}
