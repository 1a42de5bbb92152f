/**
 * Counter: the desk (desk.ts) at work beside one live run. What it sells is no part of the world: a card lies in the tray
 * until someone puts it into the slot, a token is paper until someone keys it in. Those are the steps.
 *
 * A tariff that was pushed waits for the meter's next telegram, behind which its window is open, and is then on the air:
 * that is a step too. How far it has come is what later telegrams say.
 *
 * The desk does not go back with a snapshot: what was sold stays sold. A push that had been sent after it is dropped, for
 * in this past it never was.
 */
import { localSeconds } from "../../firmware/credit/calendar";
import { UserError } from "../scenario/user_error";
import type { Desk, TokenOrder } from "./desk";
import type { LiveRun } from "./live_run";
import type { DeskView, PushView, SaleView, TariffWish } from "./messages";
import type { SentFrame } from "./trace_book";
import type { Tray } from "./tray";

const SALES_SHOWN = 20;
const PUSHES_MAX = 20;
/** Each is an image in memory. */
const CARDS_MAX = 200;
const CARD_UID_FIRST = 9;
const CARD_UID_END = 16;
/** Behind a frame's airtime: the longest takes 21 ms, and the window is open for seconds. */
const WINDOW_OPEN_MS = 100;
const WAITING = { state: "waiting", reason: "", sent_t: null } as const;

interface Pushed extends PushView {
  readonly message: string;
}

function utcS(run: LiveRun): number {
  return run.start_utc_s + Math.floor(run.now_ms / 1000);
}

/** The time at which the meter's own clock shows so many local seconds. */
function utcOfLocal({ world }: LiveRun, local_s: number): number {
  const about_s = local_s - (localSeconds(world.settings, local_s) - local_s);
  return about_s + local_s - localSeconds(world.settings, about_s);
}

export class Counter {
  readonly tray: Tray;
  private household: string;
  private sold = 0;
  private sales: SaleView[] = [];
  private pushes: Pushed[] = [];
  private is_changed = false;

  constructor(private readonly desk: Desk) {
    desk.reset();
    this.household = desk.household;
    this.tray = { cards: [...desk.tray.cards], images: new Map(desk.tray.images) };
  }

  view(): DeskView {
    return {
      tray: this.tray.cards,
      sales: this.sales,
      pushes: this.pushes.map(({ message: _message, ...push }) => push),
    };
  }

  /** Sells onto the household's card, as the run has left it. */
  async sellCard(run: LiveRun, amount_milli: number): Promise<void> {
    if (this.sold === CARDS_MAX) throw new UserError(`the desk has sold ${CARDS_MAX} times (begin with a new meter)`);
    const image = run.cardImage(this.household);
    if (image === undefined) throw new Error("the household's card is in the tray");
    const uid = image.slice(CARD_UID_FIRST, CARD_UID_END);
    if (run.world.card.uid.join() === uid.join()) {
      throw new UserError("nothing sold: the card is in the meter's slot (take it out and bring it to the desk)");
    }
    const sold = await this.desk.sellCard(image, amount_milli, utcS(run));
    const id = `tray/desk-${++this.sold}.card`;
    this.tray.images.set(id, sold.image);
    this.tray.cards = [
      ...this.tray.cards.filter(({ kind }) => kind !== "sold"),
      { id, kind: "sold", sold_milli: sold.sold_milli },
    ];
    this.household = id;
    this.note({ t: run.now_ms, receipt: sold.receipt, digits: "", card: id });
  }

  async issueToken(run: LiveRun, order: TokenOrder): Promise<void> {
    const { receipt, digits } = await this.desk.issueToken(order, utcS(run));
    this.note({ t: run.now_ms, receipt, digits, card: "" });
  }

  push(run: LiveRun, { start_local_s, ...wish }: TariffWish): void {
    const in_force = run.world.meter?.account.tariff.id ?? 1;
    const version = wish.manner === "old" ? Math.max(1, in_force - 1) : wish.version;
    const start_utc_s = start_local_s === null ? 0 : utcOfLocal(run, start_local_s);
    const { push, words, message } = this.desk.signTariff({ ...wish, version, start_utc_s }, utcS(run));
    const pushed: Pushed = { id: push, t: run.now_ms, version, manner: wish.manner, words, message, ...WAITING };
    this.pushes = [pushed, ...this.pushes].slice(0, PUSHES_MAX);
    this.is_changed = true;
  }

  get waits(): boolean {
    return this.pushes.some(({ state }) => state === "waiting");
  }

  /** Runs up to a time; what waits goes on the air behind a telegram, one a window. */
  runTo(run: LiveRun, until_ms: number): void {
    while (this.waits && run.now_ms < until_ms && !run.ended) {
      if (run.runToTelegram(until_ms) && run.book.telegramsAfter(0).at(-1)?.modem === "ok") this.send(run);
    }
    run.runTo(until_ms);
  }

  private send(run: LiveRun): void {
    const next = this.pushes.filter(({ state }) => state === "waiting").at(-1);
    if (next === undefined) return;
    this.is_changed = true;
    try {
      run.runTo(run.now_ms + WINDOW_OPEN_MS);
      run.act([{ radio: { signed: next.message } }]);
      next.state = "sent";
      next.sent_t = run.now_ms;
    } catch (error) {
      // The run comes to its end right here; nobody has asked just now whom that could be told.
      next.state = "refused";
      next.reason = (error as Error).message;
    }
  }

  /** Takes in what telegrams say of the tariffs that were sent. */
  hear(run: LiveRun, telegrams: readonly SentFrame[]): void {
    const open = this.pushes.filter(({ state }) => !["active", "refused", "waiting"].includes(state));
    if (open.length === 0) return;
    for (const { t, modem, frame } of telegrams) {
      // A telegram from before it was sent says nothing of it.
      const sent = open.filter(({ sent_t }) => modem === "ok" && sent_t !== null && sent_t <= t);
      if (sent.length === 0) continue;
      const heard_utc_s = run.start_utc_s + Math.floor(t / 1000);
      const ids = sent.map(({ id }) => id);
      for (const { push, ...news } of this.desk.follow([...Buffer.from(frame, "hex")], heard_utc_s, ids)) {
        Object.assign(this.pushes.find(({ id }) => id === push) ?? {}, news);
        this.is_changed = true;
      }
    }
  }

  /** Whether there is something new to show since this was asked last. */
  takeChange(): boolean {
    const { is_changed } = this;
    this.is_changed = false;
    return is_changed;
  }

  goBackTo(t_ms: number): void {
    this.pushes = this.pushes.filter(({ sent_t }) => sent_t === null || sent_t <= t_ms);
    this.is_changed = true;
  }

  private note(sale: SaleView): void {
    this.sales = [sale, ...this.sales].slice(0, SALES_SHOWN);
    this.is_changed = true;
  }
}
