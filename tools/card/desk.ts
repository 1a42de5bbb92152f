/**
 * The desk at work: a card in the reader, the keys, the records, and how they are brought together.
 *
 * What a card says is believed in this order: its header is only a hint; its UID counts once the card has proved that
 * it knows its key; a voucher or read-back counts when its signature is good. Whose card it is stands in the records
 * alone.
 */
import { KEY_DESK } from "../../firmware/card/files";
import type { Header } from "../../firmware/card/files";
import { hex } from "../hex";
import type { KeyRing } from "../keys/ring";
import type { Account, CardNote } from "./accounts";
import { findAccount } from "./accounts";
import { DeskError } from "./desk_error";
import { userMasters } from "./desk_keys";
import type { Entry } from "./entries";
import { openCard, readHeaderOn, readUid } from "./layout";
import type { CardLink } from "./link";
import { CardError } from "./link";
import type { DeskRecords } from "./records";

export interface Desk {
  readonly link: CardLink;
  readonly ring: KeyRing;
  readonly records: DeskRecords;
  readonly region: string;
  readonly now: () => Date;
  readonly progress: (step: string) => void;
}

/** A card of this region that has proved itself, open under the desk's key. */
export interface OpenCard {
  readonly uid: number[];
  readonly header: Header;
  /** Undefined when these records do not know it. */
  readonly note: CardNote | undefined;
}

export function uidText(uid: readonly number[]): string {
  return hex(uid).toLowerCase();
}

/** Time of an entry or a receipt, to the second. */
export function timeText(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

/** How a card is called in a message. */
export function cardName({ card, generation, uid }: { card: number; generation: number; uid: string }): string {
  return `card ${card}, generation ${generation}, UID ${uid}`;
}

type WithoutPlace<One extends Entry> = One extends Entry ? Omit<One, "at" | "region"> : never;

/** Writes an entry down. */
export function record(desk: Desk, entry: WithoutPlace<Entry>): void {
  desk.records.append({ at: timeText(desk.now()), region: desk.region, ...entry });
}

export function accountOf(desk: Desk, meter: string): Account | undefined {
  return findAccount(desk.records.accounts, desk.region, meter);
}

/** Refuses a card of another region, and one that is none of the utility's. */
function assertHeader(desk: Desk, header: Header | undefined): Header {
  if (header === undefined) {
    const advice = "curbstop card issue makes an empty card one of a meter";
    throw new DeskError("not_ours", `card refused: it is empty, or of another issuer (${advice})`);
  }
  if (header.region !== desk.region) {
    const advice = `ask the seller for a card of region ${desk.region}`;
    throw new DeskError(
      "foreign_region",
      `card refused: it belongs to region ${header.region}, this desk to ${desk.region} (${advice})`,
    );
  }
  return header;
}

/** Revisions of the card key under which a card may be: the one that is known, or all, the newest first. */
function revisionsFor(desk: Desk, note: CardNote | undefined): number[] {
  const account = note?.type === "user" ? accountOf(desk, note.meter) : undefined;
  if (account !== undefined) return [account.card_revision];
  const all = desk.ring.revisions(desk.region, "card").map(({ revision }) => revision);
  return all.reverse();
}

/** Opens a card under the desk's key. */
export async function openOurs(desk: Desk): Promise<OpenCard> {
  desk.progress("reading the card");
  const uid = await readUid(desk.link);
  const header = assertHeader(desk, await readHeaderOn(desk.link));
  const note = desk.records.accounts.cards.get(uidText(uid));
  desk.progress("proving the card");
  for (const revision of revisionsFor(desk, note)) {
    try {
      await openCard(desk.link, userMasters(desk.ring, desk.region, revision), uid, desk.region, KEY_DESK);
      return { uid, header, note };
    } catch (error) {
      if (!(error instanceof CardError) || error.reason !== "wrong_key") throw error;
    }
  }
  const why = "its keys are not those of this desk's store";
  throw new DeskError("not_ours", `card refused: ${why} (make sure that --store is the one it was made with)`);
}

/** The meter's account that a user card in the reader belongs to; refuses one that must not be used. */
export function assertInUse(desk: Desk, { uid, header, note }: OpenCard): Account {
  if (header.type !== "user") {
    const advice = "put the household's card on the reader";
    throw new DeskError("other_type", `card refused: it is a ${header.type} card, not a user card (${advice})`);
  }
  const account = note === undefined ? undefined : accountOf(desk, note.meter);
  if (note === undefined || account === undefined) {
    const advice = "bring the records of the desk that issued it: --records";
    throw new DeskError("not_in_records", `card refused: these records do not know UID ${uidText(uid)} (${advice})`);
  }
  if (note.blocked !== undefined) {
    const { at, reason } = note.blocked;
    const advice = account.uid === note.uid ? "curbstop card replace gives the meter a new one" : "use the newer card";
    throw new DeskError(
      "blocked_card",
      `card refused: ${cardName(note)} is blocked since ${at}: ${reason} (${advice})`,
    );
  }
  if (account.uid !== note.uid) {
    throw new DeskError("not_current", `card refused: meter ${account.meter} has a newer one (use the newer card)`);
  }
  if (account.open?.kind === "card_begun") {
    const again = account.open.voucher === undefined ? "issue" : "replace";
    const advice = `curbstop card ${again} --meter ${account.meter} finishes it`;
    throw new DeskError("half_made", `card refused: its making was not finished (${advice})`);
  }
  return account;
}

/** The card holds what the records say and its receipt is out: the way is free for the next. */
export function finish(desk: Desk, account: Account): void {
  if (account.open !== undefined) record(desk, { kind: "finished", meter: account.meter });
}
