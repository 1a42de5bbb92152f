/**
 * Engine watch: once an hour it looks at the interpreter that the meter runs in, and at the flow handler that the
 * interpreter should call.
 *
 * A handler is gone when water is counted and no one is told. One pulse that is counted and not yet told proves nothing:
 * its call may be on its way. So it takes two looks:
 *
 *   look k    the handler was not called since look k-1, though the count has risen: its silence is noted
 *   look k+1  it was not called since then either. A call that was on its way at look k has had an hour to come, and
 *             would have been heard though it found its pulse booked: the handler is gone, or its call was dropped.
 *
 * Nothing is lost by then: `measure` books by the sensor's cumulative count at least every quarter of an hour. What the
 * looks find are the pulses that no call has told of. A sensor driver that counts in its own watch callback loses both
 * together; there only the engine's own report (callback, memory) helps, upon which all listeners are set anew at once.
 *
 * An ordinary pulse pays nothing for this: at a look the caller pulls the handler's guard time down to 0, so that the
 * next call takes the handler's seldom path, sets `heard` there, and puts the guard back. Whoever else sets the guard
 * leaves it at 0 until then, or calls go unheard and a sound handler is taken for a silent one.
 */
import type { Engine } from "../hal/engine";
import { pulsesBetween } from "./metrology/register";

/** Memory in use is high above the first share of its size, until it falls to the second. */
const HIGH_PERCENT = 80;
const RECOVERED_PERCENT = 70;

export interface EngineWatch {
  /** Most memory seen in use, in the engine's unit. */
  memory_most: number;
  /** What stood at the last look, each name between spaces: the engine's faults, and " memory_high ". */
  faults: string;
  /** Set by the flow handler on its seldom path: it was called since the last look. */
  heard: boolean;
  /** The sensor's forward count when `heard` was last cleared. */
  count: number;
  /** Looks in a row that found pulses of which no call had told. */
  silent_looks: number;
}

/** What a look has found. */
export interface EngineNews {
  /** For the log: watch_rearmed, engine_memory_high, and "engine_" with a fault of the engine port. */
  codes: string[];
  /** By place in `codes`: the pulses of watch_rearmed, else the memory in use. */
  values: number[];
  /** All listeners are to be set anew. */
  rearm: boolean;
}

export function createEngineWatch(count: number): EngineWatch {
  return { memory_most: 0, faults: "", heard: false, count: count, silent_looks: 0 };
}

/**
 * The look of each hour, after the sensor was read: `count` is its forward count as booked. The caller logs the codes,
 * sets the listeners anew if told so, and pulls the flow handler's guard down. One function, because each costs
 * variables for good.
 */
export function lookAtEngine(watch: EngineWatch, engine: Engine, count: number, count_wrap: number): EngineNews {
  const news: EngineNews = { codes: [], values: [], rearm: false };
  const used = engine.memory_used();
  const size = engine.memory_size();
  const faults: string[] = engine.take_faults();
  watch.memory_most = Math.max(watch.memory_most, used);
  const limit_percent = watch.faults.indexOf(" memory_high ") >= 0 ? RECOVERED_PERCENT : HIGH_PERCENT;
  if (size > 0 && used * 100 > size * limit_percent) {
    faults.push("memory_high");
  }
  let stand = "";
  for (const fault of faults) {
    // Logged when it comes, not in each hour that it stands: the log is short.
    if (watch.faults.indexOf(" " + fault + " ") < 0) {
      news.codes.push("engine_" + fault);
      news.values.push(used);
    }
    stand = stand + " " + fault + " ";
    news.rearm = news.rearm || fault === "callback" || fault === "memory";
  }
  watch.faults = stand;

  const pulses = pulsesBetween(watch.count, count, count_wrap);
  if (watch.heard) {
    watch.silent_looks = 0;
  } else if (pulses > 0) {
    watch.silent_looks += 1;
    news.rearm = news.rearm || watch.silent_looks > 1;
    // When that does not help it is tried at each look, but said once.
    if (watch.silent_looks === 2) {
      news.codes.push("watch_rearmed");
      news.values.push(pulses);
    }
  }
  if (watch.heard || watch.silent_looks > 1) {
    watch.heard = false;
    watch.count = count;
  }
  return news;
}
