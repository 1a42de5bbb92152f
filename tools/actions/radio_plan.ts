/**
 * What `curbstop radio plan` does: how a content would be broadcast, the ways compared, and the best ones rehearsed over
 * the simulator's channel. More bytes than a content has are the image of an update, whose turns are rehearsed.
 */
import { CONTENT_MAX_BYTES } from "../../firmware/carousel/fragments";
import { RADIO_MODES, type RadioMode } from "../../firmware/modem/airtime";
import { createRandomNumbers, randomBelow } from "../../sim/world/random_numbers";
import { GatewayError } from "../gateway/gateway_error";
import { bestPlan, hourAirtimeUs, planWith, ratioOf, type Field, type Plan, type Way } from "../gateway/plan";
import { rehearse, type Rehearsal } from "../gateway/rehearsal";
import { rehearseUpdate } from "../gateway/update_rehearsal";
import { EXIT_NO, type Context } from "../context";
import { table } from "../output";

export interface RadioPlanOptions {
  bytes: number;
  meters: number;
  loss: number;
  mode: string;
  windowSeconds: number;
  seed: number;
  json?: boolean;
}

const SIZES = [20, 32, 40, 50, 63, 77, 100, 125, 200];
const WAYS: readonly Way[] = ["code", "passes"];

const ms = (us: number): string => (Number.isFinite(us) ? (us / 1000).toFixed(0) : "-");
const minutes = (span_ms: number): string => (Number.isFinite(span_ms) ? (span_ms / 60_000).toFixed(1) : "-");

function planRow(plan: Plan): string[] {
  const once_us = plan.broadcast_minimum_us;
  return [
    plan.way,
    String(plan.size),
    String(plan.count),
    String(plan.numbers.length),
    ms(plan.airtime_us),
    ms(once_us),
    ratioOf(plan).toFixed(2),
    ms(plan.unicast_minimum_us),
  ];
}

function rehearsedRow(plan: Plan, done: Rehearsal, meters: number): string[] {
  return [
    plan.way,
    `${done.had.at(-1) ?? 0} of ${meters}`,
    String(done.frames),
    ms(done.airtime_us),
    (done.airtime_us / plan.broadcast_minimum_us).toFixed(2),
    (done.airtime_us / meters / 1000).toFixed(2),
    (plan.unicast_minimum_us / meters / 1000).toFixed(0),
    minutes(done.all_have_ms),
    minutes(done.all_told_ms),
    ms(done.hour_most_us),
    String(done.violations),
  ];
}

function planUpdate(field: Field, options: RadioPlanOptions, context: Context): void {
  const { bytes: image_bytes, meters, seed, windowSeconds: window_s } = options;
  const done = rehearseUpdate({ image_bytes, field, window_ms: window_s * 1000, seed });
  const { turn_frames, turn_us, days, frames, airtime_us, hour_most_us, had, unicast_minimum_us } = done;
  if (had.at(-1) !== meters) context.exit_code = EXIT_NO;
  if (options.json === true) {
    context.output.out(
      `${JSON.stringify({ image_bytes, meters, loss: field.loss, window_s, seed, ...done }, null, 2)}\n`,
    );
    return;
  }
  const rows = [
    ["a turn", `${turn_frames} frames, ${ms(turn_us)} ms: the least that a broadcast takes`],
    ["have it", `${had.at(-1) ?? 0} of ${meters}${Number.isFinite(days) ? ` after ${days} days` : ""}`],
    ["by day", had.join(" ")],
    ["sent", `${frames} frames, ${(frames / turn_frames).toFixed(1)} turns`],
    ["airtime", `${ms(airtime_us)} ms, ${(airtime_us / meters / 1000).toFixed(1)} ms a meter`],
    ["ratio", `${(airtime_us / turn_us).toFixed(2)} to a turn`],
    ["unicast", `${ms(unicast_minimum_us)} ms at least, ${ms(turn_us)} ms a meter`],
    ["busiest hour", `${ms(hour_most_us)} ms of ${ms(hourAirtimeUs(field.mode))} ms that the law leaves`],
  ];
  const air = `${options.loss} % loss, ${field.mode}, a window of ${window_s} s a day, seed ${seed}`;
  context.output.out(`an update of ${image_bytes} bytes to ${meters} meters, ${air}\n\n${table(rows)}`);
}

export function radioPlan(options: RadioPlanOptions, context: Context): void {
  const { bytes, meters, seed } = options;
  const mode = RADIO_MODES.find((one) => one.toLowerCase() === options.mode.toLowerCase());
  if (mode === undefined)
    throw new GatewayError("bad_argument", `--mode ${options.mode}: no such mode (${RADIO_MODES.join(", ")})`);
  const field = { meters, loss: options.loss / 100, mode: mode satisfies RadioMode };
  if (bytes > CONTENT_MAX_BYTES) {
    planUpdate(field, options, context);
    return;
  }
  const random = createRandomNumbers(seed);
  const content = Array.from({ length: bytes }, () => randomBelow(random, 256));
  const best = WAYS.map((way) => bestPlan(way, bytes, field));
  const rehearsed = best.map((plan) => rehearse(content, plan, field, seed));
  if (options.json === true) {
    const results = best.map((plan, place) => ({ ...plan, ratio: ratioOf(plan), rehearsed: rehearsed[place] }));
    context.output.out(`${JSON.stringify({ bytes, meters, loss: field.loss, mode, seed, results }, null, 2)}\n`);
    return;
  }
  const plans = WAYS.flatMap((way) => SIZES.flatMap((size) => planWith(way, bytes, size, field) ?? []));
  const head = ["way", "bytes a fragment", "fragments", "frames", "airtime ms", "once ms", "ratio", "unicast once ms"];
  const rehearsedHead = ["way", "have it", "frames", "airtime ms", "ratio", "ms a meter", "unicast ms a meter"];
  rehearsedHead.push("all have it, min", "all told, min", "busiest hour ms", "over the law");
  const out = (text: string): void => {
    context.output.out(text);
  };
  out(`${bytes} bytes to ${meters} meters, ${options.loss} % loss, ${mode}, seed ${seed};`);
  out(` the law leaves ${ms(hourAirtimeUs(mode))} ms an hour\n\nplanned\n`);
  out(table([head, ...plans.map(planRow)]));
  out("\nthe best of each way, rehearsed in virtual time\n");
  const rows = best.map((plan, place) => rehearsedRow(plan, rehearsed[place], meters));
  out(table([rehearsedHead, ...rows]));
}
