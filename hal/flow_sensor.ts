/**
 * Flow sensor: a water meter's pulse output, counted by hardware or by a driver.
 *
 * The counts are cumulative and are read, never cleared: a read-modify-clear counter loses the pulses that arrive
 * between the read and the clear. Both counts wrap to 0 after `count_wrap - 1`; whoever reads them more often than
 * once a wrap loses nothing.
 */
export interface FlowSensor {
  /** Modulus of both counts, for instance 65536. At least 256, at most 2^32. */
  readonly count_wrap: number;
  /** Pulses that ran forward, modulo `count_wrap`: since the sensor was made, or since boot (`survives_power_cut`). */
  forward_count(): number;
  /** Pulses that ran backward, modulo `count_wrap`. 0 for ever on a sensor without direction. */
  reverse_count(): number;
  /** True while the measuring tube holds air instead of water. */
  empty_pipe(): boolean;
  /** "cable_cut" while the supervised loop to the sensor is open; the counts stand still meanwhile. */
  fault(): "none" | "cable_cut";
  /**
   * Calls `listener` after a count or a status has changed. Calls may be late and may stand for several pulses, and
   * come from the main loop, never from an interrupt. A change of status has a call of its own, after that of the
   * pulses before it. A second `on_change` replaces the listener,
   * and arms the hardware's watch anew: an engine may have removed it.
   */
  on_change(listener: () => void): void;
  /**
   * True: a counter with its own cell, which counts on while the meter has no power. False: both counts restart at 0
   * at boot, and what ran meanwhile is not counted.
   */
  readonly survives_power_cut: boolean;
}
