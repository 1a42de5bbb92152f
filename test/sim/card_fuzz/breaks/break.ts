import type { Piece } from "../../torture/patched_torture";

/** A deliberate fault in how a meter takes cards. */
export interface FuzzBreak {
  /** What a broken meter does, in words. */
  readonly does: string;
  readonly pieces: readonly Piece[];
  /** Invariants of which at least one must notice. */
  readonly noticed_by: readonly string[];
}
