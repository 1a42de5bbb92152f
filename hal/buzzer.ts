/**
 * Buzzer: "good" is two short beeps, "bad" one long, "warning" three short. Returns at once; a new call ends the old.
 */
export type BuzzerPattern = "good" | "bad" | "warning";

export interface Buzzer {
  beep(pattern: BuzzerPattern): void;
}
