/**
 * Live run: one scenario on this process's world, as far as someone lets it run, with steps that come while it runs.
 *
 * What is done is kept as the steps of a scenario, and the trace is the one that this scenario gives without a page. In
 * a run from a file the step waits in the queue since the one before it was done, and events of the same millisecond
 * that were scheduled later come after it. A step that comes while the world runs would stand behind all of them, so it
 * is done in the first millisecond in which nothing else happens, where there is no order to get wrong.
 *
 * What cannot be undone in a world (an open tap that is closed earlier than it was opened for, an older state) is
 * changed in the steps, and the world is made anew and runs to where it was: the same steps give the same world.
 */
import { openWorld, runUntil } from "../world/main";
import { cancelEvent, scheduleEvent } from "../world/queue";
import type { World } from "../world/world";
import { cardImage } from "../desfire/image";
import { cardNumber, type CompileOptions } from "../scenario/compile";
import type { FlowRows } from "../scenario/flow_csv";
import type { Step } from "../scenario/schema";
import { timeMs, timeText } from "../scenario/times";
import { UserError } from "../scenario/user_error";
import { addedFlow } from "./added_flow";
import { LiveLines } from "./live_lines";
import type { StepBody } from "./messages";
import { TraceBook } from "./trace_book";

export type LivePlan = Omit<CompileOptions, "trace" | "save_cards">;

/** For how long a tap is opened of which nobody knows yet when it will be closed. */
const TAP_S = 30 * 86_400;
const SECOND_MS = 1000;

export class LiveRun {
  now_ms = 0;
  world: World;
  book = new TraceBook();
  /** All steps, done or to come, in the order of their times. */
  private steps: Step[];
  private lines: LiveLines;
  /** The step that holds the tap open. */
  private tap: Step | undefined;
  /** What is replayed: the scenario's, and what was added while it ran. */
  private replayed: FlowRows | undefined;

  constructor(
    readonly plan: LivePlan,
    steps: readonly Step[] = plan.scenario.steps,
  ) {
    this.steps = structuredClone([...steps]);
    this.replayed = plan.flow;
    this.lines = this.openLines();
    this.world = this.open();
  }

  get flow(): FlowRows | undefined {
    return this.replayed;
  }

  get end_ms(): number {
    return this.lines.parts.end_ms;
  }

  get start_utc_s(): number {
    return this.lines.parts.start_utc_s;
  }

  get ended(): boolean {
    return this.world.ended;
  }

  /** Runs up to a virtual time, or to the end. */
  runTo(until_ms: number): void {
    if (this.ended || until_ms <= this.now_ms) return;
    this.now_ms = Math.min(until_ms, this.end_ms);
    runUntil(this.world, this.now_ms);
  }

  /** Runs to right behind the next frame that the meter hands to its modem, at most to a time; whether one came. */
  runToTelegram(until_ms: number): boolean {
    const { telegram_count } = this.book;
    while (!this.ended && this.now_ms < until_ms && this.book.telegram_count === telegram_count) {
      this.runTo(Math.min(until_ms, Math.max(this.nextEventMs(), this.now_ms + 1)));
    }
    return this.book.telegram_count > telegram_count;
  }

  /** The time of the next event, whatever it is; the end when there is none. */
  nextEventMs(): number {
    return Math.min(this.world.queue.head?.at_ms ?? this.end_ms, this.end_ms);
  }

  /** Does steps now, one after the other in the same millisecond. What the world cannot do leaves no trace. */
  act(bodies: readonly StepBody[]): void {
    const at_ms = this.runToFree();
    const steps = bodies.map((body): Step => ({ at: timeText(at_ms), ...body }));
    const { world } = this;
    this.lines.takeBack();
    this.lines.insert(steps);
    cancelEvent(world.queue, world.step);
    try {
      world.step_line = this.lines.read();
      scheduleEvent(world.queue, world.step, at_ms);
      this.runTo(at_ms);
    } catch (error) {
      this.steps = this.steps.filter((step) => !steps.includes(step));
      this.again();
      throw new UserError(`the meter cannot do this now: ${(error as Error).message}`);
    }
  }

  /**
   * The tap runs with a flow from now on, 0 to close it; negative runs backward. A tap that is open closes, or changes,
   * with the whole second, counted from its opening.
   */
  turnTap(flow_l_h: number): void {
    const { tap } = this;
    if (tap === undefined || this.tapEndMs(tap) <= this.now_ms) {
      this.tap = undefined;
      if (flow_l_h !== 0) this.openTap(flow_l_h);
      return;
    }
    const opened_ms = timeMs(tap.at);
    const open_s = Math.max(0, Math.ceil((this.now_ms + 1 - opened_ms) / SECOND_MS));
    const index = this.steps.indexOf(tap);
    // A change that has not come yet is forgotten: its tap was never open.
    if (open_s === 0) this.steps.splice(index, 1);
    else tap.draw = { flow_l_h: tap.draw?.flow_l_h ?? 0, duration_s: open_s };
    this.tap = undefined;
    if (flow_l_h !== 0) {
      this.tap = { at: timeText(opened_ms + open_s * SECOND_MS), draw: { flow_l_h, duration_s: TAP_S } };
      this.steps.push(this.tap);
      this.steps.sort((one, other) => timeMs(one.at) - timeMs(other.at));
    }
    this.again();
  }

  /**
   * Draws what a file says from the next second on, its first row first, beside all that is drawn already. Throws where
   * the run is too short for it; then nothing has changed.
   */
  addFlow(rows: FlowRows): void {
    const before = this.replayed;
    const first_s = this.start_utc_s + Math.floor(this.now_ms / SECOND_MS) + 1;
    this.replayed = addedFlow(before, rows, first_s);
    try {
      this.again();
    } catch (error) {
      this.replayed = before;
      this.again();
      throw error;
    }
  }

  /** The card of an image as this run has left it, or as its file has it where it was not held up yet. */
  cardImage(image: string): readonly number[] | undefined {
    const number = cardNumber(this.steps.slice(0, this.lines.doneSteps()), image);
    return number === undefined ? this.plan.card_images?.get(image) : cardImage(this.world.cards.cards[number]);
  }

  /** What the tap was turned to; 0 when it is closed, or closes within this second. */
  tapFlowLH(): number {
    const { tap } = this;
    return tap === undefined || this.tapEndMs(tap) <= this.now_ms ? 0 : (tap.draw?.flow_l_h ?? 0);
  }

  /** The steps that have been done, and those of the scenario that are still to come. */
  doneSteps(): Step[] {
    return structuredClone(this.steps.slice(0, this.lines.doneSteps()));
  }

  allSteps(): Step[] {
    return structuredClone(this.steps);
  }

  /** Which of the steps holds the tap open; -1 for none. */
  tapIndex(): number {
    return this.tap === undefined ? -1 : this.steps.indexOf(this.tap);
  }

  /** Brings an earlier state back, or another one. */
  restore(steps: readonly Step[], tap_index: number, now_ms: number, flow: FlowRows | undefined): void {
    this.steps = structuredClone([...steps]);
    this.replayed = flow;
    this.tap = this.steps[tap_index];
    this.now_ms = now_ms;
    this.again();
  }

  /** Runs to a millisecond in which nothing else happens, and stops right before it. */
  runToFree(): number {
    for (let at_ms = this.now_ms + 1; ; at_ms++) {
      this.runTo(at_ms - 1);
      if (this.ended || at_ms >= this.end_ms)
        throw new UserError("this run has come to its end (restore a snapshot, or reset)");
      if (!this.happensAt(at_ms)) return at_ms;
    }
  }

  private happensAt(at_ms: number): boolean {
    const { queue, step } = this.world;
    for (let event = queue.head; event !== undefined && event.at_ms <= at_ms; event = event.next) {
      if (event !== step && event.at_ms === at_ms) return true;
    }
    return false;
  }

  private openTap(flow_l_h: number): void {
    const draw = { flow_l_h, duration_s: TAP_S };
    this.act([{ draw }]);
    // It was done last.
    this.tap = this.steps[this.lines.doneSteps() - 1];
  }

  private tapEndMs(tap: Step): number {
    return timeMs(tap.at) + (tap.draw?.duration_s ?? 0) * SECOND_MS;
  }

  private openLines(): LiveLines {
    const scenario = { ...this.plan.scenario, steps: this.steps };
    return new LiveLines({ ...this.plan, flow: this.replayed, scenario, trace: true }, this.steps);
  }

  private open(): World {
    return openWorld({ read_line: () => this.lines.read(), write_line: (line) => this.book.take(line) });
  }

  /** Makes the world anew from the steps, and lets it run to where it was. */
  private again(): void {
    this.book = new TraceBook();
    this.lines = this.openLines();
    this.world = this.open();
    const now_ms = this.now_ms;
    this.now_ms = -1;
    this.runTo(now_ms);
  }
}
