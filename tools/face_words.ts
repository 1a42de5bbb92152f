/**
 * Words beside the meter face: what the firmware logs, and the time on its clock, for someone who watches.
 */
import type { LoggedEvent } from "../sim/serve/messages";
import { centsText } from "./money";

/** What an event means: its code, and its money or litres. */
export function eventWords({ code, value }: Pick<LoggedEvent, "code" | "value">): string {
  const words = code.replaceAll("_", " ");
  const money = /credit|supply|emergency|commissioned/.test(code);
  const litres = /^valve_(opened|shut)$/.test(code);
  const detail = money ? ` ${centsText(value)}` : litres ? ` at ${value} l` : "";
  return `${words}${detail}`;
}

/** Local date and time, "Mon 4 Mar 07:30", of local seconds as if they were UTC. */
export function localText(local_s: number): string {
  const words = new Date(local_s * 1000).toUTCString().split(" ");
  return `${words[0].slice(0, 3)} ${Number(words[1])} ${words[2]} ${words[4].slice(0, 5)}`;
}
