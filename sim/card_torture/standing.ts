/**
 * Standing: what a household and a utility care about in a meter, and what its card says of it. The model of a session
 * says by hand what it is before and after; nothing between the two may ever be found.
 */
import { FILE_READ_BACK } from "../../firmware/card/files";
import type { ReadBack } from "../../firmware/card/read_back";
import { readReadBack } from "../../firmware/card/read_back";
import type { Tariff } from "../../firmware/credit/tariff";
import { cmacKey } from "../../firmware/crypto/cmac";
import type { Meter } from "../../firmware/state";
import type { DesfireCard } from "../desfire/card";
import { MASTERS, VOUCHER_KEY, crypto, fileBytes, fileOf } from "./made_cards";
import { signatureGood } from "../../firmware/card/signature";

export interface Standing {
  commissioned: boolean;
  /** Keys that the meter holds: none, those of its commissioning, or anything else. */
  keys: "none" | "own" | "other";
  utility: number;
  tariff: string;
  pending: string;
  balance_milli: number;
  credited_milli: number;
  debt_milli: number;
  generation: number;
  sequence: number;
  cumulative_milli: number;
  order_sequence: number;
  tamper: boolean;
  remote_lock: boolean;
}

const OWN_KEYS = String.fromCharCode(...VOUCHER_KEY, ...MASTERS.meter);

/** A tariff as a text: what is not whole is not the same. */
export function tariffText(tariff: Tariff | undefined): string {
  if (tariff === undefined) return "";
  const { id, start_utc_s, standing_milli, limits_l, prices_milli } = tariff;
  return [id, start_utc_s, standing_milli, ...limits_l, ...prices_milli].join(" ");
}

export function standingOf(meter: Meter): Standing {
  const { account, reasons } = meter;
  const books = meter.card.books;
  const keys = books.voucher_key + books.card_key;
  return {
    commissioned: !reasons.not_commissioned,
    keys: keys === "" ? "none" : keys === OWN_KEYS ? "own" : "other",
    utility: books.utility,
    tariff: tariffText(account.tariff),
    pending: tariffText(account.pending),
    balance_milli: account.balance_milli,
    credited_milli: account.credited_milli,
    debt_milli: account.debt_milli,
    generation: books.generation,
    sequence: books.sequence,
    cumulative_milli: books.cumulative_milli,
    order_sequence: books.order_sequence,
    tamper: reasons.tamper,
    remote_lock: reasons.remote_lock,
  };
}

export function sameStanding(one: Standing, other: Standing): boolean {
  return (
    one.balance_milli === other.balance_milli &&
    one.sequence === other.sequence &&
    one.cumulative_milli === other.cumulative_milli &&
    one.order_sequence === other.order_sequence &&
    one.generation === other.generation &&
    one.commissioned === other.commissioned &&
    one.keys === other.keys &&
    one.utility === other.utility &&
    one.credited_milli === other.credited_milli &&
    one.debt_milli === other.debt_milli &&
    one.tamper === other.tamper &&
    one.remote_lock === other.remote_lock &&
    one.tariff === other.tariff &&
    one.pending === other.pending
  );
}

/** Fields in which two standings differ, for a report. */
export function differences(found: Standing, wanted: Standing): string {
  const names = Object.keys(wanted) as (keyof Standing)[];
  return names
    .filter((name) => found[name] !== wanted[name])
    .map((name) => `${name}=${found[name]}(${wanted[name]})`)
    .join(" ");
}

/** Whether the meter's money adds up, as firmware/credit/account.ts promises. */
export function booksBalance(meter: Meter): boolean {
  const { balance_milli, charged_milli, credited_milli, debt_milli } = meter.account;
  return balance_milli + charged_milli === credited_milli + debt_milli;
}

/** What a card says that a meter wrote: nothing, something false, or a read-back under a genuine signature. */
export function readBackOn(card: DesfireCard): ReadBack | "none" | "false" {
  if (fileOf(card, FILE_READ_BACK).content.charCodeAt(0) === 0) {
    // A card that no meter has written holds zeros and nothing else.
    return fileBytes(card, FILE_READ_BACK).every((byte) => byte === 0) ? "none" : "false";
  }
  const bytes = fileBytes(card, FILE_READ_BACK);
  const said = readReadBack(bytes);
  if (said === undefined || said === "none") return "false";
  return signatureGood(cmacKey(crypto, VOUCHER_KEY), bytes) ? said : "false";
}

/** Whether a read-back tells of a meter with this standing. */
export function tellsOf(said: ReadBack, standing: Standing): boolean {
  return (
    said.generation === standing.generation &&
    said.sequence === standing.sequence &&
    said.cumulative_milli === standing.cumulative_milli &&
    said.balance_milli === standing.balance_milli &&
    said.debt_milli === standing.debt_milli &&
    String(said.tariff_id) === standing.tariff.split(" ")[0] &&
    // Places in REASON_NAMES: remote lock 1, tamper 2, not commissioned 5.
    (said.reasons & 38) ===
      (standing.remote_lock ? 2 : 0) + (standing.tamper ? 4 : 0) + (standing.commissioned ? 0 : 32)
  );
}
