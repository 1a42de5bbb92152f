/**
 * What a message says, for people line by line and for programs as JSON.
 */
import { NO_LIMIT_L } from "../../firmware/credit/tariff";
import type { Addressed, SignedContent } from "../../firmware/radio/signed_content";
import { leafOf } from "../lms/key";
import { moneyText } from "../money";
import type { MessageFile } from "./message_file";

const DAY_MS = 86_400_000;
/** Levels, leaf: what of a signature is shown before it is verified. */
const LEAF_END = 8;

function clock(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export function startText(start_utc_s: number): string {
  return start_utc_s === 0 ? "at once" : new Date(start_utc_s * 1000).toISOString().replace(".000Z", "Z");
}

export function scopeText({ scope, group, meter }: Addressed): string {
  if (scope === "all") return "all meters of the region";
  return scope === "group" ? `group ${group}` : `meter ${meter}`;
}

function dateText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function lifelineText({ lifeline }: SignedContent): string {
  if (lifeline?.kind === "daily_allowance") return `${lifeline.daily_l} l a day, free`;
  return lifeline?.kind === "flow_limit" ? `open ${lifeline.open_s} s of every ${lifeline.period_s} s` : "none";
}

function tariffRows({ tariff }: SignedContent): string[][] {
  if (tariff === undefined) return [];
  const rows = tariff.prices_milli.map((price_milli, index) => {
    const limit_l = tariff.limits_l[index];
    const upto = limit_l === NO_LIMIT_L ? "beyond" : `up to ${limit_l} l a month`;
    return [index === 0 ? "prices" : "", `${moneyText(price_milli)} per m3, ${upto}`];
  });
  return [["standing charge", `${moneyText(tariff.standing_milli)} a day`], ...rows];
}

/** The leaf that a signature names; undefined without one. */
export function shownLeaf({ signature }: MessageFile): number | undefined {
  return signature.length < LEAF_END ? undefined : leafOf(signature);
}

/** One row a field. */
export function messageRows(message: MessageFile): string[][] {
  const { content } = message;
  const { friendly, holidays, emergency_milli } = content;
  const rows = [
    ["region", `${content.region}, utility ${content.utility}`],
    ["version", String(content.version)],
    ["start", startText(content.start_utc_s)],
    ["for", scopeText(content)],
    ...tariffRows(content),
  ];
  if (friendly !== undefined) {
    const hours = friendly.from_minute === friendly.to_minute;
    const span = hours ? "no hours" : `${clock(friendly.from_minute)} to ${clock(friendly.to_minute)}`;
    rows.push(["friendly hours", `${span}${friendly.weekends ? ", and weekends" : ""}`]);
  }
  if (holidays !== undefined) rows.push(["holidays", holidays.map(dateText).join(", ") || "none"]);
  if (content.lifeline !== undefined) rows.push(["lifeline", lifelineText(content)]);
  if (emergency_milli !== undefined) rows.push(["emergency credit", moneyText(emergency_milli)]);
  const leaf = shownLeaf(message);
  const by = `key ${content.key_revision}`;
  const signature =
    leaf === undefined ? `none yet, for ${by}` : `${message.signature.length} bytes, ${by}, leaf ${leaf}`;
  return [...rows, ["bytes", String(message.signed_bytes.length)], ["signature", signature]];
}

/** The same for programs; undefined fields are left out by JSON. */
export function messageJson(message: MessageFile): object {
  const { content, signed_bytes, signature } = message;
  const { tariff, holidays, friendly, lifeline, emergency_milli } = content;
  return {
    ...{ utility: content.utility, region: content.region, signing_key: content.key_revision },
    ...{ version: content.version, start_utc_s: content.start_utc_s, scope: content.scope },
    ...(content.scope === "group" ? { group: content.group } : {}),
    ...(content.scope === "meter" ? { meter: content.meter } : {}),
    tariff: tariff && {
      standing_milli: tariff.standing_milli,
      blocks: tariff.prices_milli.map((price_milli, index) => {
        const up_to_l = tariff.limits_l[index];
        return up_to_l === NO_LIMIT_L ? { price_milli } : { up_to_l, price_milli };
      }),
    },
    friendly_hours: friendly && {
      from: clock(friendly.from_minute),
      to: clock(friendly.to_minute),
      weekends: friendly.weekends,
    },
    holidays: holidays?.map(dateText),
    lifeline: lifeline && {
      kind: lifeline.kind,
      ...(lifeline.kind === "daily_allowance" ? { daily_l: lifeline.daily_l } : {}),
      ...(lifeline.kind === "flow_limit" ? { open_s: lifeline.open_s, period_s: lifeline.period_s } : {}),
    },
    emergency_milli,
    bytes: signed_bytes.length,
    signature: signature.length === 0 ? undefined : { bytes: signature.length, leaf: shownLeaf(message) },
  };
}
