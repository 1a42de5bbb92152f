/**
 * Judge: what must hold of a meter and its card whatever was pulled and cut, by name; plain comparisons with what the
 * session's model says (sessions.ts).
 *
 *   boots                     the meter boots, its journal mounts, and it can store
 *   whole_or_not_at_all       it stands where it stood before the session, or after it, and nowhere between
 *   told_is_kept              once it has beeped well, shown "+", or opened the valve for it, it stands after it
 *   refusal_changes_nothing   a bad beep leaves it where it stood
 *   books_balance             its money adds up
 *   valve_follows             the valve stands where the reasons want it
 *   read_back_whole           the card says what it said before the session, or a whole genuine word of this meter
 *   read_back_not_ahead       the card never tells of what the meter does not know
 *   taken_in_the_end          once the card was presented without a fault, the meter stands after the session,
 *   says_so                   the glass says the right thing,
 *   read_back_agrees          and the card agrees with the meter
 *   kept_in_the_end           and so it stays when the power fails afterwards
 */
import type { DesfireCard } from "../desfire/card";
import { FILE_READ_BACK } from "../../firmware/card/files";
import { sameBytes } from "../../firmware/crypto/cmac";
import type { Meter } from "../../firmware/state";
import { truePosition } from "../twins/valve";
import { fileOf } from "./made_cards";
import type { CardSessionType } from "./sessions";
import type { Stand } from "./stand";
import type { Standing } from "./standing";
import { booksBalance, differences, readBackOn, sameStanding, standingOf, tellsOf } from "./standing";

export interface Fault {
  invariant: string;
  detail: string;
}

/** What a session begins with. */
export interface Begun {
  type: CardSessionType;
  /** The content of the card's read-back. */
  read_back: string;
}

/** Whether the session changes where the meter stands. */
export function changes(type: CardSessionType): boolean {
  return !sameStanding(type.before, type.after);
}

function fault(invariant: string, detail: string): Fault {
  return { invariant, detail };
}

function judgeReadBack(begun: Begun, card: DesfireCard, standing: Standing): Fault | undefined {
  const { type } = begun;
  if (fileOf(card, FILE_READ_BACK).content === begun.read_back) return undefined;
  const said = readBackOn(card);
  if (said === "false" || said === "none") return fault("read_back_whole", said);
  if (!sameBytes(said.uid, card.uid)) return fault("read_back_whole", "of another card");
  if (tellsOf(said, standing)) return undefined;
  if (tellsOf(said, type.after)) return fault("read_back_not_ahead", differences(standing, type.after));
  return tellsOf(said, type.before) ? undefined : fault("read_back_whole", JSON.stringify(said));
}

/** Money and place of a meter, started or only mounted. */
export function judgeStanding(begun: Begun, meter: Meter | undefined, told: boolean): Fault | undefined {
  const { type } = begun;
  if (meter === undefined) return fault("boots", "refused");
  if (meter.keeper.storage !== "ok") return fault("boots", meter.keeper.storage);
  const standing = standingOf(meter);
  const is_after = sameStanding(standing, type.after);
  if (!is_after && !sameStanding(standing, type.before)) {
    return fault(
      "whole_or_not_at_all",
      `before: ${differences(standing, type.before)}; after: ${differences(standing, type.after)}`,
    );
  }
  if (told && !is_after) return fault("told_is_kept", differences(standing, type.after));
  return booksBalance(meter) ? undefined : fault("books_balance", JSON.stringify(meter.account));
}

/** A meter that runs, between presentations of its card. */
export function judgeBetween(begun: Begun, stand: Stand, card: DesfireCard, told: boolean): Fault | undefined {
  const { type } = begun;
  const found = judgeStanding(begun, stand.meter, told);
  if (found !== undefined || stand.meter === undefined) return found;
  const standing = standingOf(stand.meter);
  const open = sameStanding(standing, type.after) ? type.open_after : type.open_before;
  const position = truePosition(stand.dock.valve);
  if (position !== (open ? "open" : "closed")) return fault("valve_follows", position);
  return judgeReadBack(begun, card, standing);
}

/** A presentation of the card is over. `standing`: before it. */
export function judgeBeeps(stand: Stand, standing: Standing | undefined): Fault | undefined {
  if (standing === undefined || stand.meter === undefined || stand.beeps.includes("good")) return undefined;
  const now = standingOf(stand.meter);
  if (!stand.beeps.includes("bad") || sameStanding(now, standing)) return undefined;
  return fault("refusal_changes_nothing", differences(now, standing));
}

/** The card has been presented without a fault. `was_after`: the meter stood after the session before that. */
export function judgeEnd(
  begun: Begun,
  stand: Stand,
  card: DesfireCard,
  was_after: boolean,
  said: string,
): Fault | undefined {
  const { type } = begun;
  const found = judgeBetween(begun, stand, card, false);
  if (found !== undefined || stand.meter === undefined) return found;
  const standing = standingOf(stand.meter);
  if (!sameStanding(standing, type.after)) return fault("taken_in_the_end", differences(standing, type.after));
  const expected = was_after && changes(type) ? type.says_again : [type.says];
  if (!expected.includes(said)) return fault("says_so", `${said} (${expected.join(", ")})`);
  if (type.reads_back || fileOf(card, FILE_READ_BACK).content !== begun.read_back) {
    const read = readBackOn(card);
    if (read === "none" || read === "false" || !tellsOf(read, type.after)) {
      return fault("read_back_agrees", JSON.stringify(read));
    }
  }
  return undefined;
}
