/// <reference path="../../../../boards/espruino/espruino.d.ts" />
/// <reference path="./hardware.d.ts" />
/**
 * A whole meter on the bindings: it boots from a board's description with its journal in the interpreter's own flash,
 * counts, loses its power, and boots again.
 */
import type { EspruinoBoard } from "../../../../boards/espruino/board";
import { assemble } from "../../../../boards/espruino/main";
import type { Tariff } from "../../../../firmware/credit/tariff";
import { NO_LIMIT_L } from "../../../../firmware/credit/tariff";
import { boot, start } from "../../../../firmware/meter";
import { ENGINE_ARITHMETIC } from "../../../../firmware/self_check";
import type { Settings } from "../../../../firmware/settings";
import { blankSettings } from "../../../../firmware/settings";
import type { Meter } from "../../../../firmware/state";
import { decimal } from "../../../../firmware/text";
import type { Host } from "../../../../sim/world/host";

function board(): EspruinoBoard {
  return {
    interpreter: "LINUX",
    chip: "LINUX",
    pins: {
      flow: "FLOW",
      valve_open: "IN1",
      valve_close: "IN2",
      valve_is_open: "AT_OPEN",
      valve_is_closed: "AT_CLOSED",
      supply_adc: "VBAT",
      tamper_case: "CASE",
    },
    buses: {},
    nvm: {
      type: "mcu_flash",
      bus: "internal",
      address: 268435456 + 131072,
      geometry: {
        size_bytes: 32768,
        sector_bytes: 4096,
        page_bytes: 256,
        word_bytes: 4,
        programs_per_erase: 2,
        erase_limit: 10000,
      },
    },
    parts: { valve_travel_max_ms: 2000, valve_seat_ms: 100, look_ms: 50 },
  };
}

function household(): Settings {
  const settings = blankSettings();
  settings.meter_number = "600100000000000017";
  settings.region = "600100";
  settings.pulse_litres = 1;
  settings.pulse_pulses = 1;
  settings.q3_l_h = 25000;
  settings.burst_permille = 1000;
  settings.flow_max_l_h = 62500;
  settings.low_credit_milli = 200000;
  return settings;
}

function tariff(): Tariff {
  return { id: 1, start_utc_s: 0, standing_milli: 0, limits_l: [NO_LIMIT_L], prices_milli: [1000] };
}

/** The end switches follow the motor, a second behind it. */
function followMotor(): void {
  if (hardware.level("IN2") === 1) {
    hardware.set("AT_OPEN", 1);
    hardware.pass(1000);
    hardware.set("AT_CLOSED", 0);
  }
}

function bootMeter(host: Host): Meter | undefined {
  const booted = boot(assemble(board()), household(), tariff(), ENGINE_ARITHMETIC);
  host.write_line("boot " + booted.result + " " + booted.detail);
  if (booted.meter !== undefined) {
    start(booted.meter);
  }
  return booted.meter;
}

function pulses(count: number): void {
  for (let pulse = 0; pulse < count; pulse++) {
    hardware.set("FLOW", 0);
    hardware.pass(100);
    hardware.set("FLOW", 1);
    hardware.pass(100);
  }
}

function say(host: Host, word: string, meter: Meter): void {
  host.write_line(word + " " + decimal(meter.register.volume_l) + " " + meter.hal.valve.position());
}

export function runProgram(host: Host): void {
  hardware.set("CASE", 0);
  hardware.set("AT_OPEN", 0);
  const first = bootMeter(host);
  if (first === undefined) {
    return;
  }
  followMotor();
  hardware.pass(3000);
  say(host, "booted", first);
  pulses(25);
  hardware.remove_watches("FLOW");
  pulses(10);
  say(host, "counted", first);
  // The plug is pulled: the supply falls, the firmware keeps what it has, and everything in RAM is gone.
  hardware.analog_mv = 1400;
  hardware.pass(2000);
  hardware.power_cut();
  hardware.analog_mv = 1650;
  const second = bootMeter(host);
  if (second !== undefined) {
    say(host, "again", second);
    pulses(5);
    say(host, "on", second);
  }
}
