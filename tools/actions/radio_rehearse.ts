/**
 * What `curbstop radio rehearse` does: a signed tariff broadcast to whole meters over the simulator's channel, what it
 * cost, and what it costs at least.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REGION_PARAMETERS } from "../lms/names";
import { hourAirtimeUs } from "../gateway/plan";
import { rehearseWhole, REHEARSED_MODE, type WholeRehearsal } from "../gateway/whole_rehearsal";
import { EXIT_NO, type Context } from "../context";
import { table } from "../output";
import { createProgress } from "../progress";

export interface RadioRehearseOptions {
  meters: number;
  loss: number;
  seed: number;
  json?: boolean;
}

const HOUR_MS = 3_600_000;

const ms = (us: number): string => (us / 1000).toFixed(0);

function span(span_ms: number): string {
  if (!Number.isFinite(span_ms)) return "never";
  const hours = Math.floor(span_ms / HOUR_MS);
  const minutes = Math.floor((span_ms % HOUR_MS) / 60_000);
  return `${hours} h ${minutes} min ${((span_ms % 60_000) / 1000).toFixed(1)} s after the push`;
}

/** What each meter by itself would cost: its fragments once, and as often as the channel makes it. */
function unicastOf({ plan }: WholeRehearsal, loss: number): { minimum_us: number; expected_us: number } {
  return { minimum_us: plan.unicast_minimum_us, expected_us: Math.round(plan.unicast_minimum_us / (1 - loss)) };
}

function summary(done: WholeRehearsal, { meters, loss, seed }: RadioRehearseOptions): string {
  const { plan, airtime_us } = done;
  const unicast = unicastOf(done, loss / 100);
  const row = (way: string, used_us: number, least_us: number): string[] => [
    way,
    ms(used_us),
    (used_us / meters / 1000).toFixed(2),
    ms(least_us),
    (used_us / least_us).toFixed(2),
  ];
  const airtimes = [
    ["way", "airtime ms", "ms a meter", "minimum ms", "ratio"],
    row("broadcast", airtime_us, plan.broadcast_minimum_us),
    row("unicast, by calculation", unicast.expected_us, unicast.minimum_us),
  ];
  const limit = `of ${ms(hourAirtimeUs(REHEARSED_MODE))} ms that the law leaves; ${done.violations} frames over it`;
  const facts = [
    ["tariff", `${done.bytes} bytes with its signature, ${plan.count} fragments of ${plan.size} bytes`],
    ["sent", `${done.frames} frames in ${done.days} daily windows`],
    ["in force", `in ${done.active} of ${meters} meters, ${span(done.all_active_ms)}`],
    ["gateway knows", `of ${done.told}, ${span(done.all_told_ms)}`],
    ["busiest hour", `${ms(done.hour_most_us)} ms ${limit}`],
  ];
  const head = `${meters} whole meters, ${loss} % loss, ${REHEARSED_MODE}, seed ${seed}, virtual time\n\n`;
  return `${head}${table(facts)}\n${table(airtimes)}`;
}

export async function radioRehearse(options: RadioRehearseOptions, context: Context): Promise<void> {
  const { meters, loss, seed } = options;
  const folder = mkdtempSync(join(tmpdir(), "curbstop-rehearsal-"));
  const bar = createProgress(context.output);
  bar.start(meters, 0, { doing: "meters have the tariff in force" });
  let done: WholeRehearsal;
  try {
    const order = { meters, loss: loss / 100, seed, signing: REGION_PARAMETERS };
    done = await rehearseWhole(order, folder, (active) => {
      bar.update(active);
      // The meters leave the bar no turn of its own. One that nobody watches has not begun.
      if (bar.isActive) bar.render();
    });
  } finally {
    bar.stop();
    rmSync(folder, { recursive: true });
  }
  if (done.active < meters || done.violations > 0) context.exit_code = EXIT_NO;
  if (options.json === true) {
    const ratio = done.airtime_us / done.plan.broadcast_minimum_us;
    const told = { meters, loss: loss / 100, seed, ...done, ratio, unicast: unicastOf(done, loss / 100) };
    context.output.out(`${JSON.stringify(told, null, 2)}\n`);
    return;
  }
  context.output.out(summary(done, options));
}
