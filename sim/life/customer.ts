/**
 * Customer: looks at the display once a day and tops up when it warns, about monthly. In a quarter of the months the
 * warning is ignored until the water stops; then emergency credit may be asked for, and the top-up comes hours later.
 */
import { Chances, type Stage } from "./stage";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Euros in milli-units. */
const EURO_MILLI = 100_000;
const STEP_MILLI = 5 * EURO_MILLI;
const LEAST_MILLI = 5 * EURO_MILLI;

export class Customer {
  /** Sequence of the newest credit bought. */
  private sequence = 0;
  private readonly chances: Chances;
  private late = false;
  private buying = false;
  private last_spent_milli = 0;
  private last_ms = 0;
  /** What a month costs, as far as the customer has seen. */
  private month_milli: number;

  constructor(
    private readonly stage: Stage,
    first_month_milli: number,
    private readonly emergency_milli: number,
  ) {
    this.month_milli = first_month_milli;
    this.chances = new Chances(stage.seed, 1);
    stage.after(DAY_MS, () => this.day());
  }

  month(length_ms: number): void {
    this.late = this.chances.once(4);
    if (this.chances.once(2)) this.stage.after(this.chances.below(length_ms / 1000) * 1000, () => this.replay());
  }

  private day(): void {
    const { stage, chances } = this;
    stage.after(DAY_MS + (chances.below(7200) - 3600) * 1000, () => this.day());
    stage.does("key *");
    const { meter } = stage.world;
    if (meter === undefined || this.buying) return;
    const cut = meter.account.cut;
    const warned = meter.account.balance_milli <= stage.world.settings.low_credit_milli;
    if (cut && this.late && meter.account.debt_milli === 0 && chances.once(2)) this.borrow();
    else if (cut || (warned && !this.late)) this.decide();
  }

  /** Hours pass on the way to the shop. */
  private decide(): void {
    this.buying = true;
    const hours = this.late ? this.chances.between(2, 40) : this.chances.between(1, 5);
    this.stage.after(hours * HOUR_MS + this.chances.below(3_600_000), () => this.buy());
  }

  private buy(): void {
    const { stage } = this;
    const { now_ms } = stage.world.queue;
    const spent_milli = Number(stage.books.sums().charged_milli);
    if (now_ms - this.last_ms > 10 * DAY_MS) {
      this.month_milli = ((spent_milli - this.last_spent_milli) * 30 * DAY_MS) / (now_ms - this.last_ms);
      this.last_spent_milli = spent_milli;
      this.last_ms = now_ms;
    }
    const wanted_milli = (this.month_milli * this.chances.between(85, 115)) / 100;
    this.sequence += 1;
    this.pay(Math.max(LEAST_MILLI, Math.ceil(wanted_milli / STEP_MILLI) * STEP_MILLI));
  }

  /** Puts the credit in, again and again until the meter says that it has it. */
  private pay(amount_milli: number): void {
    const { stage, chances } = this;
    const before_milli = stage.books.sums().credited_milli;
    if (chances.once(6)) {
      stage.memory.arm(chances.between(1, 10), chances.between(500, 90_000));
      stage.count("cuts_armed");
    }
    const answer = stage.does(`credit ${this.sequence} ${amount_milli}`);
    if (answer === "accepted") {
      stage.books.credit(amount_milli);
    } else if (answer === undefined) {
      stage.leaveInDoubt(({ account }) => {
        if (BigInt(account.credited_milli) === before_milli + BigInt(amount_milli)) stage.books.credit(amount_milli);
      });
    }
    this.buying = answer !== "accepted" && answer !== "already_taken";
    if (this.buying) stage.after(chances.between(10, 90) * 60_000, () => this.pay(amount_milli));
    else stage.count("credits");
  }

  private borrow(): void {
    const { stage, emergency_milli } = this;
    const { meter } = stage.world;
    const before_milli = meter?.account.debt_milli ?? 0;
    for (const key of "##8") stage.does(`key ${key}`);
    const granted = (debt_milli: number) => {
      if (debt_milli !== before_milli + emergency_milli) return;
      stage.books.lend(emergency_milli);
      stage.count("emergencies");
    };
    if (stage.world.meter === undefined) stage.leaveInDoubt(({ account }) => granted(account.debt_milli));
    else if (stage.world.display.text.startsWith("EMERG OK")) granted(before_milli + emergency_milli);
  }

  /** An old credit once more. */
  private replay(): void {
    if (this.sequence === 0 || this.buying) return;
    const sequence = this.chances.between(1, this.sequence);
    const answer = this.stage.does(`credit ${sequence} ${LEAST_MILLI}`);
    if (answer === "accepted") this.stage.problem(`credit ${sequence} was taken twice`);
    this.stage.count("credits_replayed");
  }
}
