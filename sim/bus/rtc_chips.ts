/**
 * RTC chips on I2C: PCF8563 and DS3231 as register files that count in bus time (the driver's header names the
 * datasheets). Dates are counted here by an own calendar, one day at a time, so that a mistake in the driver's cannot
 * hide.
 *
 * Faults: `loseRtc` (the cell was empty: the flag is set, the time is that of power-on), `drift_ppm`, a register that
 * holds no BCD digit (`corrupt`). Faults of the bus are the bus's.
 */
import type { BusTime } from "./bus_time";
import type { I2cBus, I2cChip } from "./i2c_bus";
import { addChip } from "./i2c_bus";

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Register numbers of a kind of chip. */
interface Map {
  registers: number;
  second: number;
  minute: number;
  hour: number;
  day: number;
  month: number;
  year: number;
  flag_register: number;
}

const PCF8563: Map = {
  registers: 16,
  second: 2,
  minute: 3,
  hour: 4,
  day: 5,
  month: 7,
  year: 8,
  flag_register: 2,
};
const DS3231: Map = {
  registers: 19,
  second: 0,
  minute: 1,
  hour: 2,
  day: 4,
  month: 5,
  year: 6,
  flag_register: 15,
};

export interface RtcTwin {
  registers: number[];
  map: Map;
  time: BusTime;
  /** Bus time up to which it has counted. */
  counted_us: number;
  drift_ppm: number;
}

function fromBcd(byte: number): number {
  return Math.floor(byte / 16) * 10 + (byte % 16);
}

function toBcd(value: number): number {
  return Math.floor(value / 10) * 16 + (value % 10);
}

function monthDays(month: number, year: number): number {
  return month === 2 && year % 4 === 0 ? 29 : MONTH_DAYS[month - 1];
}

function nextDay(rtc: RtcTwin): void {
  const r = rtc.registers;
  const map = rtc.map;
  const year = fromBcd(r[map.year]);
  const month = fromBcd(r[map.month] & 31);
  const day = fromBcd(r[map.day]);
  if (day < monthDays(month, year)) {
    r[map.day] = toBcd(day + 1);
    return;
  }
  r[map.day] = 1;
  r[map.month] = toBcd((month % 12) + 1);
  if (month === 12) {
    r[map.year] = toBcd((year + 1) % 100);
  }
}

/** Counts whole seconds up to now. */
function count(rtc: RtcTwin): void {
  const r = rtc.registers;
  const map = rtc.map;
  const second_us = 1000000 - rtc.drift_ppm;
  let seconds = Math.floor((rtc.time.now_us - rtc.counted_us) / second_us);
  rtc.counted_us += seconds * second_us;
  const flag = map.flag_register === map.second ? r[map.second] & 128 : 0;
  let of_day = fromBcd(r[map.second] & 127) + 60 * fromBcd(r[map.minute]) + 3600 * fromBcd(r[map.hour]);
  seconds += of_day;
  while (seconds >= 86400) {
    seconds -= 86400;
    nextDay(rtc);
  }
  of_day = seconds;
  r[map.second] = toBcd(of_day % 60) + flag;
  r[map.minute] = toBcd(Math.floor(of_day / 60) % 60);
  r[map.hour] = toBcd(Math.floor(of_day / 3600));
}

function create(bus: I2cBus, address: number, map: Map): RtcTwin {
  const rtc: RtcTwin = { registers: [], map: map, time: bus.time, counted_us: 0, drift_ppm: 0 };
  let pointer = 0;
  const chip: I2cChip = {
    take: function (byte, place) {
      if (place === 0) {
        count(rtc);
        pointer = byte % map.registers;
        return true;
      }
      if (pointer === map.second) {
        // Setting the seconds starts a new one.
        rtc.counted_us = rtc.time.now_us;
      }
      rtc.registers[pointer] = byte;
      pointer = (pointer + 1) % map.registers;
      return true;
    },
    give: function () {
      const byte = rtc.registers[pointer];
      pointer = (pointer + 1) % map.registers;
      return byte;
    },
    stop: function () {
      return;
    },
  };
  while (rtc.registers.length < map.registers) {
    rtc.registers.push(0);
  }
  loseRtc(rtc);
  addChip(bus, address, chip);
  return rtc;
}

export function createPcf8563Chip(bus: I2cBus): RtcTwin {
  return create(bus, 0x51, PCF8563);
}

export function createDs3231Chip(bus: I2cBus): RtcTwin {
  return create(bus, 0x68, DS3231);
}

/** The cell was empty: the chip starts as new, and says so. */
export function loseRtc(rtc: RtcTwin): void {
  const map = rtc.map;
  for (let place = 0; place < rtc.registers.length; place++) {
    rtc.registers[place] = 0;
  }
  rtc.registers[map.day] = 1;
  rtc.registers[map.month] = 1;
  rtc.registers[map.flag_register] = 128;
  rtc.counted_us = rtc.time.now_us;
}

/** A register that holds no digit. */
export function corrupt(rtc: RtcTwin): void {
  rtc.registers[rtc.map.month] = 0x1f;
}
