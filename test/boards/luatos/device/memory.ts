/// <reference path="./hardware.d.ts" />
/** A W25Q32 at the end of the SPI bus, for hardware.exchange. */
import { createBusTime } from "../../../../sim/bus/bus_time";
import { createW25qChip } from "../../../../sim/bus/w25q_chip";

const CAPACITY_POWER = 22;

export function memory(): (out: string, count: number) => string {
  const time = createBusTime();
  const chip = createW25qChip(time, CAPACITY_POWER);
  return function (out, count) {
    time.now_us = hardware.now_us();
    return chip.device.exchange(out, count);
  };
}
