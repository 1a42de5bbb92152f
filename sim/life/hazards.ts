/**
 * Hazards: what befalls the meter. A month brings
 *
 *   power      one to four cuts: with a brown-out warning or without, of seconds or hours, in the middle of a write of
 *              the memory, or by the watchdog; and warnings that pass
 *   clock      a crystal that runs up to 20 ppm wrong; once in a year or so it jumps or is lost for some hours, and
 *              once in a life it shows a date more than a year ahead
 *   tamper     once in ten months; a technician clears it within a day or so
 *   battery    falls over the years and in the cold of each winter; changed a day after it has shut the valve
 */
import { Chances, type Stage } from "./stage";
import type { Utility } from "./utility";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const YEAR_MS = 365.25 * DAY_MS;

const BATTERY = { fresh_mv: 3650, year_mv: 42, cold_mv: 170, coldest_ms: 20 * DAY_MS, change_ms: 300_000 };
const FALSE_DATE_S = 400 * 86_400;

export class Hazards {
  private readonly chances: Chances;
  private readonly drift_s: number;
  private battery_ms = 0;
  readonly batteries: { year: number; supply_mv: number }[] = [];

  constructor(
    private readonly stage: Stage,
    private readonly utility: Utility,
    private readonly false_date_month: number,
  ) {
    this.chances = new Chances(stage.seed, 3);
    // 20 ppm are 12 seconds a week.
    this.drift_s = this.chances.between(1, 12) * (this.chances.once(2) ? 1 : -1);
    this.week();
  }

  month(month: number, length_ms: number): void {
    const { stage, chances } = this;
    const anyTime = () => chances.below(length_ms / 1000) * 1000 + chances.below(1000);
    stage.after(anyTime(), () => this.warned(chances.between(500, 120_000)));
    for (let cuts = chances.between(0, 2); cuts > 0; cuts--) {
      stage.after(anyTime(), () => this.cut(chances.between(100, 120_000)));
    }
    if (chances.once(3)) stage.after(anyTime(), () => this.cut(this.hours()));
    if (chances.once(4)) stage.after(anyTime(), () => this.warned(this.hours()));
    if (chances.once(2)) stage.after(anyTime(), () => this.inWrite());
    if (chances.once(6)) stage.after(anyTime(), () => this.watchdog());
    if (chances.once(4)) stage.after(anyTime(), () => this.passingWarning());
    if (chances.once(14)) stage.after(this.quietTime(), () => this.loseClock());
    if (chances.once(10)) stage.after(this.quietTime(), () => this.jumpClock());
    if (chances.once(10)) stage.after(anyTime(), () => this.tamper());
    if (month === this.false_date_month) stage.after(this.quietTime(), () => this.falseDate());
  }

  private hours(): number {
    return this.chances.between(20 * MINUTE_MS, 8 * HOUR_MS);
  }

  /**
   * A time at which a clock may change unseen: the meter looks at it again within a quarter of an hour, before midnight
   * or a tariff comes. The books could else not tell which litre fell on which side.
   */
  private quietTime(): number {
    const { chances } = this;
    return chances.between(2, 20) * DAY_MS + chances.between(3, 20) * HOUR_MS + chances.between(60, 540) * 1000;
  }

  private cut(off_ms: number): void {
    if (this.stage.does(`power_cut ${off_ms}`) !== "off") this.stage.count("cuts_unwarned");
  }

  private warned(off_ms: number): void {
    const { stage, chances } = this;
    if (!stage.world.powered) return;
    stage.does("brown_out 1");
    stage.after(chances.between(20, 80), () => {
      if (stage.does(`power_cut ${off_ms}`) !== "off") stage.count("cuts_warned");
    });
  }

  private passingWarning(): void {
    const { stage, chances } = this;
    stage.does("brown_out 1");
    stage.count("warnings_passed");
    stage.after(chances.between(100, 5000), () => void stage.does("brown_out 0"));
  }

  private watchdog(): void {
    if (this.stage.does("watchdog_reset 600") !== "off") this.stage.count("cuts_watchdog");
  }

  /** The power fails in one of the next programs or erases. */
  private inWrite(): void {
    this.stage.memory.arm(this.chances.between(1, 30), this.chances.between(100, 60_000));
  }

  private loseClock(): void {
    this.stage.does("clock lost 0");
    this.putRight();
    this.stage.count("clocks_lost");
  }

  private jumpClock(): void {
    const jump_s = this.chances.between(3600, 3 * 86_400) * (this.chances.once(2) ? 1 : -1);
    this.stage.does(`clock jump ${jump_s}`);
    this.putRight();
    this.stage.count("clocks_jumped");
  }

  private falseDate(): void {
    this.stage.does(`clock jump ${FALSE_DATE_S}`);
    this.putRight();
    this.stage.count("false_dates");
  }

  private putRight(): void {
    this.stage.lookAtClock();
    this.stage.after(this.chances.between(HOUR_MS, 20 * HOUR_MS), () => this.utility.correctClock());
  }

  private tamper(): void {
    const { stage, chances } = this;
    const input = ["case", "magnet", "reader"][chances.below(3)];
    stage.does(`tamper ${input} 1`);
    stage.after(chances.between(10, 600) * 1000, () => void stage.does(`tamper ${input} 0`));
    stage.after(chances.between(2, 30) * HOUR_MS, () => this.clearTamper());
    stage.count("tampers");
  }

  private clearTamper(): void {
    const answer = this.stage.does("clear_tamper");
    const tampered = this.stage.world.meter?.reasons.tamper;
    if (answer === undefined || answer === "off" || tampered === true) {
      this.stage.after(HOUR_MS, () => this.clearTamper());
    }
  }

  private supplyMv(): number {
    const { now_ms } = this.stage.world.queue;
    const fallen_mv = (BATTERY.year_mv * (now_ms - this.battery_ms)) / YEAR_MS;
    const cold = Math.max(0, Math.cos(((now_ms - BATTERY.coldest_ms) * 2 * Math.PI) / YEAR_MS));
    return Math.round(BATTERY.fresh_mv - fallen_mv - cold * BATTERY.cold_mv);
  }

  private week(): void {
    const { stage } = this;
    stage.does(`battery ${this.supplyMv()}`);
    stage.after(DAY_MS, () => this.lookAtBattery());
    stage.after(this.quietInDay(), () => void stage.does(`clock jump ${this.drift_s}`));
    stage.after(WEEK_MS, () => this.week());
  }

  private quietInDay(): number {
    return this.chances.between(3, 20) * HOUR_MS + this.chances.between(60, 540) * 1000;
  }

  private lookAtBattery(): void {
    const { stage } = this;
    const { meter, power } = stage.world;
    if (meter?.reasons.battery !== true) return;
    this.batteries.push({ year: Math.floor(stage.world.queue.now_ms / YEAR_MS) + 1, supply_mv: power.supply_mv });
    this.battery_ms = stage.world.queue.now_ms;
    this.cut(BATTERY.change_ms);
    stage.does(`battery ${this.supplyMv()}`);
  }
}
