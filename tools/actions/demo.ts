/**
 * What `curbstop demo` does: a scenario on a live meter face, or a plain summary where nobody watches.
 */
import { expectationText, prepareScenario, replayCommand } from "../../sim/run";
import type { LoggedEvent } from "../../sim/serve/messages";
import { EXIT_NO, type Context } from "../context";
import { renderFace, type FaceState } from "../face";
import { eventWords } from "../face_words";
import { moneyText } from "../money";
import { table } from "../output";
import { Playback } from "../playback";
import { Screen } from "../screen";

/** One frame of the animation in virtual time. */
const FRAME_MS = 900_000;
const FRAME_WALL_MS = 25;
/** How long the picture rests when something has happened. */
const EVENT_WALL_MS = 260;
const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

function eventText(event: LoggedEvent, playback: Playback): string {
  return `${playback.clock(event.t)}  ${eventWords(event)}`;
}

/** Litres by hour of the running day, from register readings at the ends of frames. */
class Hours {
  readonly hours_l: number[] = [];
  private read_l = 0;

  take(time_ms: number, volume_l: number): void {
    const hour = Math.floor((time_ms - 1) / HOUR_MS) % DAY_HOURS;
    if (hour < this.hours_l.length - 1) this.hours_l.length = 0;
    while (this.hours_l.length <= hour) this.hours_l.push(0);
    this.hours_l[hour] += volume_l - this.read_l;
    this.read_l = volume_l;
  }
}

function faceState(playback: Playback, hours: Hours, title: string): FaceState {
  const { view } = playback;
  return {
    title,
    clock: playback.clock(playback.now_ms),
    display: view.text("display").replaceAll("_", " "),
    annunciators: view.text("annunciators"),
    valve: view.text("valve"),
    shut_by: view.text("shut_by"),
    flow_l_h: view.number("flow_l_h"),
    balance_milli: view.number("balance_milli"),
    volume_l: view.number("volume_l"),
    unit_price_milli: view.number("unit_price_milli"),
    info: view.text("info"),
    hours_l: hours.hours_l,
    events: playback.events.map((event) => eventText(event, playback)),
    progress: playback.now_ms / playback.end_ms,
  };
}

const sleep = (duration_ms: number, signal: AbortSignal) =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, duration_ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });

/** Draws the face frame by frame; false when it was interrupted. */
async function animate(playback: Playback, draw: () => void, speed: number): Promise<boolean> {
  const abort = new AbortController();
  const interrupt = () => abort.abort();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    let running = true;
    while (running && !abort.signal.aborted) {
      const events = playback.events.length;
      running = playback.run(playback.now_ms + FRAME_MS);
      draw();
      const rest_ms = playback.events.length > events ? EVENT_WALL_MS : FRAME_WALL_MS;
      await sleep(rest_ms / speed, abort.signal);
    }
    return !abort.signal.aborted;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

function summary(playback: Playback): string {
  const { view, events } = playback;
  const money = (field: string) => moneyText(view.number(field));
  const count = (code: string) => events.filter((event) => event.code === code).length;
  const met = playback.expectations.filter((expectation) => expectation.met).length;
  return table([
    ["from", `${playback.clock(0)} to ${playback.clock(playback.now_ms)}, local time`],
    ["water", `${view.number("volume_l")} l`],
    ["credited", money("credited_milli")],
    ["charged", `${money("charged_milli")} (standing charges ${money("standing_milli")})`],
    ["balance", `${money("balance_milli")} (emergency credit to repay ${money("debt_milli")})`],
    [
      "valve",
      `${view.text("valve")}; opened ${count("valve_opened")} times, shut ${count("supply_cut")} times for want of credit`,
    ],
    ["events", `${events.length}; expectations ${met} of ${playback.expectations.length} met`],
  ]);
}

/** Expectations that were not met, with the command that shows them again. */
function reportFailures(playback: Playback, file: string, context: Context): void {
  const failed = playback.expectations.filter((expectation) => !expectation.met);
  for (const expectation of failed) context.output.err(`curbstop: ${file}: ${expectationText(expectation)}\n`);
  if (failed.length > 0) {
    context.output.err(`curbstop: replay with: ${replayCommand({ file }, "node")}\n`);
    context.exit_code = EXIT_NO;
  }
}

/** Plays a scenario, so many times faster than usual. */
export async function demo(file: string, speed: number, context: Context): Promise<void> {
  const { output } = context;
  const prepared = await prepareScenario({ file });
  const playback = new Playback(prepared.program(true));
  const title = `Curbstop · ${prepared.scenario.name}`;
  const hours = new Hours();
  const lines = () => {
    hours.take(playback.now_ms, playback.view.number("volume_l"));
    return renderFace(faceState(playback, hours, title), output.size(), output.colors);
  };
  if (output.tty) {
    const screen = new Screen(output);
    const whole = await animate(playback, () => screen.draw(lines()), speed).finally(() => screen.close());
    // Whoever stops a demo has seen enough: no summary of half a week, and no error either.
    if (!whole) return;
    output.out(lines().join("\n") + "\n");
  } else {
    playback.run(Infinity);
    output.out(`${title}\n`);
    for (const event of playback.events) output.out(`  ${eventText(event, playback)}\n`);
  }
  output.out(summary(playback));
  reportFailures(playback, file, context);
}
