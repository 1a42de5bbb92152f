/**
 * The clock of a meter, set from this machine's when it is provisioned. It goes by the console or the bench, which the meter
 * gives only to who has opened its case: the service port without a key changes nothing, and the time decides prices.
 *
 * This machine's clock is believed when it is within the years that a meter can be made in, and not before the newest
 * of the records of what was given (given.ts): a laptop whose cell is empty begins in the past. Whether it is right,
 * nobody here can know; so the certificate says what was set. And where the wrong clock was that of the newest record, a
 * person says so once: the next record is the newest then.
 */
import type { Board } from "../build/board_schema";
import { partOn } from "../build/parts";
import { FlashError } from "../flash/flash_error";
import type { Link } from "../flash/link";
import { SELF_TEST, recordOf } from "../service/answers";
import { answerTo } from "../service/collect";
import { ServiceLine } from "../service/service_line";
import { faultText, type ProvisionMeans } from "./means";
import { ProvisionError } from "./provision_error";

/** 2026-01-01, before which there was no such meter, and the end of 2099. */
const EARLIEST_UTC_S = 1_767_225_600;
const LATEST_UTC_S = 4_102_444_799;
/** Two desks' clocks may differ by so much. */
const DESKS_APART_MAX_S = 300;

/** "set" from this machine's, "kept" as the meter had it, "cannot": its firmware cannot be told. */
export type ClockOutcome = "set" | "kept" | "cannot";

/**
 * Refuses a clock that cannot be right; `newest` is the time of the newest record, "" without one, and `vouched` that a
 * person says that it was that record's clock which was wrong.
 */
export function checkOwnClock(now: Date, newest: string, vouched: boolean): void {
  const now_s = Math.floor(now.getTime() / 1000);
  const says = `this machine's clock says ${now.toISOString().slice(0, 16)}Z`;
  const remedy = "(set it: the meters get their time from it)";
  if (now_s < EARLIEST_UTC_S || now_s > LATEST_UTC_S) throw new ProvisionError(`${says}, which cannot be ${remedy}`);
  if (vouched || newest === "" || now_s + DESKS_APART_MAX_S >= Date.parse(newest) / 1000) return;
  throw new ProvisionError(
    `${says}, and the newest record is of ${newest.slice(0, 16)}Z (set it: the meters get their time from it; where it is ` +
      "right, and that record's was not, say --clock-is-right once)",
  );
}

/** Whether the meter's clock is set. */
async function isSet(link: Link): Promise<boolean> {
  return recordOf(await answerTo(new ServiceLine(link), "selftest"), SELF_TEST).utc_s !== 0;
}

/** Sets the clock, unless it is set and to be kept; the line is the firmware's before and after. */
export async function giveTime(
  means: ProvisionMeans,
  link: Link,
  port: string,
  keeps: boolean,
  now: () => Date,
): Promise<ClockOutcome> {
  if (keeps && (await isSet(link))) return "kept";
  const answer = await means.setClock(() => Math.floor(now().getTime() / 1000));
  if (answer === "none") return "cannot";
  await new ServiceLine(link).identify(port);
  if (answer !== "ok") throw new FlashError(`${port}: the board does not take the time: ${faultText(answer)}`);
  return "set";
}

/** What the certificate says of it; `utc_s` is what the meter says now, 0 while its clock is not set. */
export function clockWords(outcome: ClockOutcome, board: Board, utc_s: number, now_s: number): string {
  const off = utc_s === 0 ? "not set" : `${Math.abs(utc_s - now_s)} s from this machine's`;
  if (outcome === "cannot") return `${off}; its firmware cannot be told the time (a card or a radio message sets it)`;
  if (outcome === "kept") return `${off}, as it was`;
  const lost =
    partOn(board, "clock") === undefined ? "; lost with the power, until a card or a radio message sets it" : "";
  return `set from this machine's clock, ${off}${lost}`;
}
