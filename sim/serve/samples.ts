/**
 * Samples: the series of the charts. Their number is bounded: when there are too many, every second one goes, the same
 * way everywhere, so that a year and a minute look equally fine. The server and each page keep them by these rules.
 */
import type { Sample } from "./messages";

export const SAMPLES_MAX = 4000;

function isSame(one: Sample, other: Sample): boolean {
  return (
    one.balance_milli === other.balance_milli &&
    one.price_milli === other.price_milli &&
    one.volume_l === other.volume_l &&
    one.flow_l_h === other.flow_l_h &&
    one.valve === other.valve
  );
}

/** Appends a sample; where nothing changes, a flat stretch keeps its first and its last point. */
export function addSample(samples: Sample[], sample: Sample): void {
  const last = samples.at(-1);
  const before = samples.at(-2);
  const is_flat = last !== undefined && before !== undefined && isSame(last, before) && isSame(last, sample);
  if (is_flat) samples[samples.length - 1] = sample;
  else samples.push(sample);
  if (samples.length <= SAMPLES_MAX) return;
  // The newest stays, whatever its place.
  const kept = samples.filter((_, index) => index % 2 === 0 || index === samples.length - 1);
  samples.splice(0, samples.length, ...kept);
}
