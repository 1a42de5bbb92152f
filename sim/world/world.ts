/**
 * World: one meter's twins, its firmware, and virtual time.
 */
import type { Hal } from "../../hal/hal";
import type { Meter } from "../../firmware/state";
import type { Settings } from "../../firmware/settings";
import type { Tariff } from "../../firmware/credit/tariff";
import { boot, start } from "../../firmware/index";
import { ENGINE_ARITHMETIC } from "../../firmware/self_check";
import { METROLOGY_CHECKSUM, METROLOGY_VERSION } from "../../firmware/metrology/identity";
import { FIRMWARE_ID } from "../../firmware/version";
import { createBuzzerTwin } from "../twins/buzzer";
import type { CardReaderTwin } from "../twins/card_reader";
import { createCardReaderTwin } from "../twins/card_reader";
import type { ClockTwin } from "../twins/clock";
import { createClockTwin } from "../twins/clock";
import { createCryptoTwin } from "../twins/crypto";
import type { DisplayTwin } from "../twins/display";
import { createDisplayTwin } from "../twins/display";
import type { FlowSensorTwin } from "../twins/flow_sensor";
import { createFlowSensorTwin } from "../twins/flow_sensor";
import type { KeypadTwin } from "../twins/keypad";
import { createKeypadTwin } from "../twins/keypad";
import { createNvmTwin } from "../twins/nvm";
import type { PowerTwin } from "../twins/power";
import { createPowerTwin } from "../twins/power";
import type { RadioTwin } from "../twins/radio";
import { createRadioTwin } from "../twins/radio";
import { createRandomTwin } from "../twins/random";
import type { ServicePortTwin } from "../twins/service_port";
import { createServicePortTwin } from "../twins/service_port";
import type { TamperTwin } from "../twins/tamper";
import { createTamperTwin } from "../twins/tamper";
import { createTimerTwin } from "../twins/timer";
import type { ValveTwin } from "../twins/valve";
import { createValveTwin } from "../twins/valve";
import { createWatchdogTwin } from "../twins/watchdog";
import type { Household } from "./demand";
import type { Host } from "./host";
import type { Queue, QueuedEvent } from "./queue";
import { createEvent, createQueue } from "./queue";
import type { Trace } from "./trace";
import { numberField, textField, writeLine } from "./trace";

export interface TwinSettings {
  sensor_wrap: number;
  sensor_start: number;
  valve_travel_ms: number;
  battery_mv: number;
}

export interface World {
  host: Host;
  queue: Queue;
  trace: Trace;
  settings: Settings;
  twins: TwinSettings;
  seed: number;
  start_utc_s: number;
  flow: FlowSensorTwin;
  valve: ValveTwin;
  clock: ClockTwin;
  power: PowerTwin;
  tamper: TamperTwin;
  display: DisplayTwin;
  keypad: KeypadTwin;
  service: ServicePortTwin;
  card: CardReaderTwin;
  radio: RadioTwin;
  /** Undefined when the boot was refused. */
  meter: Meter | undefined;
  /** "ok", or why the boot was refused. */
  boot: string;
  household: Household | undefined;
  /** The next line of the program, waiting for its time. */
  step: QueuedEvent;
  step_line: string;
  ended: boolean;
  /** Register and balance as last traced. */
  traced_l: number;
  traced_milli: number;
}

/** A part of 8 sectors of 4 KiB, as the journal will use it. */
const NVM_GEOMETRY = {
  size_bytes: 32768,
  sector_bytes: 4096,
  page_bytes: 256,
  word_bytes: 4,
  programs_per_erase: 2,
  erase_limit: 10000,
};

function traceEvents(world: World, meter: Meter): void {
  meter.log.listener = function (event) {
    const times = numberField("sequence", event.sequence) + numberField("utc_s", event.utc_s);
    writeLine(world.trace, "event", "log", times + textField("code", event.code) + numberField("value", event.value));
  };
}

/** What `begin` has gathered before: settings, tariff, seed and the like. */
export interface Beginning {
  host: Host;
  settings: Settings;
  twins: TwinSettings;
  tariff: Tariff;
  start_utc_s: number;
  seed: number;
  trace_on: boolean;
}

function assemble(beginning: Beginning): World {
  const host = beginning.host;
  const twins = beginning.twins;
  const settings = beginning.settings;
  const queue = createQueue();
  const trace = { on: beginning.trace_on, host: host, queue: queue };
  const valve = createValveTwin(queue, trace, twins.valve_travel_ms);
  return {
    host: host,
    queue: queue,
    trace: trace,
    settings: settings,
    twins: twins,
    seed: beginning.seed,
    start_utc_s: beginning.start_utc_s,
    flow: createFlowSensorTwin(queue, valve, {
      count_wrap: twins.sensor_wrap,
      start_count: twins.sensor_start,
      pulse_litres: settings.pulse_litres,
      pulse_pulses: settings.pulse_pulses,
    }),
    valve: valve,
    clock: createClockTwin(queue, trace, beginning.start_utc_s),
    power: createPowerTwin(twins.battery_mv),
    tamper: createTamperTwin(),
    display: createDisplayTwin(trace),
    keypad: createKeypadTwin(),
    service: createServicePortTwin(trace),
    card: createCardReaderTwin(queue, trace),
    radio: createRadioTwin(queue, trace),
    meter: undefined,
    boot: "ok",
    household: undefined,
    step: createEvent(function () {
      return;
    }),
    step_line: "",
    ended: false,
    traced_l: 0,
    traced_milli: 0,
  };
}

function halOf(world: World): Hal {
  return {
    flow: world.flow.port,
    valve: world.valve.port,
    clock: world.clock.port,
    timer: createTimerTwin(world.queue),
    power: world.power.port,
    tamper: world.tamper.port,
    display: world.display.port,
    keypad: world.keypad.port,
    buzzer: createBuzzerTwin(world.trace),
    service: world.service.port,
    watchdog: createWatchdogTwin(world.queue),
    random: createRandomTwin(world.seed),
    crypto: createCryptoTwin(),
    nvm: createNvmTwin(NVM_GEOMETRY).port,
    card: world.card.port,
    radio: world.radio.port,
  };
}

/** Makes the twins, boots the firmware on them, and starts it. */
export function createWorld(beginning: Beginning): World {
  const world = assemble(beginning);
  if (world.trace.on) {
    const metrology = textField("metrology", METROLOGY_VERSION) + textField("checksum", METROLOGY_CHECKSUM);
    writeLine(world.trace, "event", "start", textField("firmware", FIRMWARE_ID) + metrology);
  }
  const booted = boot(halOf(world), world.settings, beginning.tariff, ENGINE_ARITHMETIC);
  const meter = booted.meter;
  if (meter === undefined) {
    world.boot = booted.result + ":" + booted.detail;
    return world;
  }
  world.meter = meter;
  if (world.trace.on) {
    traceEvents(world, meter);
  }
  start(meter);
  return world;
}

/** Traces register and balance after an event that changed them. */
export function traceBooks(world: World, meter: Meter): void {
  const volume_l = meter.register.volume_l;
  const balance_milli = meter.account.balance_milli;
  if (volume_l !== world.traced_l || balance_milli !== world.traced_milli) {
    world.traced_l = volume_l;
    world.traced_milli = balance_milli;
    writeLine(
      world.trace,
      "event",
      "books",
      numberField("volume_l", volume_l) + numberField("balance_milli", balance_milli),
    );
  }
}
