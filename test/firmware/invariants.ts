/**
 * Invariants: what holds after every event of every program, whatever happened. Each is a function that returns a
 * sentence when it is broken. `watchProgram` runs a program and stops at the first broken one.
 *
 * What depends on hardware that works is promised only until the first fault of that hardware in the program.
 */
import { booksBalance } from "../../firmware/credit/account";
import { creditShuts } from "../../firmware/credit/supply";
import { CODE_DRY } from "../../firmware/metrology/info_codes";
import { nextDeadline } from "../../firmware/schedule";
import type { Meter } from "../../firmware/state";
import { anyReason, describeReasons } from "../../firmware/valve/reasons";
import { driveTime } from "../../firmware/valve/supervisor";
import { truePosition } from "../../sim/twins/valve";
import { openWorld } from "../../sim/world/main";
import { takeHead } from "../../sim/world/queue";
import type { World } from "../../sim/world/world";

/** The page that shows the last credit, in the words of the message that came with it. */
const PAGE_LAST_CREDIT = 6;

/** What an invariant looks at: the present, and what is remembered of the past. */
export interface Watched {
  world: World;
  meter: Meter;
  /** When the timer port's alarm will really come; Infinity for never. */
  alarm_ms: number;
  volume_l: number;
  charged_milli: number;
  /** Since when there has been a reason to shut; -1 while there is none. */
  reason_ms: number;
  valve_failed: boolean;
}

/** Undefined while it holds, or a sentence. */
export type Invariant = (watched: Watched) => string | undefined;

function brokenIf(broken: boolean, sentence: () => string): string | undefined {
  return broken ? sentence() : undefined;
}

function booksBalanceOnceCommissioned({ meter }: Watched): string | undefined {
  const { account, reasons } = meter;
  return brokenIf(!reasons.not_commissioned && !booksBalance(account), () => {
    const { balance_milli, charged_milli, credited_milli, debt_milli } = account;
    return `${balance_milli} + ${charged_milli} is not ${credited_milli} + ${debt_milli}, or a number has a wrong sign`;
  });
}

function volumeNeverFalls({ meter, volume_l }: Watched): string | undefined {
  return brokenIf(meter.register.volume_l < volume_l, () => `${meter.register.volume_l} l after ${volume_l} l`);
}

function chargeNeverFalls({ meter, charged_milli }: Watched): string | undefined {
  const now_milli = meter.account.charged_milli;
  return brokenIf(now_milli < charged_milli, () => `${now_milli} charged after ${charged_milli}`);
}

function alarmIsEarliestDeadline({ meter, alarm_ms }: Watched): string | undefined {
  const next_ms = nextDeadline(meter.schedule);
  return brokenIf(alarm_ms !== next_ms, () => `the alarm comes at ${alarm_ms}, the deadlines are ${deadlines(meter)}`);
}

function noDeadlineInThePast({ meter, world }: Watched): string | undefined {
  return brokenIf(nextDeadline(meter.schedule) < world.queue.now_ms, () => `the deadlines are ${deadlines(meter)}`);
}

function deadlines(meter: Meter): string {
  return meter.schedule.deadlines_ms.join(", ");
}

function noCreditFollowsTheBooks({ meter }: Watched): string | undefined {
  const shuts = creditShuts(meter.account, meter.settings, meter.duty_open);
  return brokenIf(meter.reasons.no_credit !== shuts, () => `no_credit is ${meter.reasons.no_credit}, not ${shuts}`);
}

function plainMeansOpenAndCommissioned({ meter }: Watched): string | undefined {
  const plain = meter.shut_l < 0 && !meter.reasons.not_commissioned;
  return brokenIf(meter.plain !== plain, () => `plain is ${meter.plain}, not ${plain}`);
}

function wantedFollowsTheReasons({ meter }: Watched): string | undefined {
  const { phase, wanted, exercising } = meter.supervisor;
  if (phase === "moving" || exercising) return undefined;
  const right = anyReason(meter.reasons) ? "close" : "open";
  return brokenIf(
    wanted !== right,
    () => `${phase} wants ${wanted}, the reasons are ${describeReasons(meter.reasons)}`,
  );
}

function runNeverOverdraws({ meter }: Watched): string | undefined {
  const { run_l, unit_price_milli, cut } = meter.account;
  if (run_l === 0 || (unit_price_milli === 0 && !cut)) return undefined;
  const left_milli = balanceAfterRun(meter);
  return brokenIf(cut || left_milli <= 0, () => `a run of ${run_l} l leaves ${left_milli}${cut ? ", and is cut" : ""}`);
}

function runNeverSkipsTheWarning({ meter }: Watched): string | undefined {
  const { run_l, unit_price_milli, warned } = meter.account;
  if (run_l === 0 || unit_price_milli === 0 || warned || meter.reasons.not_commissioned) return undefined;
  const left_milli = balanceAfterRun(meter);
  return brokenIf(left_milli <= meter.settings.low_credit_milli, () => `a run of ${run_l} l leaves ${left_milli}`);
}

function balanceAfterRun(meter: Meter): number {
  const { balance_milli, run_l, unit_price_milli, thousandths } = meter.account;
  return balance_milli - Math.floor((run_l * unit_price_milli + thousandths) / 1000);
}

function runNeverCrossesABlock({ meter }: Watched): string | undefined {
  const { run_l, month_l, block_limit_l } = meter.account;
  const crosses = run_l > 0 && month_l + run_l >= block_limit_l;
  return brokenIf(crosses, () => `${run_l} l from ${month_l} l on, and the block ends at ${block_limit_l} l`);
}

function cutExactlyWhenOwed({ meter }: Watched): string | undefined {
  const { cut, balance_milli, unit_price_milli, friendly } = meter.account;
  if (meter.reasons.not_commissioned) return undefined;
  const owed = balance_milli <= 0 && unit_price_milli > 0;
  // Friendly hours do not cut, and do not bring back.
  const wrong = cut ? !owed : owed && !friendly;
  return brokenIf(wrong, () => `cut is ${cut} at ${balance_milli}, price ${unit_price_milli}, friendly ${friendly}`);
}

function closesInTwoTravelTimes({ meter, world, reason_ms, valve_failed }: Watched): string | undefined {
  if (valve_failed || reason_ms < 0) return undefined;
  // The port was moving the other way when the reason came, at the worst.
  const late = world.queue.now_ms - reason_ms > 2 * driveTime(world.valve.port);
  const position = truePosition(world.valve);
  const reasons = describeReasons(meter.reasons);
  return brokenIf(late && position !== "closed", () => `${position}, though ${reasons} since ${reason_ms}`);
}

function restsOpenWithoutReason({ meter, world, reason_ms, valve_failed }: Watched): string | undefined {
  const { phase, exercising } = meter.supervisor;
  if (valve_failed || reason_ms >= 0 || phase !== "resting" || exercising) return undefined;
  const position = truePosition(world.valve);
  return brokenIf(position !== "open", () => `at rest, no reason to shut, and ${position}`);
}

function noSpuriousValveFault({ meter, valve_failed }: Watched): string | undefined {
  const { phase, seized } = meter.supervisor;
  return brokenIf(!valve_failed && (phase === "fault" || seized), () => "a fault is reported of a valve that works");
}

function everyPulseIsBookedOrRefused({ meter, world }: Watched): string | undefined {
  // What a jump adds may be refused or, on a small counter, be lost in a wrap.
  if (world.flow.forward_offset !== world.twins.sensor_start) return undefined;
  const { pulse_litres, pulse_pulses, volume_l, refused_pulses } = meter.register;
  const counted = world.flow.counted_pulses;
  const right_l = Math.floor(((counted - refused_pulses) * pulse_litres) / pulse_pulses);
  return brokenIf(
    volume_l !== right_l,
    () => `${volume_l} l from ${counted} pulses, ${refused_pulses} of them refused`,
  );
}

function cableCutIsSeenAtOnce({ meter, world }: Watched): string | undefined {
  const { cut } = world.flow;
  return brokenIf(
    cut !== (meter.sensor === "cable_cut"),
    () => `the cable is cut: ${cut}, the meter says ${meter.sensor}`,
  );
}

function dryPipeIsSeenAtOnce({ meter, world }: Watched): string | undefined {
  const { empty } = world.flow;
  const dry = meter.info.active[CODE_DRY];
  return brokenIf(empty !== dry, () => `the pipe is empty: ${empty}, the meter says dry: ${dry}`);
}

function messageLeavesTheGlass({ meter, world }: Watched): string | undefined {
  const { message, message_until_ms, text, page } = meter.shown;
  if (message === "" || world.queue.now_ms <= message_until_ms || page === PAGE_LAST_CREDIT) return undefined;
  return brokenIf(text === message, () => `"${text}" should have gone at ${message_until_ms}`);
}

export const INVARIANTS = {
  "the books balance": booksBalanceOnceCommissioned,
  "volume never falls": volumeNeverFalls,
  "the charge never falls": chargeNeverFalls,
  "the alarm is the earliest deadline": alarmIsEarliestDeadline,
  "no deadline is in the past": noDeadlineInThePast,
  "no_credit follows the books": noCreditFollowsTheBooks,
  "plain means open and commissioned": plainMeansOpenAndCommissioned,
  "wanted follows the reasons": wantedFollowsTheReasons,
  "a run never overdraws": runNeverOverdraws,
  "a run never skips the warning": runNeverSkipsTheWarning,
  "a run never crosses a block": runNeverCrossesABlock,
  "cut exactly when owed": cutExactlyWhenOwed,
  "closed within two travel times": closesInTwoTravelTimes,
  "open at rest without a reason": restsOpenWithoutReason,
  "no spurious valve fault": noSpuriousValveFault,
  "every pulse is booked or refused": everyPulseIsBookedOrRefused,
  "a cut cable is seen at once": cableCutIsSeenAtOnce,
  "a dry pipe is seen at once": dryPipeIsSeenAtOnce,
  "a message leaves the glass": messageLeavesTheGlass,
} satisfies Record<string, Invariant>;

export type InvariantName = keyof typeof INVARIANTS;

const NAMES = Object.keys(INVARIANTS) as InvariantName[];

/** Watches a world that has just booted; from here on its alarms are seen. */
export function watch(world: World): Watched {
  const { meter } = world;
  if (meter === undefined) throw new Error(`the boot was refused: ${world.boot}`);
  const watched: Watched = {
    world,
    meter,
    alarm_ms: meter.armed_ms,
    volume_l: 0,
    charged_milli: 0,
    reason_ms: -1,
    valve_failed: false,
  };
  const { timer } = meter.hal;
  const alarm = timer.alarm.bind(timer);
  timer.alarm = (at_ms, callback) => {
    watched.alarm_ms = at_ms;
    alarm(at_ms, () => {
      watched.alarm_ms = Infinity;
      callback();
    });
  };
  return watched;
}

/** Looks at the world after an event: the first broken invariant, or undefined. */
export function lookAt(watched: Watched): string | undefined {
  const { meter, world } = watched;
  const { valve } = world;
  if (valve.stuck || valve.slow || valve.lying) watched.valve_failed = true;
  if (!anyReason(meter.reasons)) watched.reason_ms = -1;
  else if (watched.reason_ms < 0) watched.reason_ms = world.queue.now_ms;
  for (const name of NAMES) {
    const sentence = INVARIANTS[name](watched);
    if (sentence !== undefined) return `${name}: ${sentence}`;
  }
  watched.volume_l = meter.register.volume_l;
  watched.charged_milli = meter.account.charged_milli;
  return undefined;
}

export interface WatchResult {
  events: number;
  /** What was broken, when, and after which step; undefined when all held to the end. */
  broken: string | undefined;
}

/** Runs a program, looking after every event; `sabotage` may spoil something before the look. */
export function watchProgram(lines: readonly string[], sabotage?: (watched: Watched) => void): WatchResult {
  const program = lines[Symbol.iterator]();
  const world = openWorld({
    read_line: () => program.next().value,
    write_line: () => undefined,
  });
  const watched = watch(world);
  let events = 0;
  let doing = world.step_line;
  const at = (what: string): string => `${what} (at ${world.queue.now_ms} ms, after or in "${doing}")`;
  for (let event = world.queue.head; event !== undefined; event = world.queue.head) {
    if (event === world.step) doing = world.step_line;
    takeHead(world.queue, event);
    try {
      event.run();
    } catch (error) {
      return { events, broken: at(String(error)) };
    }
    if (world.ended) break;
    events += 1;
    sabotage?.(watched);
    const broken = lookAt(watched);
    if (broken !== undefined) return { events, broken: at(broken) };
  }
  return { events, broken: world.ended ? undefined : at("the program did not end") };
}
