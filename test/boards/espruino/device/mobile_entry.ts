/// <reference path="../../../../boards/espruino/espruino.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A BG96 at the end of a board's line, with a broker behind it: a module that is off is switched on by its power key, then a
 * meter in service publishes its telegram, and hears what the program brings (../../modem_scene.ts).
 */
import type { EspruinoBoard } from "../../../../boards/espruino/board";
import { nativeCrc32 } from "../../../../boards/espruino/chip";
import { assemble } from "../../../../boards/espruino/main";
import { createProgram } from "../../../../boards/espruino/program";
import { createTimer } from "../../../../boards/espruino/timer";
import { bytesText, hexText } from "../../../../firmware/card/bytes";
import { BOOT_TIMEOUT_MS, COMMAND_TRIES, RESTART_MIN_MS } from "../../../../firmware/modem/bg96";
import { COMMAND_TIMEOUT_MS } from "../../../../firmware/modem/bg96_commands";
import { frameB } from "../../../../firmware/radio/frames";
import { decimal } from "../../../../firmware/text";
import { putCertificate } from "../../../../sim/hci/bg96_files";
import { pressPowerKey } from "../../../../sim/hci/bg96_life";
import { createBg96Module } from "../../../../sim/hci/bg96_module";
import type { Broker } from "../../../../sim/hci/mqtt_broker";
import { createBroker, linkTo, publishTo } from "../../../../sim/hci/mqtt_broker";
import type { Host } from "../../../../sim/world/host";
import { bootWith, MOBILE, plugIn, provisionWith, radioPart, radioWords, serve } from "../../modem_scene";
import { board } from "./meter_board";

const LOOK_MS = 5000;
/** Found silent, switched on, booted, registered and connected. */
const CONNECTED_MS = 25000;
const SETTLED_MS = COMMAND_TRIES * COMMAND_TIMEOUT_MS + RESTART_MIN_MS + BOOT_TIMEOUT_MS + CONNECTED_MS;
const POWER_KEY = "D2";

function boardWithModem(power_key: string | undefined): EspruinoBoard {
  const made = board(LOOK_MS);
  made.buses.uart_modem = { rx: "D8", tx: "D6", rate_hz: 115200 };
  if (power_key !== undefined) {
    made.pins.modem_power = power_key;
  }
  if (made.parts !== undefined) {
    made.parts.radio = "bg96";
  }
  return made;
}

/** A module on the line, on or off, with its broker. */
function plugged(host: Host, is_on: boolean): Broker {
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
  hardware.pulsed = function (pin, level, span_ms) {
    host.write_line("pulse " + pin + " " + decimal(level) + " " + decimal(span_ms));
    pressPowerKey(module);
  };
  return broker;
}

/** A board that is given its nameplate, with a module that is off: without the key's pin it stays so. */
function provision(host: Host, part: string, power_key: string | undefined): void {
  const program = createProgram(boardWithModem(power_key));
  plugged(host, false);
  provisionWith(host, program, part, nativeCrc32);
  host.write_line("line " + hardware.modem_setup + ", key " + decimal(hardware.level(POWER_KEY)));
  hardware.pass(SETTLED_MS);
  host.write_line(radioWords(hardware) + ", key " + decimal(hardware.level(POWER_KEY)));
  host.write_line("new books " + program.newBooks());
  hardware.power_cut();
}

export function runProgram(host: Host): void {
  const part = radioPart(host.read_line(), MOBILE);
  hardware.set("CASE", 0);
  hardware.set("AT_OPEN", 0);
  hardware.set(POWER_KEY, 0);
  provision(host, part, undefined);
  provision(host, part, POWER_KEY);
  const broker = plugged(host, true);
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
