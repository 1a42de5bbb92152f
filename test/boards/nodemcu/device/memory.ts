/// <reference path="./hardware.d.ts" />
/** A W25Q32 at the end of the SPI bus, for hardware.transfer: what comes while a command goes out is nothing. */
import { filled } from "../../../../boards/drivers/guarded_nvm";
import { createBusTime } from "../../../../sim/bus/bus_time";
import { createW25qChip } from "../../../../sim/bus/w25q_chip";

const CAPACITY_POWER = 22;
const READ = 0x03;
const READ_STATUS = 0x05;
const READ_ID = 0x9f;

export function memory(): (bytes: string) => string {
  const time = createBusTime();
  const chip = createW25qChip(time, CAPACITY_POWER);
  return function (bytes) {
    const code = bytes.charCodeAt(0);
    const sent = code === READ ? 4 : code === READ_STATUS || code === READ_ID ? 1 : bytes.length;
    time.now_us = hardware.now_us();
    const answer = chip.device.exchange(bytes.substring(0, sent), bytes.length - sent);
    return filled(0, sent) + answer;
  };
}
