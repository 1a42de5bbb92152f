/**
 * Dock: twins that a meter can be booted on again and again, each time around another memory.
 *
 * They are made once and set to what surrounds the meter that has lost its power: the valve stands where it stood, the
 * sensor shows what it shows after a cut, the clock goes on. No tap is open, and nothing is traced. Making them costs
 * more than a boot.
 */
import type { Hal } from "../../hal/hal";
import type { Meter } from "../../firmware/state";
import type { Settings } from "../../firmware/settings";
import type { Tariff } from "../../firmware/credit/tariff";
import { boot } from "../../firmware/index";
import { ENGINE_ARITHMETIC } from "../../firmware/self_check";
import { createBuzzerTwin } from "../twins/buzzer";
import { createCardReaderTwin } from "../twins/card_reader";
import type { ClockTwin } from "../twins/clock";
import { createClockTwin } from "../twins/clock";
import { createCryptoTwin } from "../twins/crypto";
import { createDisplayTwin } from "../twins/display";
import { createEngineTwin } from "../twins/engine";
import type { FlowSensorTwin } from "../twins/flow_sensor";
import { createFlowSensorTwin } from "../twins/flow_sensor";
import { createKeypadTwin } from "../twins/keypad";
import type { NvmTwin } from "../twins/nvm";
import type { PowerTwin } from "../twins/power";
import { createPowerTwin } from "../twins/power";
import { createRadioTwin } from "../twins/radio";
import { createRandomTwin } from "../twins/random";
import { createServicePortTwin } from "../twins/service_port";
import type { TamperTwin } from "../twins/tamper";
import { createTamperTwin } from "../twins/tamper";
import { createTimerTwin } from "../twins/timer";
import type { ValveTwin } from "../twins/valve";
import { createValveTwin } from "../twins/valve";
import { createWatchdogTwin } from "../twins/watchdog";
import type { Queue } from "../world/queue";
import { createQueue, takeHead } from "../world/queue";

/** What surrounds a meter: a world has it, and a dock. */
export interface Surroundings {
  queue: Queue;
  flow: FlowSensorTwin;
  valve: ValveTwin;
  clock: ClockTwin;
  power: PowerTwin;
  tamper: TamperTwin;
}

export interface Dock extends Surroundings {
  settings: Settings;
  /** The tariff that a meter without a memory begins with. */
  tariff: Tariff;
  hal: Hal;
}

function silent(): string | undefined {
  return undefined;
}

function drop(line: string): void {
  if (line === "") {
    return;
  }
}

export function createDock(world: Surroundings, settings: Settings, tariff: Tariff, nvm: NvmTwin): Dock {
  const queue = createQueue();
  const trace = { on: false, host: { read_line: silent, write_line: drop }, queue: queue };
  const valve = createValveTwin(queue, trace, world.valve.travel_ms);
  const flow = createFlowSensorTwin(queue, valve, {
    count_wrap: world.flow.count_wrap,
    start_count: 0,
    pulse_litres: settings.pulse_litres,
    pulse_pulses: settings.pulse_pulses,
    survives_power_cut: world.flow.port.survives_power_cut,
  });
  const clock = createClockTwin(queue, trace, 0);
  const power = createPowerTwin(0);
  const tamper = createTamperTwin();
  return {
    queue: queue,
    flow: flow,
    valve: valve,
    clock: clock,
    power: power,
    tamper: tamper,
    settings: settings,
    tariff: tariff,
    hal: {
      flow: flow.port,
      valve: valve.port,
      clock: clock.port,
      timer: createTimerTwin(queue).port,
      power: power.port,
      tamper: tamper.port,
      display: createDisplayTwin(trace).port,
      keypad: createKeypadTwin().port,
      buzzer: createBuzzerTwin(trace).port,
      service: createServicePortTwin(trace).port,
      watchdog: createWatchdogTwin(queue).port,
      random: createRandomTwin(1),
      crypto: createCryptoTwin(),
      nvm: nvm.port,
      card: createCardReaderTwin(queue, trace).port,
      radio: createRadioTwin(queue, trace).port,
      engine: createEngineTwin().port,
    },
  };
}

/** Takes everything out of the queue, and sets the time to that of a boot. */
function clearQueue(queue: Queue): void {
  let event = queue.head;
  while (event !== undefined) {
    event.queued = false;
    event = event.next;
  }
  queue.head = undefined;
  queue.now_ms = 0;
}

/** A motor that has lost its power stands still where it is. */
function setValve(valve: ValveTwin, from: ValveTwin, now_ms: number): void {
  let opened_ms = from.opened_ms;
  if (from.moving && !from.stuck) {
    const span_ms = from.stop.at_ms - from.started_ms;
    const ran_ms = Math.floor((from.travel_ms * (now_ms - from.started_ms)) / span_ms);
    opened_ms = from.direction === "open" ? opened_ms + ran_ms : opened_ms - ran_ms;
  }
  valve.moving = false;
  valve.direction = from.direction;
  valve.opened_ms = Math.max(0, Math.min(opened_ms, from.travel_ms));
  valve.stuck = from.stuck;
  valve.slow = from.slow;
  valve.lying = from.lying;
  valve.said = from.said;
  valve.leak_l_h = from.leak_l_h;
}

function setFlow(flow: FlowSensorTwin, from: FlowSensorTwin): void {
  const survives = from.port.survives_power_cut;
  flow.demand_l_h = 0;
  flow.rate = 0;
  flow.since_ms = 0;
  flow.forward = 0;
  flow.backward = 0;
  flow.counted_pulses = 0;
  flow.missed_pulses = 0;
  flow.forward_offset = survives ? from.port.forward_count() : 0;
  flow.reverse_count = survives ? from.port.reverse_count() : 0;
  flow.empty = from.empty;
  flow.cut = from.cut;
  flow.uncounted = from.uncounted;
}

/** Sets a dock to what surrounds a meter at this moment; the power is good again unless it was low for long. */
export function surround(dock: Dock, from: Surroundings): void {
  clearQueue(dock.queue);
  setValve(dock.valve, from.valve, from.queue.now_ms);
  setFlow(dock.flow, from.flow);
  dock.clock.epoch_s = from.clock.port.now_utc_s();
  dock.power.supply_mv = from.power.supply_mv;
  dock.tamper.case_open = from.tamper.case_open;
  dock.tamper.magnet_near = from.tamper.magnet_near;
  dock.tamper.reader_open = from.tamper.reader_open;
}

/** Boots a meter on the dock around a memory; undefined when the boot is refused. */
export function bootOn(dock: Dock, nvm: NvmTwin): Meter | undefined {
  const parts = dock.hal;
  const hal: Hal = {
    flow: parts.flow,
    valve: parts.valve,
    clock: parts.clock,
    timer: parts.timer,
    power: parts.power,
    tamper: parts.tamper,
    display: parts.display,
    keypad: parts.keypad,
    buzzer: parts.buzzer,
    service: parts.service,
    watchdog: parts.watchdog,
    random: parts.random,
    crypto: parts.crypto,
    nvm: nvm.port,
    card: parts.card,
    radio: parts.radio,
    engine: parts.engine,
  };
  return boot(hal, dock.settings, dock.tariff, ENGINE_ARITHMETIC).meter;
}

/** Lets virtual time pass on the dock. */
export function passOn(dock: Dock, span_ms: number): void {
  const queue = dock.queue;
  const until_ms = queue.now_ms + span_ms;
  let event = queue.head;
  while (event !== undefined && event.at_ms <= until_ms) {
    takeHead(queue, event);
    event.run();
    event = queue.head;
  }
  queue.now_ms = until_ms;
}
