/**
 * Utility: a new tariff each January, sent weeks before; every third year one more in the middle of a draw, by turns at
 * once and announced; the clock put right each month.
 */
import type { LifeTariff } from "./books";
import { Chances, type Stage } from "./stage";
import { dayStartUtcS } from "./zone";

const DAY_MS = 86_400_000;
const RETRY_MS = 1_200_000;
/** A draw of ten minutes, and how far into it the tariff comes. */
const DRAW = { flow_l_h: 1200, duration_ms: 600_000, tariff_ms: 287_000 };

function tariffWords({ id, start_utc_s, standing_milli, blocks }: LifeTariff): string {
  const prices = blocks.map(({ up_to_l, price_milli }) => `${up_to_l ?? 0}:${price_milli}`);
  return ["tariff", id, start_utc_s, standing_milli, ...prices].join(" ");
}

export class Utility {
  private readonly chances: Chances;

  constructor(
    private readonly stage: Stage,
    private tariff: LifeTariff,
  ) {
    this.chances = new Chances(stage.seed, 2);
  }

  /** A month begins; `month` counts from 0, January of the first year. */
  month(month: number, length_ms: number): void {
    const { stage, chances } = this;
    const year = Math.floor(month / 12);
    stage.after(chances.between(2, 25) * DAY_MS + chances.below(DAY_MS), () => this.correctClock());
    if (month % 12 === 11) {
      const start_utc_s = dayStartUtcS(Math.floor((stage.world.queue.now_ms + length_ms) / DAY_MS + this.epochDay()));
      stage.after(chances.between(1, 27) * DAY_MS + chances.below(DAY_MS), () => this.raise(start_utc_s));
    }
    if (month % 36 === 5) this.raiseInDraw(year % 2 === 0);
  }

  private epochDay(): number {
    return this.stage.world.start_utc_s / 86_400;
  }

  /** The next tariff: all a little dearer, blocks moved. */
  private next(start_utc_s: number): LifeTariff {
    const { id, standing_milli, blocks } = this.tariff;
    const percent = this.chances.between(101, 104);
    return {
      id: id + 1,
      start_utc_s,
      standing_milli: Math.floor((standing_milli * percent) / 100),
      blocks: blocks.map(({ up_to_l, price_milli }) => ({
        up_to_l: up_to_l === undefined ? undefined : up_to_l + this.chances.between(-300, 300),
        price_milli: Math.floor((price_milli * percent) / 100) + this.chances.below(10),
      })),
    };
  }

  private raise(start_utc_s: number): void {
    this.send(this.next(start_utc_s));
  }

  private raiseInDraw(at_once: boolean): void {
    const { stage, chances } = this;
    const draw_ms = chances.between(8, 20) * DAY_MS + chances.between(9, 17) * 3_600_000 + chances.below(1_800_000);
    const tariff_ms = stage.world.queue.now_ms + draw_ms + DRAW.tariff_ms;
    stage.after(draw_ms, () => void stage.does(`draw ${DRAW.flow_l_h} ${DRAW.duration_ms}`));
    const start_utc_s = stage.world.start_utc_s + Math.floor(tariff_ms / 1000);
    if (at_once) stage.at(tariff_ms, () => this.raise(0));
    else stage.after(draw_ms - 2 * DAY_MS, () => this.raise(start_utc_s));
    stage.count("tariffs_in_draw");
  }

  /** Sends a tariff until the meter says that it has it. */
  private send(tariff: LifeTariff): void {
    const { stage } = this;
    if (stage.world.powered) stage.look();
    const answer = stage.does(tariffWords(tariff));
    if (answer === "accepted") {
      stage.books.announce(tariff);
      stage.look();
    } else if (answer === undefined) {
      stage.leaveInDoubt(({ account }) => {
        if (account.tariff.id === tariff.id || account.pending?.id === tariff.id) stage.books.announce(tariff);
      });
    }
    if (answer === "accepted" || answer === "old") {
      this.tariff = tariff;
      stage.count("tariffs");
    } else {
      stage.after(RETRY_MS, () => this.send(tariff));
    }
  }

  /** Sets the clock to the true time. */
  correctClock(): void {
    const { stage } = this;
    if (!stage.world.powered) {
      stage.after(RETRY_MS, () => this.correctClock());
      return;
    }
    stage.does(`clock set ${stage.utcS()}`);
    stage.lookAtClock();
    stage.count("clock_corrections");
  }
}
