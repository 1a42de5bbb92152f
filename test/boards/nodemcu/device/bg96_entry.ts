/// <reference path="./hardware.d.ts" />
/** A BG96 at the end of the modem's line, off until its power key is pressed, for boards at the end of a line. */
import { createTimer } from "../../../../boards/nodemcu/timer";
import { bytesText, textBytes } from "../../../../firmware/card/bytes";
import type { ByteLine } from "../../../../firmware/reader/byte_line";
import { pressPowerKey } from "../../../../sim/hci/bg96_life";
import { createBg96Module } from "../../../../sim/hci/bg96_module";
import { createBroker, linkTo } from "../../../../sim/hci/mqtt_broker";

/** What the module was told, one command behind the other. */
export type Attached = () => string;

export function attachBg96(power_key: number): Attached {
  let hear = function (bytes: number[]): void {
    bytes.pop();
  };
  const line: ByteLine = {
    write: function (bytes) {
      const text = bytesText(bytes);
      const timer = createTimer();
      // Not inside of the board's own write.
      timer.alarm(timer.now_ms(), function () {
        hardware.from_modem(text);
      });
    },
    on_bytes: function (listener) {
      hear = listener;
    },
  };
  const module = createBg96Module(line, createTimer(), linkTo(createBroker()));
  module.powered = false;
  hardware.to_modem = function (text) {
    hear(textBytes(text));
  };
  let was = 1;
  hardware.driven = function (pin, level) {
    if (pin === power_key && was === 0 && level === 1) {
      pressPowerKey(module);
    }
    was = pin === power_key ? level : was;
  };
  return function () {
    return module.commands.join(" ");
  };
}
