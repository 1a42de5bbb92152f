/**
 * Reading: all that a card says, judged and in words. A read-back counts only with a good signature; what is shown of
 * one without it is shown as such, and remembered nowhere.
 */
import { FILE_ORDER, ORDER_BYTES } from "../../firmware/card/files";
import type { Order } from "../../firmware/card/order";
import { readOrder } from "../../firmware/card/order";
import type { ReadBack, ReadBackEvent } from "../../firmware/card/read_back";
import { VALUE_UNKNOWN } from "../../firmware/card/read_back";
import { CARD_RESULTS } from "../../firmware/card/results";
import type { Voucher } from "../../firmware/card/voucher";
import { CODES } from "../../firmware/metrology/info_codes";
import { REASON_NAMES } from "../../firmware/valve/reasons";
import type { Account } from "./accounts";
import type { Desk, OpenCard } from "./desk";
import { accountOf, openOurs, timeText } from "./desk";
import { readFile } from "./layout";
import { noteReadBack, readReadBackOn, readUserFiles, type Said } from "./voucher_file";

export interface CardReading {
  readonly card: OpenCard;
  /** Of the meter that the card is for, when the records know it. */
  readonly account: Account | undefined;
  readonly voucher: Said<Voucher> | undefined;
  /** On technicians' cards. Its content may hold keys and is never shown. */
  readonly order: Order | undefined;
  readonly read_back: Said<ReadBack> | undefined;
}

/** Litres drawn in a month, by the registers at its ends. */
export interface MonthUsage {
  /** 2026-10 */
  readonly month: string;
  readonly litres: number;
}

/** Reads the card in the reader, and notes what its meter says. */
export async function readCard(desk: Desk): Promise<CardReading> {
  const card = await openOurs(desk);
  const account = card.note === undefined ? undefined : accountOf(desk, card.note.meter);
  if (card.header.type === "user") {
    const { voucher, read_back } = await readUserFiles(desk, card.uid);
    if (account !== undefined) noteReadBack(desk, account, read_back);
    return { card, account, voucher, order: undefined, read_back };
  }
  desk.progress("reading order and read-back");
  const order = readOrder(await readFile(desk.link, FILE_ORDER, ORDER_BYTES));
  const read_back = await readReadBackOn(desk, card.uid);
  if (account !== undefined) noteReadBack(desk, account, read_back);
  return {
    ...{ card, account, voucher: undefined, read_back },
    order: order === "none" ? undefined : order,
  };
}

/** A time of the meter; null when it did not know it. */
export function meterTime(utc_s: number): string | null {
  return utc_s === 0 ? null : timeText(new Date(utc_s * 1000));
}

/** "2026-10" of a month's number: 12 times its year and its number from 1. */
function monthText(number: number): string {
  const month = (number - 1) % 12;
  return `${(number - 1 - month) / 12}-${String(month + 1).padStart(2, "0")}`;
}

/** Usage of the months that have ended, the newest first; of the oldest register only its end is known. */
export function monthUsage({ month, months_l }: ReadBack): MonthUsage[] {
  return months_l.slice(0, -1).map((end_l, age) => ({
    month: monthText(month - age),
    litres: end_l - months_l[age + 1],
  }));
}

/** Litres since the newest month's end; null when none has ended. */
export function runningUsage({ volume_l, months_l }: ReadBack): number | null {
  return months_l.length === 0 ? null : volume_l - months_l[0];
}

/** Names whose bits are set. */
function namesOf(bits: number, names: readonly string[]): string[] {
  return names.filter((_, place) => Math.floor(bits / 2 ** place) % 2 === 1);
}

export function shutReasons({ reasons }: ReadBack): string[] {
  return namesOf(reasons, REASON_NAMES);
}

export function infoCodes({ info }: ReadBack): string[] {
  return namesOf(info, CODES);
}

export function resultName({ result }: ReadBack): string {
  return CARD_RESULTS.at(result) ?? "other";
}

export function eventRow({ code, utc_s, value }: ReadBackEvent): {
  code: string;
  time: string | null;
  value: number | null;
} {
  return { code, time: meterTime(utc_s), value: value === VALUE_UNKNOWN ? null : value };
}
