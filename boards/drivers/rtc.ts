/**
 * RTC: calendar time from a clock chip with its own cell, on I2C. Years are 2000 to 2099, hours 0 to 23, all in BCD.
 *
 * PCF8563 (NXP, product data sheet rev. 10 of 3 April 2012, 8.4.1 to 8.4.7, pages 10 to 13), address 51:
 *   02  bit 7 VL: the time is not guaranteed; bits 6 to 0 seconds    03 minutes    04 hours (bits 5 to 0)
 *   05  days (bits 5 to 0)    06 weekdays    07 bit 7 century, bits 4 to 0 months    08 years
 *
 * DS3231 (Maxim, datasheet 19-5170 rev. 10, figure 1 and "status register"; pages from memory), address 68:
 *   00 seconds   01 minutes   02 hours (bit 6: 12 hours)   03 weekday   04 date   05 bit 7 century, months   06 years
 *   0F  bit 7 OSF: the oscillator has stopped, the time is not guaranteed; cleared by writing 0
 *
 * The chip is read at the start, after RESYNC_MS, and in between the monotonic timer counts on: a read costs a
 * millisecond of bus. A chip that shows a second more or less than the timer is believed to be right, and left alone; a
 * further difference is followed. A chip that is silent changes nothing, one that shows what is no date counts as such.
 * A time that it did not take, or cannot hold, is offered again instead of reading it: what it shows is older.
 *
 * Port: clock (pcf8563, ds3231).
 */
import { assert } from "../../firmware/assert";
import { civilDate, DAY_S, firstOfMonth, weekday } from "../../firmware/credit/calendar";
import type { Clock } from "../../hal/clock";
import type { Timer } from "../../hal/timer";
import type { I2cDevice } from "./bus";

export const RESYNC_MS = 60000;

const WRITE_TRIES = 3;
const YEAR_FIRST = 2000;
const YEAR_LAST = 2099;
const LOST_BIT = 128;
const DS3231_STATUS = 0x0f;

/** What a chip says: seconds since 1970, or LOST, or SILENT. */
const LOST = 0;
const SILENT = -1;

export interface RtcChip {
  /** Seconds since 1970-01-01 UTC; 0 when the time is not guaranteed, -1 when the chip does not answer in sense. */
  read(): number;
  /** False when it did not take all of it, so that what it shows may be of before, or of both. */
  write(utc_s: number): boolean;
}

function bcd(value: number): number {
  return Math.floor(value / 10) * 16 + (value % 10);
}

/** The value of two decimal digits, -1 when they are none. */
function fromBcd(byte: number): number {
  const tens = Math.floor(byte / 16);
  const ones = byte % 16;
  return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
}

/** Seconds since 1970 of a date and a time; SILENT when there is no such. */
function secondsOf(year: number, month: number, day: number, second_of_day: number): number {
  if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1 || day > 31 || second_of_day < 0) {
    return SILENT;
  }
  const days = firstOfMonth(year, month) + day - 1;
  // The thirty-first of a shorter month is another date.
  return civilDate(days).month === month ? days * DAY_S + second_of_day : SILENT;
}

function secondOfDay(hour: number, minute: number, second: number): number {
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return SILENT;
  }
  return hour * 3600 + minute * 60 + second;
}

interface WholeDate {
  year: number;
  month: number;
  day: number;
}

function dateOf(days: number): WholeDate {
  const date = civilDate(days);
  return { year: date.year, month: date.month, day: days - firstOfMonth(date.year, date.month) + 1 };
}

/** Seconds, minutes and hours, as both chips hold them. */
function timeBytes(utc_s: number): number[] {
  const second = utc_s % DAY_S;
  return [bcd(second % 60), bcd(Math.floor(second / 60) % 60), bcd(Math.floor(second / 3600))];
}

function inYears(utc_s: number): boolean {
  const year = civilDate(Math.floor(utc_s / DAY_S)).year;
  return year >= YEAR_FIRST && year <= YEAR_LAST;
}

export function createPcf8563(device: I2cDevice): RtcChip {
  return {
    read: function () {
      const bytes = device.read(String.fromCharCode(2), 7);
      if (bytes.length !== 7) {
        return SILENT;
      }
      if (bytes.charCodeAt(0) >= LOST_BIT) {
        return LOST;
      }
      const second = secondOfDay(
        fromBcd(bytes.charCodeAt(2) & 63),
        fromBcd(bytes.charCodeAt(1) & 127),
        fromBcd(bytes.charCodeAt(0)),
      );
      const year = YEAR_FIRST + fromBcd(bytes.charCodeAt(6));
      return secondsOf(year, fromBcd(bytes.charCodeAt(5) & 31), fromBcd(bytes.charCodeAt(3) & 63), second);
    },
    write: function (utc_s) {
      const days = Math.floor(utc_s / DAY_S);
      const date = dateOf(days);
      const time = timeBytes(utc_s);
      return device.write(
        String.fromCharCode(2, time[0], time[1], time[2], bcd(date.day), weekday(days)) +
          String.fromCharCode(bcd(date.month), bcd(date.year % 100)),
      );
    },
  };
}

export function createDs3231(device: I2cDevice): RtcChip {
  return {
    read: function () {
      const status = device.read(String.fromCharCode(DS3231_STATUS), 1);
      const bytes = device.read(String.fromCharCode(0), 7);
      if (status.length !== 1 || bytes.length !== 7) {
        return SILENT;
      }
      // Bit 6 of the hours is the twelve-hour mode, which is never set here: such a chip was set by someone else.
      if (status.charCodeAt(0) >= LOST_BIT || (bytes.charCodeAt(2) & 64) !== 0) {
        return LOST;
      }
      const second = secondOfDay(
        fromBcd(bytes.charCodeAt(2) & 63),
        fromBcd(bytes.charCodeAt(1) & 127),
        fromBcd(bytes.charCodeAt(0) & 127),
      );
      const year = YEAR_FIRST + fromBcd(bytes.charCodeAt(6));
      return secondsOf(year, fromBcd(bytes.charCodeAt(5) & 31), fromBcd(bytes.charCodeAt(4) & 63), second);
    },
    write: function (utc_s) {
      const days = Math.floor(utc_s / DAY_S);
      const date = dateOf(days);
      const time = timeBytes(utc_s);
      const set = device.write(
        String.fromCharCode(0, time[0], time[1], time[2], 1 + weekday(days), bcd(date.day)) +
          String.fromCharCode(bcd(date.month), bcd(date.year % 100)),
      );
      // Only a time that was taken is guaranteed.
      return set && device.write(String.fromCharCode(DS3231_STATUS, 0));
    },
  };
}

interface State {
  chip: RtcChip;
  timer: Timer;
  /** Time at a moment of the timer; 0 while it is not known. */
  base_s: number;
  base_ms: number;
  synced_ms: number;
  /** A time was set that the chip does not have. */
  owed: boolean;
}

function counted(state: State, now_ms: number): number {
  return state.base_s === 0 ? 0 : state.base_s + Math.floor((now_ms - state.base_ms) / 1000);
}

/** Gives the chip the time that was set. */
function pay(state: State, now_ms: number): void {
  const utc_s = counted(state, now_ms);
  for (let times = 0; times < WRITE_TRIES && state.owed && inYears(utc_s); times++) {
    state.owed = !state.chip.write(utc_s);
  }
}

function synchronize(state: State, now_ms: number): void {
  state.synced_ms = now_ms;
  if (state.owed) {
    pay(state, now_ms);
    return;
  }
  const read_s = state.chip.read();
  if (read_s === SILENT) {
    return;
  }
  const own_s = counted(state, now_ms);
  const near = read_s !== LOST && own_s !== 0 && read_s <= own_s + 1 && own_s <= read_s + 1;
  if (!near) {
    state.base_s = read_s;
    state.base_ms = now_ms;
  }
}

export function createRtcClock(chip: RtcChip, timer: Timer): Clock {
  const state: State = { chip: chip, timer: timer, base_s: 0, base_ms: 0, synced_ms: 0, owed: false };
  synchronize(state, timer.now_ms());
  return {
    now_utc_s: function () {
      const now_ms = timer.now_ms();
      if (now_ms - state.synced_ms >= RESYNC_MS) {
        synchronize(state, now_ms);
      }
      return counted(state, now_ms);
    },
    set: function (utc_s) {
      assert(utc_s > 0, "the time is set to one that is known");
      state.base_s = utc_s;
      state.base_ms = timer.now_ms();
      state.synced_ms = state.base_ms;
      // A time that the chip cannot hold lives in the timer alone, until the next boot.
      state.owed = true;
      pay(state, state.base_ms);
    },
  };
}
