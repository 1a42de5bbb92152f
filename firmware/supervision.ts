/**
 * Supervision: after anything that happened, the valve, the warnings, the display and the alarm follow the state.
 */
import { LIMIT_PERIOD_S, creditShuts, dutyCycled, limitOpen } from "./credit/supply";
import { REFRESH_MS, refreshAt, showMessage, showQueued, writeDisplay } from "./display/display";
import { PAGE_BALANCE, PAGE_FLOW, annunciators, pageText } from "./display/pages";
import { keepChanges } from "./keeping";
import { NEVER_MS, SLOT_DISPLAY, SLOT_DUTY, SLOT_VALVE, nextDeadline } from "./schedule";
import type { Meter } from "./state";
import { note } from "./state";
import { anyReason } from "./valve/reasons";
import type { SupervisorNews } from "./valve/supervisor";
import { driveTime, wantValve } from "./valve/supervisor";

/** Hands a deadline to the timer port, when it is not there already. */
export function armAt(meter: Meter, at_ms: number): void {
  if (at_ms !== meter.armed_ms) {
    meter.armed_ms = at_ms;
    meter.hal.timer.alarm(at_ms, meter.on_alarm);
  }
}

/** Hands the earliest deadline to the timer port. */
function arm(meter: Meter): void {
  armAt(meter, nextDeadline(meter.schedule));
}

/** Logs what the valve supervisor reports and sets its deadline. */
export function takeValveNews(meter: Meter, news: SupervisorNews, now_ms: number): void {
  switch (news) {
    case "started":
      meter.schedule.deadlines_ms[SLOT_VALVE] = now_ms + driveTime(meter.hal.valve);
      meter.shut_l = -1;
      break;
    case "opened":
      meter.flow_while_shut = false;
      note(meter, "valve_opened", meter.register.volume_l);
      break;
    case "shut":
      meter.shut_l = 0;
      note(meter, "valve_shut", meter.register.volume_l);
      break;
    case "fault":
      note(meter, "valve_fault", meter.register.volume_l);
      meter.hal.buzzer.beep("bad");
      break;
    case "still_fault":
      // Said once: an hourly line would push everything else out of the log, and a nightly beep wakes the house.
      break;
    default:
      break;
  }
  meter.plain = meter.shut_l < 0 && !meter.reasons.not_commissioned;
}

/** The duty cycle as it is now: the lifeline's, or that of a limit of flow. */
function turnDuty(meter: Meter, now_ms: number): void {
  const deadlines_ms = meter.schedule.deadlines_ms;
  const settings = meter.settings;
  const limit_l_h = meter.tokens.flow_limit_l_h;
  const lifeline = dutyCycled(meter.account, settings);
  if (!lifeline && limit_l_h === 0) {
    deadlines_ms[SLOT_DUTY] = NEVER_MS;
    meter.duty_open = false;
  } else if (deadlines_ms[SLOT_DUTY] === NEVER_MS) {
    const period_s = lifeline ? settings.lifeline_period_s : LIMIT_PERIOD_S;
    const open_s = lifeline ? settings.lifeline_open_s : limitOpen(settings, limit_l_h);
    meter.duty_open = !meter.duty_open || open_s === period_s;
    deadlines_ms[SLOT_DUTY] = now_ms + (meter.duty_open ? open_s : period_s - open_s) * 1000;
  }
  meter.reasons.flow_limit = limit_l_h > 0 && !lifeline && !meter.duty_open;
}

function warn(meter: Meter): void {
  const account = meter.account;
  // A standpipe has no household to warn: its balance is what is left of a step.
  const warns = !meter.reasons.not_commissioned && meter.settings.standpipe_step_l === 0;
  const low = warns && account.balance_milli <= meter.settings.low_credit_milli;
  if (low && !account.warned) {
    note(meter, "low_credit", account.balance_milli);
    meter.hal.buzzer.beep("warning");
  }
  account.warned = low;
  if (account.cut !== meter.was_cut) {
    meter.was_cut = account.cut;
    note(meter, account.cut ? "supply_cut" : "supply_back", account.balance_milli);
  }
}

/** Writes the display now; the annunciators are as `settle` left them. */
function refreshDisplay(meter: Meter, now_ms: number): void {
  const shown = meter.shown;
  let next_ms = NEVER_MS;
  let text: string;
  if (now_ms < shown.message_until_ms || showQueued(shown, now_ms)) {
    text = shown.message;
    next_ms = shown.message_until_ms;
  } else {
    if (now_ms < shown.attention_until_ms) {
      // A rate changes by itself when the tap is closed; everything else changes by an event.
      next_ms = shown.page === PAGE_FLOW ? refreshAt(shown, now_ms) : shown.attention_until_ms;
    } else {
      shown.page = PAGE_BALANCE;
    }
    text = pageText(meter, shown.page, now_ms);
  }
  writeDisplay(shown, meter.hal.display, text);
  meter.schedule.deadlines_ms[SLOT_DISPLAY] = next_ms;
}

/** Marks the display stale after a litre; it is written again soon, not at once. */
export function markStale(meter: Meter, now_ms: number): void {
  meter.shown.stale = true;
  const due_ms = refreshAt(meter.shown, now_ms);
  if (due_ms < meter.schedule.deadlines_ms[SLOT_DISPLAY]) {
    meter.schedule.deadlines_ms[SLOT_DISPLAY] = due_ms;
    if (due_ms < meter.armed_ms) {
      armAt(meter, due_ms);
    }
  }
}

/** A refresh is due. While water runs the next one is set here, which is cheaper than by the next litre. */
export function refreshRunning(meter: Meter, now_ms: number): void {
  refreshDisplay(meter, now_ms);
  const due_ms = refreshAt(meter.shown, now_ms);
  const runs = now_ms - meter.flow.last_pulse_ms < REFRESH_MS;
  if (runs && due_ms < meter.schedule.deadlines_ms[SLOT_DISPLAY]) {
    meter.shown.stale = true;
    meter.schedule.deadlines_ms[SLOT_DISPLAY] = due_ms;
  }
}

/** Writes the display for keys that change nothing else. */
export function showNow(meter: Meter, now_ms: number): void {
  refreshDisplay(meter, now_ms);
  arm(meter);
}

/** Puts a message before the page; `settle`, which must follow, writes it. */
export function tell(meter: Meter, text: string, now_ms: number): void {
  showMessage(meter.shown, text, now_ms);
}

/** Lets everything follow the state; the last act of every handler. */
export function settle(meter: Meter, now_ms: number): void {
  turnDuty(meter, now_ms);
  meter.reasons.no_credit = creditShuts(meter.account, meter.settings, meter.duty_open);
  warn(meter);
  // The valve acts on nothing that a power cut could take back.
  keepChanges(meter);
  takeValveNews(meter, wantValve(meter.supervisor, meter.hal.valve, !anyReason(meter.reasons)), now_ms);
  meter.shown.annunciators = annunciators(meter);
  refreshDisplay(meter, now_ms);
  meter.annex.on_settled(now_ms);
  arm(meter);
}
