/**
 * I2C bus with its chips (NXP UM10204): a transfer to an address that no chip has is not acknowledged, and a chip may
 * stop acknowledging in the middle.
 *
 * Faults:
 *   noise    the next `noise` transfers break off: a write after its first byte or its address, a read before it begins
 *   stuck    a chip that was interrupted in a read holds SDA low: nothing gets through until SCL has been clocked
 *            `stuck_clocks` times, at most nine (UM10204, 3.1.16)
 *   cut      the plug is pulled after `cut_after` bytes of the next write: those were taken, the rest was not
 * Not modelled: arbitration, clock stretching, rise times.
 */
import type { BusTime } from "./bus_time";
import { waitUs } from "./bus_time";
import type { I2cWires } from "./wires";

/** Nine bits at 400 kHz, the rate of most boards. */
const BYTE_US = 22;

/** A chip's end of the bus. */
export interface I2cChip {
  /** Takes a byte of a write; the place counts from 0. False when it does not acknowledge. */
  take(byte: number, place: number): boolean;
  /** The next byte of a read. */
  give(): number;
  /** The transfer has ended. */
  stop(): void;
}

export interface I2cBus {
  time: BusTime;
  addresses: number[];
  chips: I2cChip[];
  noise: number;
  stuck_clocks: number;
  cut_armed: boolean;
  cut_after: number;
  powered: boolean;
  /** Transfers begun. */
  transfers: number;
}

export function createI2cBus(time: BusTime): I2cBus {
  return {
    time: time,
    addresses: [],
    chips: [],
    noise: 0,
    stuck_clocks: 0,
    cut_armed: false,
    cut_after: 0,
    powered: true,
    transfers: 0,
  };
}

export function addChip(bus: I2cBus, address: number, chip: I2cChip): void {
  bus.addresses.push(address);
  bus.chips.push(chip);
}

/** One clock of SCL by hand; true when SDA is free behind it. */
export function clockByHand(bus: I2cBus): boolean {
  waitUs(bus.time, 10);
  bus.stuck_clocks = Math.max(bus.stuck_clocks - 1, 0);
  return bus.stuck_clocks === 0;
}

function chipAt(bus: I2cBus, address: number): I2cChip | undefined {
  const place = bus.addresses.indexOf(address);
  bus.transfers += 1;
  waitUs(bus.time, BYTE_US);
  return place < 0 || bus.stuck_clocks > 0 || !bus.powered ? undefined : bus.chips[place];
}

function takesNoise(bus: I2cBus): boolean {
  if (bus.noise === 0) {
    return false;
  }
  bus.noise -= 1;
  return true;
}

/** One write; false when not all of it was acknowledged. */
export function writeBus(bus: I2cBus, address: number, out: string): boolean {
  const chip = chipAt(bus, address);
  if (chip === undefined) {
    return false;
  }
  const noisy = takesNoise(bus);
  const cut = bus.cut_armed && out.length > 2;
  for (let place = 0; place < out.length; place++) {
    waitUs(bus.time, BYTE_US);
    if (cut && place >= bus.cut_after) {
      bus.cut_armed = false;
      bus.powered = false;
      chip.stop();
      return false;
    }
    if ((noisy && place > 2) || !chip.take(out.charCodeAt(place), place)) {
      chip.stop();
      return false;
    }
  }
  chip.stop();
  return true;
}

/** A write and, behind a repeated start, a read; empty when not acknowledged. */
export function readBus(bus: I2cBus, address: number, out: string, count: number): string {
  const chip = chipAt(bus, address);
  if (chip === undefined || takesNoise(bus)) {
    return "";
  }
  for (let place = 0; place < out.length; place++) {
    waitUs(bus.time, BYTE_US);
    if (!chip.take(out.charCodeAt(place), place)) {
      chip.stop();
      return "";
    }
  }
  let bytes = "";
  while (bytes.length < count) {
    waitUs(bus.time, BYTE_US);
    bytes = bytes + String.fromCharCode(chip.give());
  }
  chip.stop();
  return bytes;
}

/** One chip as a driver sees it. */
export function i2cDevice(bus: I2cBus, address: number): I2cWires {
  return {
    write: function (out) {
      return writeBus(bus, address, out);
    },
    read: function (out, count) {
      return readBus(bus, address, out, count);
    },
  };
}
