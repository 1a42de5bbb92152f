/**
 * Pages: what the eight characters can show, in the order in which the "*" key turns them.
 *
 *   balance, register (litres, last 8 digits), meter number (last 8 digits, then the 6 before), tariff id (last 7
 *   digits), price of the present block per m3, last credit, flow in l/h, info codes, firmware id, metrology version,
 *   metrology checksum
 *
 * Short codes alone lead to this month's litres, and to the last ten credits that were keyed in: the place, 1 to 9 and
 * 0 for the tenth, and the amount. A meter that keeps litres shows m3 in place of money, and says so in place of a price.
 *
 * Where nothing can be stored, "ERR MEM" stands in place of a balance that cannot be vouched for.
 *
 * Annunciators: V valve shut, L low credit, E emergency credit in use, A alarm, T tamper, B battery low.
 */
import { alignRight, creditField, decimal, moneyField, padded } from "../text";
import { flowNow } from "../metrology/flow";
import { CODE_BURST, CODE_DRY, CODE_LEAK, CODE_REVERSE } from "../metrology/info_codes";
import { METROLOGY_CHECKSUM, METROLOGY_VERSION } from "../metrology/identity";
import type { Meter } from "../state";
import { CREDITS_LISTED, creditAt } from "../token/credit_list";
import { FIRMWARE_ID } from "../version";

export const PAGE_BALANCE = 0;
export const PAGE_REGISTER = 1;
const PAGE_TARIFF = 4;
export const PAGE_FLOW = 7;
export const PAGE_FIRMWARE = 9;
export const PAGES = 12;
/** Pages that only short codes lead to: this month's litres; and from here on the last ten credits, newest first. */
export const PAGE_MONTH = 12;
export const PAGE_CREDITS = 13;

const REGISTER_DIGITS = 100000000;
const TARIFF_DIGITS = 10000000;

function meterNumberPage(number: string, upper: boolean): string {
  const end = number.length;
  const middle = end > 8 ? end - 8 : 0;
  if (!upper) {
    return number.substring(middle, end);
  }
  return "n " + number.substring(middle > 6 ? middle - 6 : 0, middle);
}

function infoPage(meter: Meter): string {
  const active = meter.info.active;
  let text = "In ";
  text = text + (active[CODE_DRY] ? "d" : "-");
  text = text + (active[CODE_REVERSE] ? "r" : "-");
  text = text + (active[CODE_LEAK] ? "L" : "-");
  return text + (active[CODE_BURST] ? "b" : "-");
}

function otherPage(meter: Meter, page: number, now_ms: number): string {
  const register = meter.register;
  switch (page) {
    case PAGE_REGISTER:
      return padded(register.volume_l % REGISTER_DIGITS, 8);
    case 2:
      return meterNumberPage(meter.card.books.meter, false);
    case 3:
      return meterNumberPage(meter.card.books.meter, true);
    case PAGE_TARIFF:
      return "t" + alignRight(decimal(meter.account.tariff.id % TARIFF_DIGITS), 7);
    case 5:
      return meter.account.volume ? "P  LITRE" : "P" + moneyField(meter.account.unit_price_milli, 7);
    case 6:
      return "+" + creditField(meter.account.volume, meter.account.last_credit_milli, 7);
    case PAGE_FLOW:
      return "F" + alignRight(decimal(flowNow(meter.flow, now_ms, register)), 7);
    case 8:
      return infoPage(meter);
    case PAGE_FIRMWARE:
      return "Id " + FIRMWARE_ID;
    case 10:
      return "Id " + METROLOGY_VERSION;
    default:
      return METROLOGY_CHECKSUM;
  }
}

function creditPage(meter: Meter, place: number): string {
  const amount = creditAt(meter.tokens.credits, place);
  const text = amount < 0 ? " ------" : creditField(meter.account.volume, amount, 7);
  return decimal((place + 1) % CREDITS_LISTED) + text;
}

/** The text of a page, at most eight characters. */
export function pageText(meter: Meter, page: number, now_ms: number): string {
  if (page === PAGE_BALANCE) {
    if (meter.reasons.storage) {
      return "ERR MEM";
    }
    return creditField(meter.account.volume, meter.account.balance_milli, 8);
  }
  if (page === PAGE_MONTH) {
    return "m" + alignRight(decimal(meter.account.month_l), 7);
  }
  if (page >= PAGE_CREDITS) {
    return creditPage(meter, page - PAGE_CREDITS);
  }
  return otherPage(meter, page, now_ms);
}

/** Whether anything is wrong that someone should look at. */
export function alarmed(meter: Meter): boolean {
  return meter.supervisor.seized || meter.sensor !== "ok" || meter.flow_while_shut || meter.reasons.storage;
}

export function annunciators(meter: Meter): string {
  let text = meter.shut_l >= 0 ? "V" : "";
  text = text + (meter.account.warned ? "L" : "");
  text = text + (meter.account.debt_milli > 0 ? "E" : "");
  text = text + (alarmed(meter) ? "A" : "");
  text = text + (meter.reasons.tamper ? "T" : "");
  return text + (meter.reasons.battery ? "B" : "");
}
