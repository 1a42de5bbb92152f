/**
 * A card as the servers of readers need it. Whatever changes its memory is saved before the answer goes out, as a real
 * card has written before it answers: what a reader has heard of is in the image.
 */
import type { DesfireCard } from "../desfire/card";
import { fieldLost } from "../desfire/card";
import { respond } from "../desfire/respond";

export interface ServedCard {
  readonly uid: readonly number[];
  /** A whole command in, the whole answer out: at least two bytes. Throws when the card cannot be saved. */
  respond(command: number[]): number[];
  /** The reader has switched its field off. */
  lose_field(): void;
  readonly counts: { commands: number; saves: number };
}

/** A card in a reader. */
export interface CardService {
  /** Settles when the reader has let go of the card, or `stop` was called; fails when the card cannot be saved. */
  readonly ended: Promise<void>;
  /** Takes the card out. */
  stop(): void;
}

export function serveCard(card: DesfireCard, save: () => void): ServedCard {
  const counts = { commands: 0, saves: 0 };
  return {
    uid: card.uid,
    counts,
    respond: (command) => {
      const before = card.changes;
      const answer = respond(card, command);
      counts.commands++;
      if (card.changes !== before) {
        save();
        counts.saves++;
      }
      return answer;
    },
    lose_field: () => fieldLost(card),
  };
}
