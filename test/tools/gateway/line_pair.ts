/** A line between a modem and its driver, in real time. */
import type { ByteLine } from "../../../firmware/reader/byte_line";

/** Two ends of a line, each the other's far end, in real time. */
export function linePair(): [ByteLine, ByteLine] {
  const heard: ((bytes: number[]) => void)[] = [() => undefined, () => undefined];
  const end = (own: number): ByteLine => ({
    write: (bytes) => {
      setImmediate(() => {
        heard[1 - own](bytes);
      });
    },
    on_bytes: (listener) => {
      heard[own] = listener;
    },
  });
  return [end(0), end(1)];
}
