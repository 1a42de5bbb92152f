/**
 * A reading for machines and for people.
 */
import { DEBT_MOST_MILLI, type ReadBack } from "../../firmware/card/read_back";
import { ANY_METER } from "../../firmware/card/order";
import { amountText } from "../money";
import { table } from "../output";
import { cardJson, expiryText, rowsText, type Receipt, type Row } from "./receipts";
import { uidText } from "./desk";
import type { CardReading } from "./reading";
import { eventRow, infoCodes, meterTime, monthUsage, resultName, runningUsage, shutReasons } from "./reading";

function readBackJson(said: ReadBack, is_genuine: boolean): object {
  const { region, meter, generation, sequence, cumulative_milli, volume_l, reverse_l } = said;
  return {
    ...{ is_genuine, region, meter, uid: uidText(said.uid), generation, sequence, cumulative_milli },
    ...{ time: meterTime(said.utc_s), result: resultName(said), volume_l, reverse_l },
    ...{ balance_milli: said.balance_milli, debt_milli: said.debt_milli },
    ...{ shut_by: shutReasons(said), info: infoCodes(said), supply_mv: said.supply_mv, tariff_id: said.tariff_id },
    ...{ month_so_far_l: runningUsage(said), months: monthUsage(said), events: said.events.map(eventRow) },
  };
}

function readingJson(reading: CardReading): object {
  const { card, account, voucher, order, read_back } = reading;
  const { type, region, card: number, generation } = card.header;
  const { note } = card;
  return {
    ...{ did: "read", region, uid: uidText(card.uid) },
    card: note === undefined ? { type, number, generation, uid: uidText(card.uid), blocked: null } : cardJson(note),
    records:
      account === undefined
        ? null
        : {
            ...{ meter: account.meter, utility: account.utility, is_in_use: account.uid === note?.uid },
            ...{ sold_milli: account.paid_milli, sequence: account.voucher?.sequence ?? 0 },
            ...{ open: account.open?.kind ?? null, refund_milli: account.refund?.amount_milli ?? null },
          },
    voucher:
      voucher === undefined
        ? null
        : {
            ...{ is_genuine: voucher.is_genuine, utility: voucher.said.utility, meter: voucher.said.meter },
            ...{ generation: voucher.said.generation, sequence: voucher.said.sequence },
            ...{ cumulative_milli: voucher.said.cumulative_milli, tariff_id: voucher.said.tariff_id },
            ...{ expires: expiryText(voucher.said.expiry_utc_s), point_of_sale: voucher.said.point_of_sale },
          },
    order:
      order === undefined
        ? null
        : { type: order.type, utility: order.utility, meter: order.meter, expires: expiryText(order.expiry_utc_s) },
    read_back: read_back === undefined ? null : readBackJson(read_back.said, read_back.is_genuine),
  };
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "-" : names.join(", ");
}

function cardRows({ card, account, voucher, order }: CardReading): Row[] {
  const { type, region, card: number, generation } = card.header;
  const rows: Row[] = [
    ["card", `${type} card ${number}, generation ${generation}, UID ${uidText(card.uid)}`],
    ["region", region],
  ];
  const blocked = card.note?.blocked;
  if (blocked !== undefined) rows.push(["blocked", `since ${blocked.at}: ${blocked.reason}`]);
  if (account === undefined) rows.push(["records", "do not know this card"]);
  else rows.push(["meter", account.meter], ["sold so far", amountText(account.paid_milli)]);
  if (account?.open !== undefined) rows.push(["not finished", account.open.kind.replace("_", " ")]);
  if (account?.refund !== undefined) rows.push(["refund waits", amountText(account.refund.amount_milli)]);
  if (voucher !== undefined) {
    const { sequence, cumulative_milli } = voucher.said;
    const signed = voucher.is_genuine ? "" : ", WRONG SIGNATURE";
    rows.push(["voucher", `${sequence}, ${amountText(cumulative_milli)} in all${signed}`]);
  } else if (type === "user") rows.push(["voucher", "none"]);
  if (order !== undefined) {
    rows.push(["order", `${order.type}, ${order.meter === ANY_METER ? "any meter" : `meter ${order.meter}`}`]);
  }
  return rows;
}

export function readBackRows(said: ReadBack): Row[] {
  const running_l = runningUsage(said);
  return [
    ["read-back of", `meter ${said.meter}, ${meterTime(said.utc_s) ?? "time not known"}`],
    ["this card was", resultName(said).replaceAll("_", " ")],
    ["taken", `voucher ${said.sequence}, ${amountText(said.cumulative_milli)} in all`],
    ["balance", amountText(said.balance_milli)],
    ["emergency debt", `${amountText(said.debt_milli)}${said.debt_milli === DEBT_MOST_MILLI ? " or more" : ""}`],
    ["register", `${said.volume_l} l, backwards ${said.reverse_l} l`],
    ["month so far", running_l === null ? "-" : `${running_l} l`],
    ["valve shut by", listed(shutReasons(said)).replaceAll("_", " ")],
    ["info codes", listed(infoCodes(said))],
    ["supply", `${said.supply_mv} mV`],
    ["tariff", String(said.tariff_id)],
  ];
}

function listsText(said: ReadBack): string {
  const months = monthUsage(said).map(({ month, litres }) => [month, `${litres} l`]);
  const events = said.events.map(eventRow).map(({ code, time, value }) => {
    return [time ?? "time not known", code.replaceAll("_", " "), value === null ? "" : String(value)];
  });
  return (
    (months.length === 0 ? "" : `\nusage by month\n${table(months)}`) +
    (events.length === 0 ? "" : `\nlast events\n${table(events)}`)
  );
}

export function readingReceipt(reading: CardReading): Receipt {
  const { read_back } = reading;
  const json = readingJson(reading);
  const rows = cardRows(reading);
  if (read_back === undefined) {
    return { json, text: rowsText([...rows, ["read-back", "none: no meter has seen this card"]]) };
  }
  if (!read_back.is_genuine) {
    const why = "NOT GENUINE: its signature is wrong, or it is another card's; nothing of it is believed";
    return { json, text: rowsText([...rows, ["read-back", why]]) };
  }
  return { json, text: rowsText([...rows, ...readBackRows(read_back.said)]) + listsText(read_back.said) };
}
