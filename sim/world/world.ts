/**
 * World: one meter's twins, its firmware, and virtual time.
 */
import type { Hal } from "../../hal/hal";
import type { Random } from "../../hal/random";
import type { Meter } from "../../firmware/state";
import type { Settings } from "../../firmware/settings";
import type { Tariff } from "../../firmware/credit/tariff";
import { boot, start } from "../../firmware/index";
import type { RadioSettings } from "../../firmware/radio/radio_settings";
import { attachRadio } from "../../firmware/radio/station";
import { ENGINE_ARITHMETIC } from "../../firmware/self_check";
import { METROLOGY_CHECKSUM, METROLOGY_VERSION } from "../../firmware/metrology/identity";
import { FIRMWARE_ID } from "../../firmware/version";
import type { BuzzerTwin } from "../twins/buzzer";
import { createBuzzerTwin } from "../twins/buzzer";
import type { CardReaderTwin } from "../twins/card_reader";
import { createCardReaderTwin } from "../twins/card_reader";
import type { ClockTwin } from "../twins/clock";
import { createClockTwin } from "../twins/clock";
import { createCryptoTwin } from "../twins/crypto";
import type { DisplayTwin } from "../twins/display";
import { createDisplayTwin } from "../twins/display";
import { createEngineTwin } from "../twins/engine";
import type { FlowSensorTwin } from "../twins/flow_sensor";
import { createFlowSensorTwin } from "../twins/flow_sensor";
import type { KeypadTwin } from "../twins/keypad";
import { createKeypadTwin } from "../twins/keypad";
import type { NvmTwin } from "../twins/nvm";
import { createNvmTwin } from "../twins/nvm";
import { nvmGeometry } from "../twins/nvm_parts";
import type { PowerTwin } from "../twins/power";
import { createPowerTwin } from "../twins/power";
import type { RadioTwin } from "../twins/radio";
import { createRadioTwin } from "../twins/radio";
import { createRandomTwin } from "../twins/random";
import type { ServicePortTwin } from "../twins/service_port";
import { createServicePortTwin } from "../twins/service_port";
import type { TamperTwin } from "../twins/tamper";
import { createTamperTwin } from "../twins/tamper";
import type { TimerTwin } from "../twins/timer";
import { createTimerTwin } from "../twins/timer";
import type { ValveTwin } from "../twins/valve";
import { createValveTwin } from "../twins/valve";
import type { WatchdogTwin } from "../twins/watchdog";
import { createWatchdogTwin } from "../twins/watchdog";
import type { CardBox } from "./cards";
import { createCardBox } from "./cards";
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
  /** The sensor's counter has its own cell and counts on while the meter has no power. */
  sensor_keeps: boolean;
  /** The clock has its own cell and goes on while the meter has no power. */
  clock_keeps: boolean;
  /** Name of a part (sim/twins/nvm_parts.ts). */
  nvm: string;
}

export interface World {
  host: Host;
  queue: Queue;
  trace: Trace;
  settings: Settings;
  radio_settings: RadioSettings;
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
  /** The cards that have come from images. */
  cards: CardBox;
  radio: RadioTwin;
  /** Undefined when the boot was refused, and while there is no power. */
  meter: Meter | undefined;
  /** "ok", "off" while there is no power, or why the boot was refused. */
  boot: string;
  household: Household | undefined;
  /** The next line of the program, waiting for its time. */
  step: QueuedEvent;
  step_line: string;
  ended: boolean;
  /** Register and balance as last traced. */
  traced_l: number;
  traced_milli: number;
  /** The tariff of the first boot, and of every one after it. */
  tariff: Tariff;
  timer: TimerTwin;
  buzzer: BuzzerTwin;
  watchdog: WatchdogTwin;
  random: Random;
  /** May be exchanged while there is no power: the next boot finds the part that is here then. */
  nvm: NvmTwin;
  powered: boolean;
  /** What a boot attaches for the radio; a world whose meter takes updates has more. The fault in its way, or "". */
  attach_radio: (meter: Meter, settings: RadioSettings) => string;
  /** The end of a power cut. */
  power_back: QueuedEvent;
}

function traceEvents(world: World, meter: Meter): void {
  meter.log.listener = function (event) {
    // A meter that has lost its power may still be in its last call.
    if (world.meter !== meter) {
      return;
    }
    const times = numberField("sequence", event.sequence) + numberField("utc_s", event.utc_s);
    writeLine(world.trace, "event", "log", times + textField("code", event.code) + numberField("value", event.value));
  };
}

/** What `begin` has gathered before: settings, tariff, seed and the like. */
export interface Beginning {
  host: Host;
  settings: Settings;
  radio: RadioSettings;
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
  const nothing = function (): void {
    return;
  };
  return {
    host: host,
    queue: queue,
    trace: trace,
    settings: settings,
    radio_settings: beginning.radio,
    twins: twins,
    seed: beginning.seed,
    start_utc_s: beginning.start_utc_s,
    flow: createFlowSensorTwin(queue, valve, {
      count_wrap: twins.sensor_wrap,
      start_count: twins.sensor_start,
      pulse_litres: settings.pulse_litres,
      pulse_pulses: settings.pulse_pulses,
      survives_power_cut: twins.sensor_keeps,
    }),
    valve: valve,
    clock: createClockTwin(queue, trace, beginning.start_utc_s),
    power: createPowerTwin(twins.battery_mv),
    tamper: createTamperTwin(),
    display: createDisplayTwin(trace),
    keypad: createKeypadTwin(),
    service: createServicePortTwin(trace),
    card: createCardReaderTwin(queue, trace),
    cards: createCardBox(),
    radio: createRadioTwin(queue, trace),
    meter: undefined,
    boot: "ok",
    household: undefined,
    step: createEvent(nothing),
    step_line: "",
    ended: false,
    traced_l: 0,
    traced_milli: 0,
    tariff: beginning.tariff,
    timer: createTimerTwin(queue),
    buzzer: createBuzzerTwin(trace),
    watchdog: createWatchdogTwin(queue),
    random: createRandomTwin(beginning.seed),
    nvm: createNvmTwin(nvmGeometry(twins.nvm)),
    powered: true,
    attach_radio: attachRadio,
    power_back: createEvent(nothing),
  };
}

function halOf(world: World): Hal {
  return {
    flow: world.flow.port,
    valve: world.valve.port,
    clock: world.clock.port,
    timer: world.timer.port,
    power: world.power.port,
    tamper: world.tamper.port,
    display: world.display.port,
    keypad: world.keypad.port,
    buzzer: world.buzzer.port,
    service: world.service.port,
    watchdog: world.watchdog.port,
    random: world.random,
    crypto: createCryptoTwin(),
    nvm: world.nvm.port,
    card: world.card.port,
    radio: world.radio.port,
    engine: createEngineTwin().port,
  };
}

/** Boots the firmware on the twins and starts it. The power may fail within: then there is no meter. */
export function bootWorld(world: World): void {
  if (world.trace.on) {
    const metrology = textField("metrology", METROLOGY_VERSION) + textField("checksum", METROLOGY_CHECKSUM);
    writeLine(world.trace, "event", "start", textField("firmware", FIRMWARE_ID) + metrology);
  }
  const booted = boot(halOf(world), world.settings, world.tariff, ENGINE_ARITHMETIC);
  if (!world.powered) {
    return;
  }
  const meter = booted.meter;
  if (meter === undefined) {
    world.boot = booted.result + ":" + booted.detail;
    return;
  }
  world.boot = "ok";
  world.meter = meter;
  if (world.trace.on) {
    traceEvents(world, meter);
  }
  const fault = world.attach_radio(meter, world.radio_settings);
  if (fault !== "" && world.trace.on) {
    writeLine(world.trace, "event", "radio", textField("result", fault));
  }
  start(meter);
}

/** Makes the twins, boots the firmware on them, and starts it. */
export function createWorld(beginning: Beginning): World {
  const world = assemble(beginning);
  bootWorld(world);
  return world;
}

/** Traces register and balance after an event that changed them. */
export function traceBooks(world: World): void {
  const meter = world.meter;
  if (meter === undefined) {
    return;
  }
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
