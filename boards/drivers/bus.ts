/**
 * Buses: what chip drivers need of a board. Small enough that the binding of an engine is a few lines, and that a
 * chip's twin (sim/bus/) can stand in for the wires.
 *
 * Bytes are a text of characters 0 to 255, as in hal/nvm.ts: engines copy texts natively.
 */

export interface OutputPin {
  set(high: boolean): void;
}

export interface InputPin {
  high(): boolean;
}

/** An input whose edges are told. */
export interface WatchedPin extends InputPin {
  /**
   * Calls `listener` from the main loop after an edge, with the level behind it and the monotonic time at which it
   * came: a call may be late, the time is not. A second call replaces the listener, and arms the engine's watch anew,
   * because an engine may have removed it without a word.
   */
  watch(listener: (high: boolean, at_ms: number) => void): void;
}

/** An analogue input, in millivolts at its pin. */
export interface AnalogPin {
  millivolts(): number;
}

/** One chip on an SPI bus, mode 0, most significant bit first. */
export interface SpiDevice {
  /** Selects the chip, sends `out`, then reads `count` bytes, and releases it. A bus without a chip reads anything. */
  exchange(out: string, count: number): string;
}

/** One chip on an I2C bus, by its own address; at most 255 bytes in a transfer, as an nRF52 counts them. */
export interface I2cDevice {
  /** One transfer; false when the chip did not acknowledge all of it: some of it may have been taken. */
  write(out: string): boolean;
  /** Writes `out`, then reads with a repeated start; an empty text when the chip did not acknowledge. */
  read(out: string, count: number): string;
}

export interface Delay {
  /** Waits while nothing else runs: for times that a chip needs, never for people. */
  wait_us(span_us: number): void;
}
