/**
 * Air: the telegrams of a live run as a page shows them, taken apart where the meter's key is known. There may be hundreds
 * a second of real time; of those that come together, only the newest are taken apart.
 */
import type { DecodeTelegram } from "./desk";
import type { LiveRun } from "./live_run";
import type { TelegramView } from "./messages";
import type { SentFrame } from "./trace_book";

const AT_ONCE_MAX = 4;
const SHOWN_MAX = 40;

/** The newest of these, oldest first. */
export function telegramsOf(
  run: LiveRun,
  decode: DecodeTelegram | undefined,
  sent: readonly SentFrame[],
  most = AT_ONCE_MAX,
): TelegramView[] {
  const key = [...Buffer.from(run.plan.scenario.meter.radio?.master_key ?? "", "hex")];
  return sent.slice(-most).map(({ t, modem, frame }) => {
    const bytes = [...Buffer.from(frame, "hex")];
    const decoded = decode?.(bytes, key) ?? { fields: [], explanation: "" };
    return { t, modem, frame, ...decoded };
  });
}

/** What a page that has just come is shown. */
export function newestTelegrams(run: LiveRun, decode: DecodeTelegram | undefined): TelegramView[] {
  return telegramsOf(run, decode, run.book.telegramsAfter(0), SHOWN_MAX);
}
