/**
 * A frame of wired M-Bus (firmware/radio/wired.ts) as a telegram: without a link layer of its own, the meter is named
 * by the long header, and nothing is said of who sent it.
 */
import { createWiredReader, takeWired, type WiredFrame } from "../../firmware/radio/wired";
import type { Layers, MeterAddress } from "./layers";
import { RadioError } from "./radio_error";

const LONG_START = 0x68;
/** Two starts, two lengths, sum and stop. */
const LONG_OVERHEAD_BYTES = 6;

const NOBODY: MeterAddress = { sent: Array<number>(8).fill(0), manufacturer: "", id: "", version: 0, device_type: 0 };

/** Whether the bytes can only be a wired long frame: a wireless one with such a start has another length. */
export function isWired(bytes: readonly number[]): boolean {
  const [start, length, again, start_again] = bytes;
  const has_start = start === LONG_START && start_again === LONG_START && length === again;
  return has_start && bytes.length === length + LONG_OVERHEAD_BYTES;
}

/** Its layers so far, and the bytes from its CI on. */
export function readWired(bytes: number[]): { layers: Layers; rest: number[] } {
  const frames: WiredFrame[] = [];
  const reader = createWiredReader((frame) => frames.push(frame));
  takeWired(reader, bytes);
  const frame = frames.find(({ kind }) => kind === "long");
  if (frame === undefined || reader.passed_over > 0)
    throw new RadioError("bad_crc", "the sum of the wired frame does not hold: changed on the way (read it again)");
  return { layers: { c_field: frame.c_field, sender: NOBODY, meter: NOBODY }, rest: [frame.ci, ...frame.data] };
}

export function assertNamed(layers: Layers): void {
  if (layers.meter === NOBODY)
    throw new RadioError("unsupported", "a wired frame without a long header names no meter");
}
