import type { Piece } from "../../torture/patched_torture";

/** A deliberate fault of the meter's cards. */
export interface CardBreak {
  /** What a broken meter does, in words. */
  readonly does: string;
  readonly pieces: readonly Piece[];
  /** Sessions in which it shows. */
  readonly sessions: readonly string[];
  /** Invariants of which at least one must notice. */
  readonly noticed_by: readonly string[];
}
