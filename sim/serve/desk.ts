/**
 * The utility beside the meter, as a session needs it: a desk that sells on cards and as tokens, signs tariffs, and reads
 * telegrams. It is what `curbstop card`, `token`, `tariff` and `radio` are made of, so `tools/sim_desk` makes it and hands
 * it in: the simulator imports nothing from there.
 *
 * Its keys are the simulator's own, drawn for one session. A desk under the keys of a utility is not offered here: what it
 * sells is worth money at a real meter, and a tariff that it signs is good for a whole region.
 */
import type { Tray } from "./tray";

/** What a meter under the desk's keys is set to; each key is of this one meter, but the public one. Hexadecimal. */
export interface MeterKeys {
  /** A number with a good check digit: a desk derives keys for no other. */
  readonly meter_number: string;
  readonly transport_key: string;
  readonly token_key: string;
  readonly radio_master_key: string;
  /** Public: signed messages are verified with it. */
  readonly region_key: string;
}

export interface SoldCard {
  readonly receipt: string;
  /** The card as the desk hands it back. */
  readonly image: readonly number[];
  /** All that was ever sold to the meter. */
  readonly sold_milli: number;
}

export const TOKEN_USES = ["money", "lend_money", "limit", "clear_tamper", "clear_credit"] as const;
export type SoldUse = (typeof TOKEN_USES)[number];

export interface TokenOrder {
  readonly use: SoldUse;
  /** Milli-units, or litres an hour for a limit; 0 for the rest. */
  readonly amount: number;
  readonly reason: string;
}

export interface SoldToken {
  readonly receipt: string;
  /** Twenty digits. */
  readonly digits: string;
}

/**
 * How a tariff is signed: as it should be, or wrong in one way. forged: the signature is one of another standing charge; old: it has
 * the version that is in force; foreign: it is for another region.
 */
export const MANNERS = ["good", "forged", "old", "foreign"] as const;
export type Manner = (typeof MANNERS)[number];

export interface TariffOrder {
  readonly manner: Manner;
  readonly version: number;
  /** 0: at once. */
  readonly start_utc_s: number;
  readonly standing_milli: number;
  /** The last one has no limit. */
  readonly blocks: readonly { readonly up_to_l: number | null; readonly price_milli: number }[];
}

export interface SignedTariff {
  /** By which `follow` names it. */
  readonly push: number;
  /** What it says, line by line. */
  readonly words: string;
  /** The message with its signature, in hexadecimal. */
  readonly message: string;
}

export type PushProgress = "heard" | "delivered" | "active" | "refused";

export interface PushNews {
  readonly push: number;
  readonly state: PushProgress;
  /** Why it is refused, as the meter names it; "" otherwise. */
  readonly reason: string;
}

export interface Desk {
  readonly keys: MeterKeys;
  /** The cards that lie beside the meter at first, made by this desk. */
  readonly tray: Tray;
  /** Name of the household's card among them, as it was written last. */
  readonly household: string;
  /** Forgets what was sold and pushed since the tray was made: for a meter that begins anew. */
  reset(): void;
  /** Sells onto the household's card; throws an error of one line when it does not. */
  sellCard(image: readonly number[], amount_milli: number, utc_s: number): Promise<SoldCard>;
  issueToken(order: TokenOrder, utc_s: number): Promise<SoldToken>;
  signTariff(order: TariffOrder, utc_s: number): SignedTariff;
  /** What a telegram of the meter says of some of the tariffs that were pushed. */
  follow(frame: readonly number[], utc_s: number, pushes: readonly number[]): PushNews[];
}

/** A telegram, taken apart. */
export interface DecodedTelegram {
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Layer by layer and record by record; why not, where it cannot be read. */
  readonly explanation: string;
}

/** `key`: the meter's master key. */
export type DecodeTelegram = (frame: readonly number[], key: readonly number[]) => DecodedTelegram;
