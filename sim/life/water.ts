/**
 * Water: who opens taps in a life.
 *
 *   households   as many of the built-in ones (sim/world/demand.ts) as a year's litres need; the last one is at home
 *                only in weeks in which less has run than planned
 *   real months  each month is laid together from flow CSVs: as many of them as keep their flows near the real ones,
 *                each begun at another day and scaled a little, all by the seed. Seconds stay seconds of the day.
 */
import type { FlowRows } from "../scenario/flow_csv";
import { deliveredMl, drawAtOnce } from "../twins/flow_sensor";
import { createHousehold, stopHousehold, type Household } from "../world/demand";
import { createEvent, scheduleEvent, type QueuedEvent } from "../world/queue";
import type { World } from "../world/world";
import type { Chances } from "./stage";

const DAY_S = 86_400;
const WEEK_MS = 7 * DAY_S * 1000;
const YEAR_MS = 365.25 * DAY_S * 1000;
/** What a built-in household uses on average (demand.ts): rather less, so that there are enough of them. */
const HOUSEHOLD_YEAR_L = 160_000;
/** Real flows are multiplied by no more than about this. */
const SCALE_MAX = 6;
const STREAMS_MAX = 60;

export interface Water {
  /** A calendar month begins, and is so many seconds long. */
  month(length_s: number): void;
}

class Households implements Water {
  private extra: Household | undefined;

  constructor(
    private readonly world: World,
    private readonly litres_year: number,
    private readonly seed: number,
    private readonly local_start_s: number,
  ) {
    const always = Math.floor(litres_year / HOUSEHOLD_YEAR_L);
    for (let index = 1; index <= always; index++) this.moveIn(index);
    this.week();
  }

  month(): void {
    // Households know no months.
  }

  private moveIn(index: number): Household {
    const { queue, flow, trace } = this.world;
    return createHousehold(queue, flow, trace, this.seed * 1009 + index * 7919, this.local_start_s);
  }

  private week(): void {
    const { queue, flow } = this.world;
    const planned_l = (this.litres_year * (queue.now_ms + WEEK_MS / 2)) / YEAR_MS;
    const short = deliveredMl(flow, 1) / 1000 < planned_l;
    if (short && this.extra === undefined) {
      this.extra = this.moveIn(0);
    } else if (!short && this.extra !== undefined) {
      stopHousehold(this.extra, queue);
      this.extra = undefined;
    }
    scheduleEvent(
      queue,
      createEvent(() => this.week()),
      queue.now_ms + WEEK_MS,
    );
  }
}

function volumeMl(rows: FlowRows): number {
  return rows.flow_ml.reduce((sum_ml, flow_ml) => sum_ml + flow_ml, 0);
}

class RealMonths implements Water {
  private readonly volumes_ml: number[];
  /** What is drawn in each second of the month. */
  private seconds_ml = new Float64Array(0);
  private second = 0;
  private start_ms = 0;
  private readonly next: QueuedEvent;

  constructor(
    private readonly world: World,
    private readonly files: readonly FlowRows[],
    private readonly litres_year: number,
    private readonly chances: Chances,
  ) {
    this.volumes_ml = files.map(volumeMl);
    this.next = createEvent(() => this.draw());
  }

  month(length_s: number): void {
    const { queue } = this.world;
    const wanted_ml = ((this.litres_year * length_s * 1000) / YEAR_MS) * this.chances.between(850, 1150);
    const mean_ml = this.volumes_ml.reduce((sum, volume_ml) => sum + volume_ml, 0) / this.files.length;
    const streams = Math.max(1, Math.min(STREAMS_MAX, Math.ceil(wanted_ml / mean_ml / SCALE_MAX)));
    const seconds_ml = new Float64Array(length_s);
    for (let stream = 0; stream < streams; stream++) this.lay(seconds_ml, wanted_ml / streams);
    this.seconds_ml = seconds_ml;
    this.second = -1;
    this.start_ms = queue.now_ms;
    this.plan();
  }

  private lay(seconds_ml: Float64Array, wanted_ml: number): void {
    const file = this.chances.below(this.files.length);
    const { epoch_s, flow_ml } = this.files[file];
    const first_s = Math.floor(epoch_s[0] / DAY_S) * DAY_S;
    const shift_s = this.chances.below(28) * DAY_S + this.chances.between(0, 7200);
    const scale = wanted_ml / this.volumes_ml[file];
    for (let row = 0; row < epoch_s.length; row++) {
      seconds_ml[(epoch_s[row] - first_s + shift_s) % seconds_ml.length] += flow_ml[row] * scale;
    }
  }

  private plan(): void {
    const { seconds_ml } = this;
    do this.second += 1;
    while (this.second < seconds_ml.length && seconds_ml[this.second] < 0.5);
    if (this.second < seconds_ml.length) {
      scheduleEvent(this.world.queue, this.next, this.start_ms + this.second * 1000);
    }
  }

  private draw(): void {
    drawAtOnce(this.world.flow, Math.round(this.seconds_ml[this.second]));
    this.plan();
  }
}

/** The households of a life, or its real months. `local_start_s` is the local time at virtual time 0. */
export function createWater(
  world: World,
  files: readonly FlowRows[],
  litres_year: number,
  chances: Chances,
  local_start_s: number,
): Water {
  if (files.length > 0) return new RealMonths(world, files, litres_year, chances);
  return new Households(world, litres_year, world.seed, local_start_s);
}
