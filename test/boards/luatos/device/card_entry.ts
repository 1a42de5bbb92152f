/// <reference path="../../../../boards/luatos/luatos.d.ts" />
/// <reference path="./hardware.d.ts" />
/** A PN532 at the end of the I2C bus, with a virtual card that comes and goes, for heap.lua, and its timer's bell. */
import { createTimer } from "../../../../boards/luatos/timer";
import type { Reader } from "../../card_scene";
import { attachPn532 } from "../../card_scene";

export { ring } from "../../../../boards/luatos/timer";

export function attachReader(): Reader {
  return attachPn532(function (address, chip) {
    hardware.attach(address, chip);
  }, createTimer());
}
