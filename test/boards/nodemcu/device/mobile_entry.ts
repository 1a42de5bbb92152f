/// <reference path="../../../../boards/nodemcu/nodemcu.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A BG96 at the end of a board's line, with a broker behind it: a module that is off is switched on by its power key, then a
 * meter in service publishes its telegram, and hears what the program brings (../../modem_scene.ts).
 */
import type { NodemcuBoard, NodemcuPins } from "../../../../boards/nodemcu/board";
import { wholeCrc32 } from "../../../../boards/nodemcu/chip";
import { assemble } from "../../../../boards/nodemcu/main";
import { createProgram } from "../../../../boards/nodemcu/program";
import { createTimer } from "../../../../boards/nodemcu/timer";
import { bytesText, hexText } from "../../../../firmware/card/bytes";
import { BOOT_TIMEOUT_MS, COMMAND_TRIES, RESTART_MIN_MS } from "../../../../firmware/modem/bg96";
import { COMMAND_TIMEOUT_MS } from "../../../../firmware/modem/bg96_commands";
import { frameB } from "../../../../firmware/radio/frames";
import { decimal } from "../../../../firmware/text";
import { putCertificate } from "../../../../sim/hci/bg96_files";
import type { Bg96Module } from "../../../../sim/hci/bg96_life";
import { pressPowerKey } from "../../../../sim/hci/bg96_life";
import { createBg96Module } from "../../../../sim/hci/bg96_module";
import type { Broker } from "../../../../sim/hci/mqtt_broker";
import { createBroker, linkTo, publishTo } from "../../../../sim/hci/mqtt_broker";
import type { Host } from "../../../../sim/world/host";
import { bootWith, MOBILE, plugIn, provisionWith, radioPart, radioWords, serve } from "../../modem_scene";
import { memory } from "./memory";
import { BOARD, CASE, CLOSE, FLOW } from "./meter_board";

/** Found silent, switched on, booted, registered and connected. */
const CONNECTED_MS = 25000;
const SETTLED_MS = COMMAND_TRIES * COMMAND_TIMEOUT_MS + RESTART_MIN_MS + BOOT_TIMEOUT_MS + CONNECTED_MS;
const POWER_KEY = 4;
/** Half a second is counted in ticks of 10 ms, the first of which has begun before. */
const TICK_MS = 10;

function boardWithModem(power_key: number | undefined): NodemcuBoard {
  const pins: NodemcuPins = { flow: FLOW, valve_open: 25, valve_close: CLOSE, tamper_case: CASE, supply_adc: 33 };
  if (power_key !== undefined) {
    pins.modem_power = power_key;
  }
  return {
    name: BOARD.name,
    chip: BOARD.chip,
    pins: pins,
    i2c: BOARD.i2c,
    uart_modem: { rx: 16, tx: 17, rate_hz: 115200 },
    spi: BOARD.spi,
    geometry: BOARD.geometry,
    parts: { display: "none", keypad: "none", card: "none", radio: "bg96" },
  };
}

/** Presses the module's key with the pin's, and tells how long a press was. */
function wireKey(host: Host, module: Bg96Module): void {
  let pressed_us = 0;
  hardware.driven = function (pin, level) {
    if (pin !== POWER_KEY) {
      return;
    }
    if (level === 0) {
      pressed_us = hardware.now_us();
    } else if (pressed_us > 0) {
      const ticks = Math.floor((hardware.now_us() - pressed_us) / (1000 * TICK_MS));
      pressed_us = 0;
      host.write_line("pressed for " + decimal(ticks * TICK_MS) + " ms");
      pressPowerKey(module);
    }
  };
}

/** A power-up with a module on the line, on or off, and its broker. */
function powerUp(host: Host, transfer: (bytes: string) => string, is_on: boolean): Broker {
  power_up();
  hardware.transfer = transfer;
  hardware.analog = 2000;
  hardware.set(POWER_KEY, 0);
  const broker = createBroker();
  const plug = plugIn(host, createTimer, function (text) {
    hardware.from_modem(text);
  });
  hardware.to_modem = plug.to_modem;
  broker.tls = true;
  broker.user = MOBILE.user;
  broker.password = MOBILE.password;
  broker.on_publish = function (topic, payload) {
    host.write_line("published " + topic + " " + bytesText(payload));
  };
  const module = createBg96Module(plug.line, createTimer(), linkTo(broker));
  putCertificate(module, MOBILE.ca_file);
  module.powered = is_on;
  wireKey(host, module);
  return broker;
}

/** A board that is given its nameplate, with a module that is off: without the key's pin it stays so. */
function provision(host: Host, part: string, power_key: number | undefined): void {
  powerUp(host, memory(), false);
  const program = createProgram(boardWithModem(power_key));
  provisionWith(host, program, part, wholeCrc32);
  host.write_line("line " + hardware.modem_setup + ", key " + decimal(hardware.level(POWER_KEY)));
  hardware.pass(SETTLED_MS);
  host.write_line(radioWords(hardware) + ", key " + decimal(hardware.level(POWER_KEY)));
  file.remove("curbstop.set");
}

export function runProgram(host: Host): void {
  const part = radioPart(host.read_line(), MOBILE);
  provision(host, part, undefined);
  provision(host, part, POWER_KEY);
  const broker = powerUp(host, memory(), true);
  const meter = bootWith(assemble(boardWithModem(POWER_KEY)), part);
  hardware.pass(SETTLED_MS);
  if (meter === undefined) {
    return;
  }
  const bring = function (content: number[]): void {
    publishTo(broker, MOBILE.down_topic, hexText(frameB(content)));
  };
  serve(host, bring, meter, function (span_ms) {
    hardware.pass(span_ms);
  });
}
