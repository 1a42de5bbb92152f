/**
 * Metering: what the sensor reports becomes litres, money, rates and info codes.
 *
 * `flowHandler` makes what runs for every pulse of a meter's life, and so decides what a litre costs in energy: what is
 * rare is kept out of it, in functions of its own.
 */
import { prepareForCard } from "./card/prepared";
import { nextBoundary, passTime, renewLifeline } from "./credit/billing_time";
import { localSeconds } from "./credit/calendar";
import { chargeLitres, useWater } from "./credit/ledger";
import { lookAtEngine } from "./engine_watch";
import { addHour, addMonth } from "./history";
import { DUE_NOW, DUE_SOON } from "./keeper";
import { keepHourly, keepLitres, paceRun } from "./keeping";
import { HOUR_MS, WINDOW_MS, closeWindow, possible } from "./metrology/flow";
import {
  CODES,
  CODE_BURST,
  CODE_DRY,
  CODE_LEAK,
  CODE_REVERSE,
  beginHour,
  endBurst,
  endHour,
  judgeBurst,
  leaking,
  setCode,
} from "./metrology/info_codes";
import { addForward, addReverse, litresOfPulse, pulsesBetween } from "./metrology/register";
import { ROOM_CARD } from "./rooms";
import { NEVER_MS, SLOT_BOUNDARY, SLOT_HOUR } from "./schedule";
import type { Meter } from "./state";
import { note, validTime } from "./state";
import { markStale, settle, takeValveNews } from "./supervision";
import { checkValve, exerciseDue } from "./valve/supervisor";

/** While the clock is not valid, time is looked at again after this. */
const CLOCK_CHECK_MS = 900000;
/** An exercise waits until no water has run for this long. */
const EXERCISE_IDLE_MS = 600000;
/** The clock shows whole seconds, so a boundary may come so long before its deadline. */
const CLOCK_STEP_MS = 1000;

/** Brings the account to a time; what changes with it is kept at once. */
function passBoundary(meter: Meter, utc_s: number, local_s: number): void {
  const account = meter.account;
  const day = account.day;
  const month = account.month;
  const lifeline_day = account.lifeline_day;
  const friendly = account.friendly;
  const charged_milli = account.charged_milli;
  const ruled = meter.annex.pass_time(utc_s);
  const activated = passTime(account, meter.settings, utc_s, local_s);
  if (activated) {
    note(meter, "tariff_active", account.tariff.id);
  }
  if (month >= 0 && account.month > month) {
    addMonth(meter.history, month, meter.register.volume_l, charged_milli);
    meter.keeper.months_due = true;
  }
  const day_changed = account.day !== day || account.month !== month || account.lifeline_day !== lifeline_day;
  if (activated || ruled || day_changed || account.friendly !== friendly) {
    meter.keeper.due = DUE_NOW;
  }
}

/** Brings the account to the clock's time and sets the next boundary. */
export function crossBoundary(meter: Meter, now_ms: number): void {
  // A pulse can come here just before the alarm would, and put the alarm off: the watchdog is kicked by both.
  meter.hal.watchdog.kick();
  const utc_s = validTime(meter);
  const local_s = utc_s === 0 ? 0 : localSeconds(meter.settings, utc_s);
  if (!meter.reasons.not_commissioned) {
    passBoundary(meter, utc_s, local_s);
  }
  meter.boundary_utc_s = NEVER_MS;
  let wait_ms = CLOCK_CHECK_MS;
  if (utc_s > 0) {
    meter.boundary_utc_s = nextBoundary(meter.account, meter.settings, utc_s, local_s);
    if (!meter.reasons.not_commissioned) {
      // Out of service no rules begin, and a start that is over would wake the meter without end.
      meter.boundary_utc_s = Math.min(meter.boundary_utc_s, meter.annex.next_start_utc_s);
    }
    wait_ms = (meter.boundary_utc_s - utc_s) * 1000;
  }
  meter.schedule.deadlines_ms[SLOT_BOUNDARY] = now_ms + wait_ms;
  // While the engine watch waits to hear from the handler, every pulse takes its seldom path.
  meter.guard_ms = meter.engine_watch.heard ? now_ms + wait_ms - CLOCK_STEP_MS : 0;
}

function noteCode(meter: Meter, code: number, changed: boolean): void {
  if (changed) {
    note(meter, CODES[code] + (meter.info.active[code] ? "_on" : "_off"), meter.register.volume_l);
  }
}

/** Closes the window with the pulses that have just come. */
function endWindow(meter: Meter, now_ms: number, pulses: number): void {
  const flow = meter.flow;
  const info = meter.info;
  const start_ms = flow.window_start_ms;
  // An hour without a pulse is longer than a window, and only a pulse closes one: the end of it is always seen here.
  if (now_ms - flow.last_pulse_ms >= HOUR_MS) {
    flow.stagnant_ms = now_ms;
  }
  closeWindow(flow, now_ms, pulses, meter.register);
  if (flow.flow_l_h > info.burst_l_h || info.burst_since_ms >= 0) {
    noteCode(meter, CODE_BURST, judgeBurst(info, flow.flow_l_h, start_ms, now_ms));
  }
}

/** The quantum of litres is over, the plan is not: they are kept, and the next run begins. */
function beginRun(meter: Meter, litres: number, now_ms: number): void {
  const account = meter.account;
  account.run_l += account.plan_l;
  account.plan_l = 0;
  chargeLitres(account, litres);
  keepLitres(meter);
  paceRun(meter);
  if (meter.reasons.storage) {
    settle(meter, now_ms);
  } else if (!meter.shown.stale) {
    markStale(meter, now_ms);
  }
}

/** Litres that need a look: a mark is due, credit runs low, the valve is shut, or there is no commissioning yet. */
function useWithCare(meter: Meter, litres: number, now_ms: number): void {
  if (meter.plain && litres <= meter.account.run_l + meter.account.plan_l) {
    beginRun(meter, litres, now_ms);
    return;
  }
  if (!meter.reasons.not_commissioned) {
    useWater(meter.account, meter.settings, litres);
  }
  if (meter.shut_l >= 0) {
    meter.shut_l += litres;
    // The first pulse may have begun before the valve shut: it is no alarm yet.
    if (meter.shut_l > litresOfPulse(meter.register) && !meter.flow_while_shut) {
      meter.flow_while_shut = true;
      note(meter, "flow_while_shut", meter.shut_l);
      meter.hal.buzzer.beep("bad");
    }
  }
  settle(meter, now_ms);
}

/**
 * Pulses that no pipe can bring are not billed, but counted. The first of them are logged and raise the alarm, which
 * stands for the hour; the others change nothing, so that interference does not drain the battery.
 */
function refusePulses(meter: Meter, pulses: number, now_ms: number): void {
  meter.register.refused_pulses += pulses;
  if (meter.sensor === "ok") {
    // A cut cable is the graver fault and stays named until it is mended.
    meter.sensor = "impossible_rate";
    note(meter, "impossible_rate", pulses);
    meter.keeper.due = DUE_NOW;
    settle(meter, now_ms);
  }
}

/** Books pulses. This and what it calls for an ordinary litre is what each litre costs in energy. */
function takePulses(meter: Meter, pulses: number, now_ms: number): void {
  const flow = meter.flow;
  if (now_ms - flow.window_start_ms >= WINDOW_MS) {
    endWindow(meter, now_ms, pulses);
  } else if (flow.window_left < pulses) {
    refusePulses(meter, pulses, now_ms);
    return;
  } else {
    flow.window_left -= pulses;
  }
  flow.last_pulse_ms = now_ms;
  const litres = addForward(meter.register, pulses);
  if (litres > 0) {
    const account = meter.account;
    if (litres > account.run_l || !meter.plain) {
      useWithCare(meter, litres, now_ms);
    } else {
      chargeLitres(account, litres);
      if (!meter.shown.stale) {
        markStale(meter, now_ms);
      }
    }
  }
}

/** Reads what changes seldom: reverse counts, empty pipe, the cable. True when something has changed. */
function lookAtSensor(meter: Meter): boolean {
  const sensor = meter.hal.flow;
  const settings = meter.settings;
  const count = sensor.reverse_count();
  const pulses = pulsesBetween(meter.register.reverse_seen, count, sensor.count_wrap);
  const events = meter.log.count;
  if (pulses > 0) {
    meter.register.reverse_seen = count;
    meter.info.reverse_pulses += pulses;
    addReverse(meter.register, pulses);
    noteCode(meter, CODE_REVERSE, setCode(meter.info, CODE_REVERSE, true));
  }
  noteCode(meter, CODE_DRY, setCode(meter.info, CODE_DRY, sensor.empty_pipe()));
  const cut = sensor.fault() === "cable_cut";
  if (cut && meter.sensor !== "cable_cut") {
    meter.sensor = "cable_cut";
    note(meter, "sensor_cable_cut", meter.register.volume_l);
    // Unmeasured water is free water: a cut cable is treated like an opened case.
    if (settings.tamper_shuts) {
      meter.reasons.tamper = true;
    }
  } else if (!cut && meter.sensor === "cable_cut") {
    meter.sensor = "ok";
    note(meter, "sensor_ok", meter.register.volume_l);
  }
  return pulses > 0 || events !== meter.log.count;
}

/** Takes the sensor's counts, however many pulses there are. */
export function measure(meter: Meter, now_ms: number): void {
  const register = meter.register;
  const sensor = meter.hal.flow;
  const count = sensor.forward_count();
  const pulses = pulsesBetween(register.forward_seen, count, sensor.count_wrap);
  if (pulses === 0) {
    if (lookAtSensor(meter)) {
      settle(meter, now_ms);
    }
    return;
  }
  register.forward_seen = count;
  if (pulses === 1 || possible(meter.flow, now_ms, pulses, register, meter.settings.flow_max_l_h)) {
    takePulses(meter, pulses, now_ms);
  } else {
    refusePulses(meter, pulses, now_ms);
  }
}

/** The handler's seldom path: a boundary may be due, or the engine watch wants to hear from it. */
function crossIfDue(meter: Meter, now_ms: number): void {
  meter.engine_watch.heard = true;
  meter.guard_ms = meter.schedule.deadlines_ms[SLOT_BOUNDARY] - CLOCK_STEP_MS;
  if (meter.hal.clock.now_utc_s() >= meter.boundary_utc_s) {
    crossBoundary(meter, now_ms);
    settle(meter, now_ms);
  }
}

/** The handler of the flow port, called when something has changed at the sensor. */
export function flowHandler(meter: Meter): () => void {
  const hal = meter.hal;
  const register = meter.register;
  return function () {
    const now_ms = hal.timer.now_ms();
    if (now_ms >= meter.guard_ms) {
      crossIfDue(meter, now_ms);
    }
    const next = register.forward_seen + 1;
    if (hal.flow.forward_count() === next) {
      register.forward_seen = next;
      takePulses(meter, 1, now_ms);
    } else {
      measure(meter, now_ms);
    }
  };
}

/** Judges the codes that an hour decides; between booking the last hour and beginning the next. */
function judgeHour(meter: Meter, now_ms: number): void {
  const info = meter.info;
  const flow = meter.flow;
  noteCode(meter, CODE_LEAK, setCode(info, CODE_LEAK, leaking(flow.stagnant_ms, flow.last_pulse_ms, now_ms)));
  if (info.reverse_pulses === 0) {
    noteCode(meter, CODE_REVERSE, setCode(info, CODE_REVERSE, false));
  }
  if (meter.sensor === "impossible_rate") {
    meter.sensor = "ok";
    note(meter, "sensor_ok", meter.register.volume_l);
  }
}

/** Looks at the interpreter: its memory, what it has lost, and whether it still calls the flow handler. */
function watchEngine(meter: Meter): void {
  const hal = meter.hal;
  const news = lookAtEngine(meter.engine_watch, hal.engine, meter.register.forward_seen, hal.flow.count_wrap);
  for (let i = 0; i < news.codes.length; i++) {
    note(meter, news.codes[i], news.values[i]);
  }
  if (news.rearm) {
    meter.listen();
  }
  // The next pulse takes the handler's seldom path, and so shows that it is still called.
  meter.guard_ms = 0;
}

/** The work of each hour: info codes, engine, battery, valve. */
export function onHour(meter: Meter, now_ms: number): void {
  const flow = meter.flow;
  lookAtSensor(meter);
  watchEngine(meter);
  if (now_ms - flow.last_pulse_ms >= WINDOW_MS) {
    // No pulse closes the window of a flow that has stopped.
    noteCode(meter, CODE_BURST, endBurst(meter.info));
  }
  addHour(meter.history, meter.register.volume_l, validTime(meter));
  meter.keeper.due = Math.max(meter.keeper.due, DUE_SOON);
  endHour(meter.info);
  judgeHour(meter, now_ms);
  beginHour(meter.info);
  watchBattery(meter);
  if (exerciseDue(meter.supervisor, now_ms) && now_ms - flow.last_pulse_ms >= EXERCISE_IDLE_MS) {
    meter.supervisor.exercising = true;
    note(meter, "valve_exercise", meter.register.volume_l);
  }
  if (meter.info.hour === 0 && meter.boundary_utc_s === NEVER_MS) {
    // Without the time a day is 24 hours: the lifeline must not end because the clock did.
    renewLifeline(meter.account);
    meter.keeper.due = DUE_NOW;
  }
  keepHourly(meter);
  // The valve is checked against the reasons as they are now, not as they were before this hour's look.
  settle(meter, now_ms);
  takeValveNews(meter, checkValve(meter.supervisor, meter.hal.valve), now_ms);
  if (ROOM_CARD) {
    prepareForCard(meter);
  }
  meter.schedule.deadlines_ms[SLOT_HOUR] = now_ms + HOUR_MS;
}

/** Margin by which a supply that was empty must recover before the valve may open again. */
const BATTERY_MARGIN_MV = 100;

/** Shuts the valve while the battery can still move it: at the empty level, or at the brown-out warning. */
export function watchBattery(meter: Meter): void {
  const supply_mv = meter.hal.power.supply_mv();
  const empty_mv = meter.settings.battery_empty_mv;
  if (!meter.reasons.battery) {
    if (meter.brown_out || supply_mv < empty_mv) {
      meter.reasons.battery = true;
      // A dip that passes says nothing of the battery; a level does, and without a margin the valve would never rest.
      meter.battery_back_mv = supply_mv < empty_mv ? empty_mv + BATTERY_MARGIN_MV : empty_mv;
      note(meter, meter.brown_out ? "brown_out" : "battery_empty", supply_mv);
    }
  } else if (supply_mv < empty_mv) {
    meter.battery_back_mv = empty_mv + BATTERY_MARGIN_MV;
  } else if (!meter.brown_out && supply_mv >= meter.battery_back_mv) {
    meter.reasons.battery = false;
    note(meter, "battery_ok", supply_mv);
  }
}
