/**
 * Stage: what those who act in a life share. Acts are events of the world's own queue, and do the steps of a program
 * (sim/world/program.ts); what the meter answers is read from the trace, which is on only while a step or a boot runs.
 */
import type { Meter } from "../../firmware/state";
import { openWorld } from "../world/main";
import { createEvent, scheduleEvent } from "../world/queue";
import { createRandomNumbers, randomBelow, type RandomNumbers } from "../world/random_numbers";
import { doStep } from "../world/steps";
import type { World } from "../world/world";
import type { Books } from "./books";
import { MemoryWatch } from "./memory_watch";

/** Small seeds give similar first numbers. */
const WARM_UP = 12;
const PROBLEMS_KEPT = 20;

/** Numbers of one actor: what one of them draws never changes what befalls the others. */
export class Chances {
  readonly random: RandomNumbers;

  constructor(seed: number, actor: number) {
    this.random = createRandomNumbers(seed * 48_611 + actor * 7_368_787);
    for (let turn = 0; turn < WARM_UP; turn++) this.below(2);
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    return randomBelow(this.random, count);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True once in so many times. */
  once(in_times: number): boolean {
    return this.below(in_times) === 0;
  }
}

export class Stage {
  readonly world: World;
  readonly memory: MemoryWatch;
  /** What the meter has logged, by code, and what has been done to it. */
  readonly logged = new Map<string, number>();
  readonly done = new Map<string, number>();
  readonly problems: string[] = [];
  problem_count = 0;
  check_due = false;
  /** When the books look at the clock again, in virtual time, and the clock as they last saw it. */
  look_ms = 0;
  clock_epoch_s = -1;
  /** When they last looked. */
  looked_ms = 0;
  private heard = "";
  private doubt: ((meter: Meter) => void) | undefined;

  constructor(
    program: Iterable<string>,
    readonly books: Books,
    readonly seed: number,
  ) {
    const lines = program[Symbol.iterator]();
    this.world = openWorld({
      read_line: () => {
        const next = lines.next();
        return next.done === true ? undefined : next.value;
      },
      write_line: (line) => this.take(line),
    });
    this.world.trace.on = false;
    this.memory = new MemoryWatch(this.world, new Chances(seed, 99).random);
  }

  /** True time, whatever the meter's clock says. */
  utcS(): number {
    return this.world.start_utc_s + Math.floor(this.world.queue.now_ms / 1000);
  }

  /** Brings the books to the time that the meter's clock shows. */
  look(): void {
    const { epoch_s } = this.world.clock;
    const { now_ms } = this.world.queue;
    const until_s = this.books.look(epoch_s === 0 ? 0 : epoch_s + Math.floor(now_ms / 1000));
    this.clock_epoch_s = epoch_s;
    this.look_ms = (until_s - epoch_s) * 1000;
    this.looked_ms = now_ms;
  }

  /** Lets something be done at a virtual time. */
  at(at_ms: number, act: () => void): void {
    const { queue } = this.world;
    const event = createEvent(() => {
      act();
      this.check_due = true;
    });
    scheduleEvent(queue, event, Math.max(Math.floor(at_ms), queue.now_ms));
  }

  /** Lets something be done in so many milliseconds. */
  after(wait_ms: number, act: () => void): void {
    this.at(this.world.queue.now_ms + wait_ms, act);
  }

  /** Does a step; the meter's answer, "" when it gives none, undefined when the power failed before it could. */
  does(words: string): string | undefined {
    const { world } = this;
    this.heard = "";
    this.listen(() => doStep(world, `${world.queue.now_ms} ${words}`));
    return world.powered || this.heard === "off" ? this.heard : undefined;
  }

  /** Runs with the trace on. */
  listen(run: () => void): void {
    const { trace } = this.world;
    trace.on = true;
    run();
    trace.on = false;
  }

  /**
   * Makes the meter look at its clock, which it else does each quarter of an hour: a tariff that it had long ago comes
   * again, and is refused.
   */
  lookAtClock(): void {
    const answer = this.does("tariff 1 0 0 0:1");
    if (answer === "accepted") this.problem("a tariff that was replaced years ago was taken again");
    this.count("tariffs_replayed");
  }

  /** The power failed before the meter could answer: the next boot shows whether it has done what it was asked. */
  leaveInDoubt(settle: (meter: Meter) => void): void {
    this.doubt = settle;
  }

  settleDoubt(meter: Meter): void {
    this.doubt?.(meter);
    this.doubt = undefined;
  }

  problem(text: string): void {
    this.problem_count += 1;
    if (this.problems.length < PROBLEMS_KEPT) {
      this.problems.push(`${new Date(this.utcS() * 1000).toISOString()}: ${text}`);
    }
  }

  count(name: string): void {
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
  }

  counted(name: string): number {
    return this.done.get(name) ?? 0;
  }

  private take(line: string): void {
    const code = /"event":"log".*"code":"(\w+)"/.exec(line)?.[1];
    if (code !== undefined) this.logged.set(code, (this.logged.get(code) ?? 0) + 1);
    this.heard = /"result":"(\w+)"/.exec(line)?.[1] ?? this.heard;
  }
}
