/**
 * The meter: composition root. `boot` checks the engine, makes the records, and wires the ports to their handlers.
 */
import type { Hal } from "../hal/hal";
import { createAnnex } from "./annex";
import { assert } from "./assert";
import { createCardState } from "./card/card_state";
import { onCard } from "./card/session";
import { lookAtPurse } from "./card/standpipe";
import { accountOf } from "./credit/account";
import type { Tariff } from "./credit/tariff";
import { tariffFits } from "./credit/tariff";
import { createDisplayState } from "./display/display";
import { createEngineWatch } from "./engine_watch";
import { createEventLog } from "./event_log";
import { createHistory } from "./history";
import { createKeeper } from "./keeper";
import { keepAtBrownOut } from "./keeping";
import { crossBoundary, measure, flowHandler, onHour, watchBattery } from "./metering";
import { HOUR_MS, createFlow } from "./metrology/flow";
import { createInfoCodes } from "./metrology/info_codes";
import { createRegister } from "./metrology/register";
import { measureOutage, recover } from "./recovery";
import { onTamper } from "./requests";
import { ROOM_CARD, ROOM_TOKEN } from "./rooms";
import {
  NEVER_MS,
  SLOT_BOUNDARY,
  SLOT_CARD,
  SLOT_DISPLAY,
  SLOT_DUTY,
  SLOT_HOUR,
  SLOT_RADIO,
  SLOT_TOKEN,
  SLOT_VALVE,
  createSchedule,
  nextDeadline,
  takeDue,
} from "./schedule";
import type { Arithmetic, NumberModel } from "./self_check";
import { numberModel } from "./self_check";
import { onServiceBytes } from "./service/read_out";
import type { Settings } from "./settings";
import { settingsFault } from "./settings";
import type { Meter } from "./state";
import { note } from "./state";
import { armAt, refreshRunning, settle, takeValveNews } from "./supervision";
import { lineBytes } from "./text";
import { onKey, searchOn } from "./token/keypad";
import { createMeterTokens } from "./token/meter_tokens";
import { createShortCode } from "./token/short_codes";
import { anyReason, createShutReasons } from "./valve/reasons";
import { createSupervisor, endExercise, finishDrive } from "./valve/supervisor";

/** The watchdog's period: the alarm comes at least every quarter of an hour. */
const WATCHDOG_MS = 1800000;

export type BootResult = "ok" | "number_model" | "settings" | "tariff";

/** What boot hands back: the meter, or the reason why there is none. */
export interface Boot {
  result: BootResult;
  /** Which number model or which setting it was; empty when all is well. */
  detail: string;
  meter: Meter | undefined;
}

function createMeter(hal: Hal, settings: Settings, tariff: Tariff): Meter {
  const now_ms = hal.timer.now_ms();
  const register = createRegister(hal.flow, settings.pulse_litres, settings.pulse_pulses);
  return {
    hal: hal,
    settings: settings,
    register: register,
    flow: createFlow(now_ms, register, settings.flow_max_l_h),
    account: accountOf(settings, tariff),
    plain: false,
    boundary_utc_s: NEVER_MS,
    guard_ms: 0,
    shown: createDisplayState(),
    info: createInfoCodes(Math.floor((settings.q3_l_h * settings.burst_permille) / 1000)),
    sensor: "ok",
    reasons: createShutReasons(),
    supervisor: createSupervisor(now_ms),
    shut_l: -1,
    flow_while_shut: false,
    brown_out: false,
    battery_back_mv: 0,
    duty_open: false,
    was_cut: false,
    short_code: createShortCode(),
    tokens: createMeterTokens(settings.tokens),
    schedule: createSchedule(),
    on_alarm: function () {
      return;
    },
    listen: function () {
      return;
    },
    armed_ms: NEVER_MS,
    service_line: "",
    log: createEventLog(),
    history: createHistory(),
    keeper: createKeeper(),
    engine_watch: createEngineWatch(register.forward_seen),
    card: createCardState(settings.region, settings.meter_number),
    annex: createAnnex(),
  };
}

function onValveDeadline(meter: Meter, now_ms: number): void {
  const news = finishDrive(meter.supervisor, meter.hal.valve, now_ms, !anyReason(meter.reasons));
  if (meter.supervisor.exercising && news !== "started") {
    endExercise(meter.supervisor, now_ms);
  }
  takeValveNews(meter, news, now_ms);
}

/** What changes more than the display; what has run through before a boundary belongs to the time before it. */
function onDuty(meter: Meter, now_ms: number): void {
  const schedule = meter.schedule;
  measure(meter, now_ms);
  if (takeDue(schedule, SLOT_BOUNDARY, now_ms)) {
    crossBoundary(meter, now_ms);
  }
  if (takeDue(schedule, SLOT_HOUR, now_ms)) {
    onHour(meter, now_ms);
  }
  if (takeDue(schedule, SLOT_VALVE, now_ms)) {
    onValveDeadline(meter, now_ms);
  }
  if (ROOM_CARD && takeDue(schedule, SLOT_CARD, now_ms)) {
    lookAtPurse(meter, now_ms);
  }
  if (takeDue(schedule, SLOT_RADIO, now_ms)) {
    meter.annex.on_due(now_ms);
  }
  if (ROOM_TOKEN && takeDue(schedule, SLOT_TOKEN, now_ms)) {
    searchOn(meter, now_ms);
  }
  // The duty cycle takes its turn in settle.
  takeDue(schedule, SLOT_DUTY, now_ms);
  settle(meter, now_ms);
}

/** The alarm: whatever is due, is done. The display is due most often and by far the cheapest. */
function onAlarm(meter: Meter): void {
  const now_ms = meter.hal.timer.now_ms();
  meter.hal.watchdog.kick();
  meter.armed_ms = NEVER_MS;
  if (takeDue(meter.schedule, SLOT_DISPLAY, now_ms)) {
    refreshRunning(meter, now_ms);
  }
  const next_ms = nextDeadline(meter.schedule);
  if (next_ms <= now_ms) {
    onDuty(meter, now_ms);
  } else {
    armAt(meter, next_ms);
  }
}

function onBrownOut(meter: Meter, low: boolean): void {
  const now_ms = meter.hal.timer.now_ms();
  meter.brown_out = low;
  measure(meter, now_ms);
  watchBattery(meter);
  if (low) {
    keepAtBrownOut(meter);
  }
  settle(meter, now_ms);
}

/** Sets every listener of the ports; an engine that has removed one after a fault gets them all again. */
function listen(meter: Meter, on_flow: () => void): void {
  const hal = meter.hal;
  hal.flow.on_change(on_flow);
  if (ROOM_TOKEN) {
    hal.keypad.on_key(function (key) {
      onKey(meter, key);
    });
  }
  hal.tamper.on_change(function () {
    onTamper(meter);
  });
  hal.power.on_brown_out(function (low) {
    onBrownOut(meter, low);
  });
  hal.service.on_receive(function (bytes) {
    onServiceBytes(meter, bytes);
  });
  if (ROOM_CARD) {
    hal.card.on_change(function () {
      onCard(meter);
    });
  }
  meter.annex.listen();
}

function wire(meter: Meter): void {
  const on_flow = flowHandler(meter);
  meter.on_alarm = function () {
    onAlarm(meter);
  };
  meter.listen = function () {
    listen(meter, on_flow);
  };
  meter.listen();
}

function refuse(hal: Hal, result: BootResult, detail: string, text: string): Boot {
  assert(result !== "ok", "only a failed boot is refused");
  hal.display.show(text, "A");
  hal.service.write(lineBytes("error boot refused: " + result + " " + detail));
  return { result: result, detail: detail, meter: undefined };
}

/**
 * Makes a meter that stands where its journal left it; without one, shut and not commissioned. It refuses, with a
 * message on the display and at the service port, on an engine whose numbers are too small and with settings or a
 * tariff out of bounds: the valve then stays where it is.
 */
export function boot(hal: Hal, settings: Settings, tariff: Tariff, engine: Arithmetic): Boot {
  const model: NumberModel = numberModel(engine);
  if (model !== "ok") {
    return refuse(hal, "number_model", model, "ERR NUM");
  }
  const fault = settingsFault(settings, hal.flow.count_wrap);
  if (fault !== "") {
    return refuse(hal, "settings", fault, "ERR SET");
  }
  if (!tariffFits(tariff, settings.tokens.mode === "volume")) {
    return refuse(hal, "tariff", "malformed", "ERR TAR");
  }
  const meter = createMeter(hal, settings, tariff);
  recover(meter, tariff);
  wire(meter);
  return { result: "ok", detail: "", meter: meter };
}

/**
 * Sets a booted meter going: the watchdog runs, the ports are looked at, the recovered state is committed anew, and
 * then the valve is brought to where it belongs.
 */
export function start(meter: Meter): void {
  const hal = meter.hal;
  const now_ms = hal.timer.now_ms();
  hal.watchdog.start(WATCHDOG_MS);
  note(meter, "boot", meter.keeper.resets);
  if (meter.keeper.storage !== "ok") {
    note(meter, "storage_" + meter.keeper.storage, meter.register.volume_l);
  }
  meter.schedule.deadlines_ms[SLOT_HOUR] = now_ms + HOUR_MS;
  measureOutage(meter);
  crossBoundary(meter, now_ms);
  watchBattery(meter);
  measure(meter, now_ms);
  onTamper(meter);
}
