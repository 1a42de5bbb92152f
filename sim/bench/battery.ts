/**
 * A model of the battery's life, line by line: what draws, how often a day, how much charge each time, and where the
 * figure comes from. The meter modelled is the reference board's processor and memory (boards/espruino-rak5010.board.json)
 * with an iM871A module, a segment display, a PN532 and one lithium cell.
 *
 * Instructions are counted on Espruino in the same run (battery_counts.ts); their time is the estimate of benches.ts.
 * A source that says "assumption" is nobody's promise: a board that is measured replaces it. What a datasheet says was
 * read in it, unless the line says that it was remembered.
 */
import { airtimeUs } from "../../firmware/modem/airtime";
import { WINDOW_MS } from "../../firmware/radio/sending";
import { EXERCISE_MS } from "../../firmware/valve/supervisor";
import type { BatteryCounts } from "./battery_counts";
import { CORTEX_M4_INSTRUCTIONS_PER_S } from "./benches";

export const CELL_MAH = 19_000;
export const LIFE_LEAST_YEARS = 12;
const DAY_S = 86_400;
const YEAR_DAYS = 365.25;
const HOURS = 24;
const MONTHS_A_DAY = 12 / YEAR_DAYS;

/** A household; one pulse a litre. */
const LITRES_A_DAY = 400;
const SIGNED_MESSAGES_A_YEAR = 4;
/** For broadcasts: a carousel takes about a second, and clocks are off by some (tools/gateway/rehearsal.ts). */
export const LISTENING_S = 60;

const RUNNING_MA = 6.3;
const RECEIVING_MA = 22;
const SENDING_MA = 36;
const READER_MA = 100;
const READER_WAKE_S = 2;
const VALVE_MA = 150;
const VALVE_TRAVEL_S = 5;
const UART_BITS_A_BYTE = 10;
const UART_BAUD = 57_600;
const SELF_DISCHARGE_A_YEAR = 0.01;

export interface BatteryLine {
  readonly what: string;
  readonly times_a_day: number;
  /** Of each time, in microampere-seconds; of what draws always, of a day. */
  readonly charge_uas: number;
  readonly source: string;
}

/** What always draws. */
function always(what: string, current_ua: number, source: string): BatteryLine {
  return { what, times_a_day: 1, charge_uas: current_ua * DAY_S, source };
}

function at(what: string, times_a_day: number, current_ma: number, seconds: number, source: string): BatteryLine {
  return { what, times_a_day, charge_uas: current_ma * 1000 * seconds, source };
}

/** Time for so many instructions, with the processor running. */
function computing(what: string, times_a_day: number, instructions: number): BatteryLine {
  const counted = `${instructions.toLocaleString("en")} instructions, counted`;
  const source = `${counted}; ${RUNNING_MA} mA: nRF52840 PS, CPU from flash, LDO, remembered`;
  return at(what, times_a_day, RUNNING_MA, instructions / CORTEX_M4_INSTRUCTIONS_PER_S, source);
}

function listening(listening_s: number): BatteryLine {
  const source = `${listening_s} s of ${RECEIVING_MA} mA, assumption`;
  return at("daily window for broadcasts", 1, RECEIVING_MA, listening_s, source);
}

/** All lines of the model, for a daily listening window of so many seconds. */
export function batteryLines(counts: BatteryCounts, listening_s = LISTENING_S): BatteryLine[] {
  const sent_s = airtimeUs("C1", counts.telegram_bytes) / 1e6;
  const line_s = (counts.telegram_bytes * UART_BITS_A_BYTE) / UART_BAUD;
  const card_s = counts.top_up_card_us / 1e6 + counts.top_up / CORTEX_M4_INSTRUCTIONS_PER_S + READER_WAKE_S;
  const exercises = (DAY_S * 1000) / EXERCISE_MS;
  return [
    always("processor asleep", 3.2, "nRF52840 PS, System ON, all RAM kept, RTC: 3.16 uA, remembered"),
    always("memory standing by", 27, "MB85RC256V DS501-00017-3v0-E, p. 1: 27 uA typical"),
    always("radio module asleep", 1, "iM871A user manual 1.1: below 1 uA"),
    always("card reader powered down", 2, "PN532, hard power down: 2 uA at most, remembered"),
    always("segment display with its driver", 15, "assumption"),
    always("flow sensor and contacts, pull-ups", 2, "assumption"),
    always("regulator and supply divider", 1.5, "assumption"),
    computing("litres counted and charged", LITRES_A_DAY, counts.litre),
    computing("hourly work", HOURS, counts.idle_hour),
    computing("telegrams made", HOURS, counts.telegram_hour),
    at(
      "telegrams to the module",
      HOURS,
      RUNNING_MA,
      line_s,
      `${counts.telegram_bytes} bytes, measured, at 57,600 baud`,
    ),
    at(
      "telegrams sent, C1",
      HOURS,
      SENDING_MA,
      sent_s,
      `${(sent_s * 1000).toFixed(1)} ms of ${SENDING_MA} mA, assumption`,
    ),
    at(
      "windows behind telegrams",
      HOURS,
      RECEIVING_MA,
      WINDOW_MS / 1000,
      `${WINDOW_MS / 1000} s of ${RECEIVING_MA} mA, assumption`,
    ),
    listening(listening_s),
    computing("signed messages verified", SIGNED_MESSAGES_A_YEAR / YEAR_DAYS, counts.signed_message),
    computing("a card a month, the meter", MONTHS_A_DAY, counts.top_up),
    at("a card a month, the reader", MONTHS_A_DAY, READER_MA, card_s, `${READER_MA} mA while it is on, assumption`),
    at(
      "valve exercised, there and back",
      exercises,
      VALVE_MA,
      2 * VALVE_TRAVEL_S,
      `2 x ${VALVE_TRAVEL_S} s of ${VALVE_MA} mA, assumption`,
    ),
    {
      what: "self-discharge of the cell",
      times_a_day: 1,
      charge_uas: (SELF_DISCHARGE_A_YEAR * CELL_MAH * 3.6e6) / YEAR_DAYS,
      source: "Varta handbook Li/SOCl2: below 1 % a year at room temperature",
    },
  ];
}

export function lineMahAYear({ times_a_day, charge_uas }: BatteryLine): number {
  return (times_a_day * charge_uas * YEAR_DAYS) / 3.6e6;
}

export interface BatteryLife {
  readonly mah_a_year: number;
  readonly years: number;
  /** The line that draws most. */
  readonly most: BatteryLine;
  /** The longest daily window with which the cell would still last LIFE_LEAST_YEARS; below 0: not without one either. */
  readonly listening_most_s: number;
}

/** What the lines come to. */
export function batteryLife(lines: readonly BatteryLine[], listening_s = LISTENING_S): BatteryLife {
  const mah_a_year = lines.reduce((sum, line) => sum + lineMahAYear(line), 0);
  const most = lines.reduce((one, other) => (lineMahAYear(other) > lineMahAYear(one) ? other : one));
  const spare_mah = CELL_MAH / LIFE_LEAST_YEARS - mah_a_year;
  const second_mah = lineMahAYear(listening(1));
  return {
    mah_a_year,
    years: CELL_MAH / mah_a_year,
    most,
    listening_most_s: Math.floor(listening_s + spare_mah / second_mah),
  };
}
