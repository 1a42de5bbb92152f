/**
 * Books: what a life's meter must say, summed in BigInt from the credits it has acknowledged, the tariffs it has taken
 * and the litres its register shows, with nothing of the firmware's own arithmetic.
 *
 *   litre      costs a thousandth of the price at its place in the month; the sum is cut once, at the very end
 *   day        each local day costs the standing charge in force at its first second; the latest day ever seen counts,
 *              so a clock put back gives nothing back. A date more than 31 days ahead costs 31 days, and when it is put
 *              right only those stay paid, 62 ahead at most; up to the mark of what was paid no day that is jumped over
 *              is charged.
 *   month      begins anew with a later month; litres that a power cut has taken from the register are taken back here,
 *              the last one first
 *   credit     repays what was lent, then adds to the balance
 */
import { dayStartUtcS, localDay, monthOfDay } from "./zone";

const CATCH_UP_DAYS = 31;
const PAID_AHEAD_DAYS = 62;
/** Litres that can be taken back; a cut takes a few. */
const REMEMBERED_L = 4096;

export interface LifeTariff {
  id: number;
  /** 0: at once. */
  start_utc_s: number;
  standing_milli: number;
  blocks: { up_to_l?: number | undefined; price_milli: number }[];
}

export interface Sums {
  volume_l: number;
  credited_milli: bigint;
  charged_milli: bigint;
  standing_milli: bigint;
  debt_milli: bigint;
  balance_milli: bigint;
  /** Of the tariff in force. */
  tariff: number;
}

export class Books {
  volume_l = 0;
  private month_l = 0;
  private price_milli = 0;
  private limit_l = 0;
  private readonly litres_at_price = new Map<number, number>();
  private readonly prices = new Float64Array(REMEMBERED_L);
  private readonly months = new Float64Array(REMEMBERED_L);
  private pending: LifeTariff | undefined;
  private seen_day = -1;
  private paid_day = -1;
  /** The last one that the clock has shown; a clock that is put back by a day does not show another. */
  private shown_day = -1;
  private month = -1;
  private credited_milli = 0n;
  private standing_milli = 0n;
  private debt_milli = 0n;
  private lent_milli = 0n;

  constructor(private tariff: LifeTariff) {
    this.findPrice();
  }

  /** The register shows this much now; less than before only after a power cut. */
  read(volume_l: number): void {
    while (this.volume_l > volume_l) this.takeBack();
    while (this.volume_l < volume_l) this.addLitre();
  }

  /** The meter's clock shows this time, or 0. Returns until when (its time) nothing changes by time alone. */
  look(utc_s: number): number {
    const { pending } = this;
    if (utc_s === 0) {
      if (pending?.start_utc_s === 0) this.activate(pending);
      return Infinity;
    }
    const day = localDay(utc_s);
    if (this.seen_day < 0) {
      this.seen_day = this.paid_day = day;
      this.month = monthOfDay(day);
    }
    this.passMark(day);
    this.judgeJump(day);
    if (day > this.shown_day || day < this.shown_day - 1) this.shown_day = day;
    if (day > this.seen_day) this.chargeDays(day);
    if (pending !== undefined && pending.start_utc_s <= utc_s) this.activate(pending);
    if (monthOfDay(day) > this.month) {
      this.month = monthOfDay(day);
      this.month_l = 0;
      this.findPrice();
    }
    const midnight_s = dayStartUtcS(day + 1);
    const start_s = this.pending?.start_utc_s ?? Infinity;
    return Math.min(midnight_s, start_s);
  }

  /** A credit that the meter has acknowledged. */
  credit(amount_milli: number): void {
    const amount = BigInt(amount_milli);
    this.credited_milli += amount;
    this.debt_milli -= amount < this.debt_milli ? amount : this.debt_milli;
  }

  /** Emergency credit that the meter has granted. */
  lend(amount_milli: number): void {
    this.debt_milli += BigInt(amount_milli);
    this.lent_milli += BigInt(amount_milli);
  }

  /** A tariff that the meter has taken. */
  announce(tariff: LifeTariff): void {
    this.pending = tariff;
  }

  sums(): Sums {
    let thousandths = 0n;
    for (const [price_milli, litres] of this.litres_at_price) thousandths += BigInt(price_milli) * BigInt(litres);
    const charged_milli = thousandths / 1000n + this.standing_milli;
    const { volume_l, credited_milli, standing_milli, debt_milli } = this;
    const balance_milli = credited_milli + debt_milli - charged_milli;
    return {
      volume_l,
      credited_milli,
      charged_milli,
      standing_milli,
      debt_milli,
      balance_milli,
      tariff: this.tariff.id,
    };
  }

  /** Emergency credit ever granted. */
  lentMilli(): bigint {
    return this.lent_milli;
  }

  private addLitre(): void {
    const place = this.volume_l % REMEMBERED_L;
    const price_milli = this.price_milli;
    this.prices[place] = price_milli;
    this.months[place] = this.month;
    this.litres_at_price.set(price_milli, (this.litres_at_price.get(price_milli) ?? 0) + 1);
    this.volume_l += 1;
    this.month_l += 1;
    if (this.month_l >= this.limit_l) this.findPrice();
  }

  private takeBack(): void {
    this.volume_l -= 1;
    const place = this.volume_l % REMEMBERED_L;
    const price_milli = this.prices[place];
    this.litres_at_price.set(price_milli, (this.litres_at_price.get(price_milli) ?? 0) - 1);
    if (this.months[place] !== this.month) return;
    this.month_l -= 1;
    this.findPrice();
  }

  private passMark(day: number): void {
    if (day <= this.seen_day || this.seen_day >= this.paid_day || day <= this.shown_day + 1) return;
    this.seen_day = Math.min(day, this.paid_day);
    if (this.seen_day === this.paid_day) this.month = monthOfDay(this.seen_day);
  }

  private judgeJump(day: number): void {
    if (day > this.seen_day + CATCH_UP_DAYS) {
      this.paid_day = this.seen_day;
    } else if (day < this.seen_day - CATCH_UP_DAYS) {
      this.seen_day = Math.min(this.seen_day, Math.max(day, Math.min(this.paid_day, day + PAID_AHEAD_DAYS)));
      this.month = monthOfDay(this.seen_day);
    }
  }

  private chargeDays(day: number): void {
    const last = Math.min(day, this.seen_day + CATCH_UP_DAYS);
    if (this.seen_day >= this.paid_day) this.paid_day += last - this.seen_day;
    for (let one = this.seen_day + 1; one <= last; one++) {
      const { pending } = this;
      const begun = pending !== undefined && pending.start_utc_s > 0 && pending.start_utc_s <= dayStartUtcS(one);
      this.standing_milli += BigInt((begun ? pending : this.tariff).standing_milli);
    }
    this.seen_day = day;
  }

  private activate(tariff: LifeTariff): void {
    this.tariff = tariff;
    this.pending = undefined;
    this.findPrice();
  }

  private findPrice(): void {
    const { blocks } = this.tariff;
    const block = blocks.find(({ up_to_l }) => up_to_l === undefined || up_to_l > this.month_l) ?? blocks[0];
    this.price_milli = block.price_milli;
    this.limit_l = block.up_to_l ?? Infinity;
  }
}
