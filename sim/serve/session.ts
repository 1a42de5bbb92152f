/**
 * Session: one live run, the pace at which it goes, and the pages that watch it. Pages come and go; the meter stays. It
 * stands still while nobody watches.
 *
 * Everything that a page asks for is done in the order in which it came, and what is refused is answered with one line.
 */
import { basename } from "node:path";
import { FIRMWARE_ID } from "../../firmware/version";
import { bundleName, bundleText } from "./bundle";
import { keysOf, typedKeys } from "./inspector";
import { LiveRun, type LivePlan } from "./live_run";
import { sampleOf, stateOf } from "./live_state";
import type { Answer, Inspection, Request, Sample, Snapshot, State, StepBody, Welcome } from "./messages";
import { filePlan, firstPlan, listedFile, listPlans, textPlan } from "./plans";
import { record } from "./recording";
import { addSample } from "./samples";
import { BLANK_UID, createTray, type Tray } from "./tray";
import { newestTelegrams, telegramsOf } from "./air";
import { Counter } from "./counter";
import type { Helpers } from "./helpers";
import { readFlowText } from "../scenario/flow_csv";
import { UserError } from "../scenario/user_error";

/** The picture changes so often. */
const TICK_MS = 33;
/** A tick that runs longer than this lets the others have their turn; the meter then falls behind, and says so. */
const WORK_MS = 22;
/** The same when it goes as fast as it can: fewer pictures, more meter. */
const WORK_FASTEST_MS = 45;
/** How much virtual time passes at most before the clock on the wall is looked at again. */
const CHUNK_MS = 6 * 3_600_000;
const SAMPLES_A_TICK = 20;
const LINES_A_TICK = 200;
const SNAPSHOTS_MAX = 20;
/** Weight of the newest tick in the speed that is shown. */
const SMOOTHING = 0.2;

interface Kept extends Snapshot {
  steps: ReturnType<LiveRun["allSteps"]>;
  flow: LiveRun["flow"];
  tap_index: number;
  card_id: string;
}

export type Page = (answer: Answer) => void;

export class Session {
  private run: LiveRun;
  private readonly tray: Tray;
  /** The desk beside this run; undefined where its meter has other keys. */
  private counter: Counter | undefined;
  private readonly pages = new Set<Page>();
  private speed: number | null = 1;
  private achieved = 0;
  /** Virtual time that is due, with its fraction of a millisecond. */
  private due_ms = 0;
  private ticked_ms = 0;
  private timer: NodeJS.Timeout | undefined;
  private samples: Sample[] = [];
  private fresh: Sample[] = [];
  private seen = { lines: 0, events: 0, expectations: 0, telegrams: 0 };
  private snapshots: Kept[] = [];
  private snapshot_count = 0;
  private card_id = "";
  private waiting: Promise<void> = Promise.resolve();

  constructor(
    private readonly record_folder: string,
    plan?: LivePlan,
    tray = createTray(),
    private readonly helpers: Helpers = {},
  ) {
    this.tray = tray;
    if (plan === undefined) this.run = this.beginFirst();
    else this.begin((this.run = new LiveRun(plan)));
  }

  join(page: Page): void {
    this.pages.add(page);
    page(this.welcome());
    this.wake();
  }

  leave(page: Page): void {
    this.pages.delete(page);
  }

  close(): void {
    this.pages.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Does what a page asks for, after everything that was asked before. */
  ask(request: Request, page: Page): Promise<void> {
    this.waiting = this.waiting.then(async () => {
      try {
        await this.answer(request, page);
      } catch (error) {
        // A mistake of the person has one line; anything else is a defect, and its words help to find it.
        page({ kind: "refused", text: (error as Error).message });
      }
      this.tell();
    });
    return this.waiting;
  }

  private async answer(request: Request, page: Page): Promise<void> {
    switch (request.do) {
      case "speed":
        return this.setSpeed(request.speed);
      case "advance":
        return this.runTo(this.run.now_ms + request.by_ms);
      case "next_event":
        return this.runTo(this.run.nextEventMs());
      case "flow_csv":
        return this.run.addFlow(await readFlowText(request.name, request.text));
      case "sell_card":
        return this.atCounter((counter) => counter.sellCard(this.run, request.amount_milli));
      case "issue_token":
        return this.atCounter((counter) => counter.issueToken(this.run, request.order));
      case "push_tariff":
        return this.atCounter((counter) => counter.push(this.run, request.wish));
      case "act":
        return this.act(request.steps);
      case "tap":
        return this.run.turnTap(request.flow_l_h);
      case "card":
        return this.insert(request);
      case "snapshot":
        return this.keep();
      case "restore":
        return this.restore(request.snapshot);
      case "record": {
        const recorded = await record(this.run, this.record_folder, request.name);
        page({ kind: "recorded", ...recorded });
        return this.all({ kind: "scenarios", scenarios: listPlans(this.record_folder) });
      }
      case "load":
        if (request.scenario === "") return void this.beginFirst();
        return this.begin(new LiveRun(await filePlan(listedFile(request.scenario, this.record_folder), this.tray)));
      case "load_text":
        return this.begin(new LiveRun(textPlan(request.name, request.text, this.tray)));
      case "reset":
        return this.counter === undefined ? this.begin(new LiveRun(this.run.plan)) : void this.beginFirst();
      case "welcome":
        return page(this.welcome());
      case "add_meter":
        throw new UserError("this session is of one meter (use curbstop sim serve for several)");
      case "inspect":
        return page({ kind: "inspected", inspection: this.inspected(request) });
      case "bundle":
        return page({ kind: "bundle", name: bundleName(this.run), text: bundleText(this.run) });
    }
  }

  private inspected({ text, own_keys, key }: Extract<Request, { do: "inspect" }>): Inspection {
    if (this.helpers.inspect === undefined) throw new UserError("this session has no inspector (use curbstop inspect)");
    const typed = key.trim() === "" ? {} : typedKeys(key);
    if (typed === undefined) throw new UserError("a key has 32 hexadecimal digits (type it again)");
    return this.helpers.inspect(text, own_keys ? { ...keysOf(this.run), ...typed } : typed);
  }

  /** A new meter, with the desk's keys where there is a desk, which begins anew with it. */
  private beginFirst(): LiveRun {
    const { desk } = this.helpers;
    const counter = desk === undefined ? undefined : new Counter(desk);
    const run = new LiveRun(firstPlan(counter?.tray ?? this.tray, desk?.keys));
    this.begin(run, counter);
    return run;
  }

  /** Does something at the desk, and shows what it has come to. */
  private async atCounter(work: (counter: Counter) => void | Promise<void>): Promise<void> {
    const { counter } = this;
    if (counter === undefined) {
      throw new UserError("the desk has no keys of this meter (load a new meter, which has the desk's)");
    }
    await work(counter);
  }

  private begin(run: LiveRun, counter?: Counter): void {
    this.run = run;
    this.counter = counter;
    this.snapshots = [];
    this.card_id = "";
    this.run.runTo(0);
    this.startOver([]);
  }

  /** Sends everything anew: what pages have is of another past. */
  private startOver(samples: Sample[]): void {
    this.samples = samples;
    this.due_ms = this.run.now_ms;
    this.fresh = [];
    addSample(this.samples, sampleOf(this.run));
    this.markSeen();
    this.all(this.welcome());
  }

  private markSeen(): void {
    const { count, event_count, expectations, telegram_count } = this.run.book;
    this.seen = { lines: count, events: event_count, expectations: expectations.length, telegrams: telegram_count };
  }

  private setSpeed(speed: number | null): void {
    this.speed = speed;
    this.achieved = 0;
    this.due_ms = this.run.now_ms;
    this.ticked_ms = performance.now();
    this.wake();
  }

  private act(steps: readonly StepBody[]): void {
    const is_there = this.run.world.card.uid.length > 0;
    for (const { card } of steps) {
      const is_leaving = card?.out !== undefined || card?.pull_after !== undefined;
      if (is_leaving && !is_there) throw new UserError("there is no card in the slot (put one in)");
    }
    this.run.act(steps);
    this.sample();
  }

  private insert({ card, copy, pull_bytes }: Extract<Request, { do: "card" }>): void {
    const known = (this.counter?.tray ?? this.tray).cards.some(({ id }) => id === card);
    if (!known) throw new UserError(`${card}: there is no such card in the tray (reload the page)`);
    const entering: StepBody = { card: { in: card === BLANK_UID ? BLANK_UID : { image: card, copy } } };
    const steps = this.run.world.card.uid.length > 0 ? [{ card: { out: true as const } }, entering] : [entering];
    if (pull_bytes !== null) steps.push({ card: { pull_after: { bytes: pull_bytes, done: false } } });
    this.run.act(steps);
    this.card_id = card;
    this.sample();
  }

  private keep(): void {
    if (this.snapshots.length === SNAPSHOTS_MAX) this.snapshots.shift();
    const { run } = this;
    const id = this.snapshot_count++;
    const kept = { id, t: run.now_ms, steps: run.allSteps(), tap_index: run.tapIndex() };
    this.snapshots.push({ ...kept, flow: run.flow, card_id: this.card_id });
    this.all({ kind: "snapshots", snapshots: this.listSnapshots() });
  }

  private listSnapshots(): Snapshot[] {
    return this.snapshots.map(({ id, t }) => ({ id, t }));
  }

  private restore(id: number): void {
    const kept = this.snapshots.find((snapshot) => snapshot.id === id);
    if (kept === undefined) throw new UserError(`snapshot ${id}: is no longer there (take another)`);
    this.run.restore(kept.steps, kept.tap_index, kept.t, kept.flow);
    this.counter?.goBackTo(kept.t);
    this.card_id = kept.card_id;
    this.speed = 0;
    this.startOver(this.samples.filter(({ t }) => t < kept.t));
  }

  private runTo(until_ms: number): void {
    this.advance(until_ms);
    this.due_ms = this.run.now_ms;
    this.sample();
  }

  private advance(until_ms: number): void {
    if (this.counter?.waits === true) this.counter.runTo(this.run, until_ms);
    else this.run.runTo(until_ms);
  }

  private sample(): void {
    const sample = sampleOf(this.run);
    addSample(this.samples, sample);
    addSample(this.fresh, sample);
  }

  private wake(): void {
    if (this.timer !== undefined || this.speed === 0 || this.pages.size === 0) return;
    this.ticked_ms = performance.now();
    this.timer = setTimeout(() => this.tick(), TICK_MS);
  }

  private tick(): void {
    this.timer = undefined;
    const begun_ms = performance.now();
    const passed_ms = begun_ms - this.ticked_ms;
    this.ticked_ms = begun_ms;
    const from_ms = this.run.now_ms;
    if (!this.run.ended) this.work(begun_ms, passed_ms);
    const now_achieved = (this.run.now_ms - from_ms) / Math.max(1, passed_ms);
    this.achieved = this.achieved === 0 ? now_achieved : this.achieved + SMOOTHING * (now_achieved - this.achieved);
    this.tell();
    if (this.run.ended) this.speed = 0;
    if (this.speed === 0 || this.pages.size === 0) return;
    const rest_ms = this.speed === null ? 1 : Math.max(1, TICK_MS - (performance.now() - begun_ms));
    this.timer = setTimeout(() => this.tick(), rest_ms);
  }

  /** Runs as much virtual time as is due, or as there is time for. */
  private work(begun_ms: number, passed_ms: number): void {
    const { speed, run } = this;
    const due_ms = speed === null ? Infinity : this.due_ms + passed_ms * speed;
    const span_ms = due_ms - run.now_ms;
    const chunk_ms = Math.min(CHUNK_MS, Math.max(1, Math.ceil(span_ms / SAMPLES_A_TICK)));
    const work_ms = speed === null ? WORK_FASTEST_MS : WORK_MS;
    while (!run.ended && run.now_ms < Math.floor(due_ms) && performance.now() - begun_ms < work_ms) {
      this.advance(Math.min(Math.floor(due_ms), run.now_ms + chunk_ms));
      this.sample();
    }
    // What could not be done in time is not made up later: the speed that is reached is shown instead.
    const is_behind = due_ms - run.now_ms > 1;
    this.due_ms = is_behind ? run.now_ms : due_ms;
  }

  private tell(): void {
    const { book } = this.run;
    const { lines, events, expectations } = this.seen;
    this.tellAir();
    this.all({
      kind: "state",
      state: this.state(),
      samples: this.fresh,
      events: book.eventsAfter(events),
      expectations: book.expectations.slice(expectations),
      lines: book.linesAfter(lines, LINES_A_TICK),
    });
    this.fresh = [];
    this.markSeen();
  }

  /** Telegrams since the last time, and what they have said to the desk. */
  private tellAir(): void {
    const { run, counter, helpers } = this;
    const fresh = run.book.telegramsAfter(this.seen.telegrams);
    if (fresh.length > 0) {
      const telegrams = telegramsOf(run, helpers.decode, fresh);
      this.all({ kind: "telegrams", telegrams, count: run.book.telegram_count });
      counter?.hear(run, fresh);
    }
    if (counter?.takeChange() === true) this.all({ kind: "desk", desk: counter.view() });
  }

  private state(): State {
    const { speed, achieved, card_id } = this;
    return stateOf(this.run, { speed, achieved: speed === 0 ? 0 : achieved, card_id });
  }

  private welcome(): Answer {
    const { run, counter } = this;
    const tray = counter?.tray ?? this.tray;
    const { scenario, file } = run.plan;
    const steps = run.allSteps();
    const welcome: Welcome = {
      scenario: { name: scenario.name, description: scenario.description, file: basename(file) },
      start_utc_s: run.start_utc_s,
      meter: {
        number: scenario.meter.meter_number,
        region: scenario.meter.region,
        nvm: scenario.meter.nvm,
        firmware: FIRMWARE_ID,
      },
      scenarios: listPlans(this.record_folder),
      tray: tray.cards,
      snapshots: this.listSnapshots(),
      samples: this.samples,
      events: run.book.eventsAfter(0),
      expectations: run.book.expectations,
      expected: scenario.expect.length + steps.filter((step) => step.expect !== undefined).length,
      lines: run.book.linesAfter(0, LINES_A_TICK),
      desk: counter?.view() ?? null,
      telegrams: newestTelegrams(run, this.helpers.decode),
      telegram_count: run.book.telegram_count,
      has_radio: scenario.meter.radio !== undefined,
      has_tokens: scenario.meter.tokens !== undefined,
    };
    return { kind: "welcome", welcome, state: this.state() };
  }

  private all(answer: Answer): void {
    for (const page of this.pages) page(answer);
  }
}
