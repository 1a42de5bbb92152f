/**
 * Oracle: the books of a meter as the rules state them, in BigInt, litre by litre and day by day, with local time from
 * ICU. Nothing of the firmware is used here but the shapes of its records.
 */
import type { Settings } from "../../../firmware/settings";
import type { Tariff } from "../../../firmware/credit/tariff";
import { icuLocalSeconds } from "./zones";

const DAY_S = 86400;
const CATCH_UP_DAYS = 31;

/** What oracle and firmware are compared by. */
export interface Books {
  balance_milli: bigint;
  charged_milli: bigint;
  credited_milli: bigint;
  debt_milli: bigint;
  standing_milli: bigint;
  thousandths: bigint;
  month_l: number;
  lifeline_l: number;
  lifeline_today_l: number;
  cut: boolean;
  tariff: number;
  pending: number | undefined;
}

export class Oracle {
  /** Thousandths of a milli-unit for water, ever: the charge is this divided by 1000. */
  private water = 0n;
  private standing = 0n;
  private credited = 0n;
  private debt = 0n;
  private month_l = 0;
  private lifeline_l = 0;
  private lifeline_today_l = 0;
  private cut = false;
  private friendly = false;
  private day: number | undefined;
  /** Local day of the last renewal of the lifeline. */
  private lifeline_day: number | undefined;
  private month = "";
  private sequence = 0;
  private pending: Tariff | undefined;
  private readonly local: (utc_s: number) => number;

  public constructor(
    private tariff: Tariff,
    private readonly settings: Settings,
    zone: string,
  ) {
    this.local = icuLocalSeconds(zone);
  }

  public books(): Books {
    return {
      balance_milli: this.balance(),
      charged_milli: this.charged(),
      credited_milli: this.credited,
      debt_milli: this.debt,
      standing_milli: this.standing,
      thousandths: this.water % 1000n,
      month_l: this.month_l,
      lifeline_l: this.lifeline_l,
      lifeline_today_l: this.lifeline_today_l,
      cut: this.cut,
      tariff: this.tariff.id,
      pending: this.pending?.id,
    };
  }

  public litre(): void {
    const { lifeline, lifeline_daily_l } = this.settings;
    if (this.cut && lifeline === "daily_allowance" && this.lifeline_today_l < lifeline_daily_l) {
      this.lifeline_today_l += 1;
      this.lifeline_l += 1;
      return;
    }
    this.water += BigInt(this.price());
    this.month_l += 1;
    this.judge();
  }

  public credit(sequence: number, amount_milli: number): void {
    if (sequence <= this.sequence) return;
    const amount = BigInt(amount_milli);
    this.sequence = sequence;
    this.credited += amount;
    this.debt -= amount < this.debt ? amount : this.debt;
    this.judge();
  }

  public emergency(): void {
    const { emergency_milli, low_credit_milli } = this.settings;
    if (emergency_milli === 0 || this.debt > 0n || this.balance() > BigInt(low_credit_milli)) return;
    // What would still leave a debt brings no water, so it is not lent.
    if (this.balance() + BigInt(emergency_milli) <= 0n) return;
    this.debt = BigInt(emergency_milli);
    this.judge();
  }

  public announce(tariff: Tariff): void {
    if (tariff.id > (this.pending ?? this.tariff).id) this.pending = tariff;
  }

  /** The clock shows `utc_s`; 0 when it shows nothing. */
  public time(utc_s: number): void {
    if (utc_s === 0) {
      this.friendly = false;
      if (this.pending?.start_utc_s === 0) this.begin(this.pending);
      this.judge();
      return;
    }
    const local_s = this.local(utc_s);
    const today = Math.floor(local_s / DAY_S);
    // A clock put back by a day at most renews nothing; put back further, it was wrong before.
    if (this.lifeline_day === undefined || today > this.lifeline_day || today < this.lifeline_day - 1) {
      this.lifeline_day = today;
      this.lifeline_today_l = 0;
    }
    const month = new Date(local_s * 1000).toISOString().slice(0, 7);
    this.friendly = this.friendlyAt(local_s);
    if (this.day === undefined) {
      this.day = today;
      this.month = month;
    }
    const next = this.pending !== undefined && this.pending.start_utc_s <= utc_s ? this.pending : undefined;
    for (let charged = 0; this.day < today; this.day++) {
      const holds = next !== undefined && next.start_utc_s <= this.midnight(this.day + 1) ? next : this.tariff;
      if (charged < CATCH_UP_DAYS) this.standing += BigInt(holds.standing_milli);
      charged += 1;
    }
    if (next !== undefined) this.begin(next);
    if (month > this.month) {
      this.month = month;
      this.month_l = 0;
    }
    this.judge();
  }

  private begin(tariff: Tariff): void {
    this.tariff = tariff;
    this.pending = undefined;
  }

  private charged(): bigint {
    return this.water / 1000n + this.standing;
  }

  private balance(): bigint {
    return this.credited + this.debt - this.charged();
  }

  /** Price per m3 of the next litre. */
  private price(): number {
    const block = this.tariff.limits_l.findIndex((limit_l) => this.month_l < limit_l);
    return this.tariff.prices_milli[block];
  }

  private judge(): void {
    if (this.balance() > 0n || this.price() === 0) this.cut = false;
    else if (!this.friendly) this.cut = true;
  }

  /** UTC of the first second of a local day. */
  private midnight(day: number): number {
    let utc_s = day * DAY_S - this.settings.utc_offset_min * 60 - 2 * 3600;
    while (Math.floor(this.local(utc_s) / DAY_S) < day) utc_s += 900;
    return utc_s;
  }

  private friendlyAt(local_s: number): boolean {
    const date = new Date(local_s * 1000);
    const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
    const { friendly_from_minute: from, friendly_to_minute: to, friendly_weekends, holidays } = this.settings;
    const weekend = friendly_weekends && [0, 6].includes(date.getUTCDay());
    const window = from <= to ? from <= minute && minute < to : !(to <= minute && minute < from);
    return weekend || window || holidays.includes(Math.floor(local_s / DAY_S));
  }
}
