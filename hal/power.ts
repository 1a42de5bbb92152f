/**
 * Power: the supply or battery, and its brown-out warning.
 */
export interface Power {
  /** Supply under its present load, in millivolts. */
  supply_mv(): number;
  /**
   * Calls `listener` when the supply falls below the brown-out threshold (true) and when it is good again (false).
   * After the warning the hold-up energy lasts for one nvm program and one valve drive, not for an erase.
   */
  on_brown_out(listener: (low: boolean) => void): void;
}
