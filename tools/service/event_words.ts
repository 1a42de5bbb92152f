/**
 * Event codes in words: what each says, what its value is, and for a fault what to do next. Codes and values are those
 * of firmware/README.md, and a test holds this table to that one.
 *
 * Families share a beginning (`card_`, `token_`, `storage_`): behind it stands the firmware's own name of what came.
 */
import { moneyText } from "../money";

/** What an event's value is. */
export type Unit = "l" | "l_h" | "milli" | "mv" | "s" | "utc_s" | "permille" | "number" | "tamper";

export interface EventWords {
  readonly words: string;
  readonly value: string;
  readonly unit: Unit;
  /** What to do next; only faults have it. */
  readonly next?: string;
}

const REGISTER = ["register", "l"] as const;
const BALANCE = ["balance", "milli"] as const;
const MEMORY = "change the board's memory: read the register and balance off the display first";
const REOPEN = "close the case, then clear it with an inspection card, a token or by radio";
const PIPE = "look for the leak behind the meter; the customer's taps first";

type Row = readonly [code: string, words: string, value: string, unit: Unit, next?: string];

const ROWS: readonly Row[] = [
  ["boot", "started", "boots without an hour between", "number"],
  ["storage_ok", "memory works again", ...REGISTER],
  ["outage_water", "water counted while it had no power", "litres", "l"],
  ["watch_rearmed", "pulse watch set anew", "pulses that nobody was told of", "number"],
  ["engine_memory_high", "working memory nearly full", "in use", "number", "note it, and update the firmware"],
  ["memory_worn", "memory nearly worn", "of its erases used", "permille", MEMORY],
  ["tariff_lost", "a tariff to come was lost", "tariff", "number", "send the tariff again"],
  ["commissioned", "put into service", "opening credit", "milli"],
  ["commission_refused", "not put into service", "opening credit", "milli", "look at the commissioning card"],
  ["credit_accepted", "credit taken", "amount", "milli"],
  ["credit_refused", "credit refused", "sequence", "number"],
  ["tariff_accepted", "tariff taken", "tariff", "number"],
  ["tariff_refused", "tariff refused", "tariff", "number", "look at the tariff's blocks and start, and send it again"],
  ["tariff_active", "tariff in force", "tariff", "number"],
  ["low_credit", "credit is low", ...BALANCE],
  ["supply_cut", "supply cut for want of credit", ...BALANCE],
  ["supply_back", "supply back", ...BALANCE],
  ["emergency_granted", "emergency credit lent", "debt", "milli"],
  ["emergency_refused", "emergency credit refused", "debt", "milli"],
  ["valve_opened", "valve open", ...REGISTER],
  ["valve_shut", "valve shut", ...REGISTER],
  ["valve_exercise", "valve exercised", ...REGISTER],
  ["valve_fault", "valve does not reach its end", ...REGISTER, "look for dirt or a cut cable, then change the valve"],
  ["flow_while_shut", "water runs through the shut valve", "since it shut", "l", "the valve leaks or is bypassed"],
  ["remote_lock_on", "locked by the utility", ...REGISTER],
  ["remote_lock_off", "unlocked by the utility", ...REGISTER],
  ["customer_lock_on", "locked by the customer", ...REGISTER],
  ["customer_lock_off", "unlocked by the customer", ...REGISTER],
  ["tamper_cleared", "tamper cleared", ...REGISTER],
  ["tamper", "tamper", "inputs", "tamper", REOPEN],
  ["leak_on", "LEAK begins", ...REGISTER, PIPE],
  ["leak_off", "LEAK ends", ...REGISTER],
  ["burst_on", "BURST begins", ...REGISTER, "shut the stop valve and look for a burst pipe"],
  ["burst_off", "BURST ends", ...REGISTER],
  ["dry_on", "DRY begins", ...REGISTER, "look whether the main has water"],
  ["dry_off", "DRY ends", ...REGISTER],
  ["reverse_on", "REVERSE begins", ...REGISTER, "look at the direction of the meter and at check valves"],
  ["reverse_off", "REVERSE ends", ...REGISTER],
  ["sensor_cable_cut", "cable to the sensor cut", ...REGISTER, "mend the sensor's cable: nothing is counted meanwhile"],
  ["sensor_ok", "sensor works again", ...REGISTER],
  ["impossible_rate", "more pulses than can be", "not billed", "number", "look at the sensor and the pulse factor"],
  ["card_locked_out", "cards wait after wrong ones", "wrong cards in a row", "number"],
  ["card_come", "card at the standpipe", ...REGISTER],
  ["card_gone", "card gone from the standpipe", ...REGISTER],
  ["transferred", "account moved here", "balance taken along", "milli"],
  ["hot_list", "list of lost cards taken", "cards on it", "number"],
  ["credit_cleared", "credit cleared", "what was there", "milli"],
  ["flow_limit", "flow limit", "", "l_h"],
  ["key_changed", "token key changed", "region", "number"],
  ["key_rolled_over", "token key changed, old tokens forgotten", "region", "number"],
  ["battery_empty", "battery empty", "supply", "mv", "change the battery; the valve is shut until then"],
  ["battery_ok", "battery good", "supply", "mv"],
  ["brown_out", "supply broke down", "supply", "mv", "look at the battery and its contacts"],
  ["clock_set", "clock set", "", "utc_s"],
  ["lifeline_set", "lifeline changed", "open, of a limit", "s"],
  ["radio_settings", "radio settings changed", "interval", "s"],
  ["radio_key", "radio key changed", "counter", "number"],
  ["radio_credit_refused", "credit by radio refused", "code", "number"],
  ["radio_replayed", "old radio message ignored", "its counter", "number"],
  ["radio_malformed", "radio message not understood", "its counter", "number"],
  ["radio_wrong_mac", "radio message of somebody else", "last counter taken", "number"],
  ["radio_wrong_text", "radio message spoilt", "last counter taken", "number"],
  ["radio_failed", "report not sent", "message counter", "number", "look at the modem and its antenna"],
  ["signed_taken", "signed message taken", "version", "number"],
  ["rules_active", "supply rules in force", "since", "utc_s"],
  ["update_begun", "firmware update begun", "version", "number"],
  ["update_pending", "firmware update waits for a restart", "version", "number"],
  ["update_trial", "firmware update on trial", "version", "number"],
  ["update_confirmed", "firmware update confirmed", "version", "number"],
  [
    "update_rolled_back",
    "firmware update rolled back",
    "version",
    "number",
    "ask why the new firmware did not confirm",
  ],
  ["update_abandoned", "firmware update given up", "version", "number"],
  ["update_forged", "firmware update: a forged fragment", "version", "number", "find out who sends on this channel"],
];

/** The end of the year 9999. */
const LATEST_UTC_S = 253_402_300_799;

const FAMILIES: readonly Row[] = [
  ["storage_", "memory: ", ...REGISTER, MEMORY],
  ["engine_", "interpreter: ", "memory in use", "number", "note it, and update the firmware"],
  ["card_", "card: ", "card", "number"],
  [
    "radio_off_",
    "radio is off: ",
    "",
    "number",
    "give the board its settings again; a memory or modem of another kind",
  ],
  ["token_", "token: ", "wrong numbers in a row", "number"],
  ["signed_", "signed message refused: ", "version", "number"],
  ["update_", "firmware update refused: ", "version", "number"],
];

function wordsOf([, words, value, unit, next]: Row, more: string): EventWords {
  return { words: words + more, value, unit, ...(next === undefined ? {} : { next }) };
}

/** What a code says; one that is not known here is shown as it is. */
export function eventWords(code: string): EventWords {
  const row = ROWS.find(([known]) => known === code);
  if (row !== undefined) return wordsOf(row, "");
  const family = FAMILIES.find(([beginning]) => code.startsWith(beginning));
  if (family === undefined) return { words: code, value: "value", unit: "number" };
  return wordsOf(family, code.slice(family[0].length).replaceAll("_", " "));
}

/** Whether a code is one of the firmware's, by itself or as one of a family. */
export function isKnownCode(code: string): boolean {
  return [...ROWS, ...FAMILIES].some(([known]) => code === known || (known.endsWith("_") && code.startsWith(known)));
}

export function timeText(utc_s: number): string {
  // A noisy line, or a bundle that somebody has written, may say a time that no calendar has.
  if (utc_s < 0 || utc_s > LATEST_UTC_S) return "no such time       ";
  return utc_s === 0 ? "no time            " : new Date(utc_s * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** An event's value for people; money is in litres where the meter keeps litres. */
export function valueText(value: number, unit: Unit, in_litres: boolean): string {
  switch (unit) {
    case "milli":
      return in_litres ? `${value} l` : moneyText(value);
    case "l_h":
      return value === 0 ? "lifted" : `${value} l/h`;
    case "utc_s":
      return timeText(value);
    case "tamper":
      return (
        ["case", "magnet", "reader"].filter((_, bit) => Math.floor(value / 2 ** bit) % 2 === 1).join("+") || "none"
      );
    case "mv":
      return `${value} mV`;
    case "number":
      return String(value);
    default:
      return `${value} ${unit}`;
  }
}

/** One event in a line. */
export function eventText(event: { utc_s: number; code: string; value: number }, in_litres: boolean): string {
  const { words, value, unit } = eventWords(event.code);
  const shown = valueText(event.value, unit, in_litres);
  return `${timeText(event.utc_s)}  ${words}${value === "" ? "" : `, ${value}`} ${shown}`;
}
