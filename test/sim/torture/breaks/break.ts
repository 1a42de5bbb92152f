/** A deliberate fault: one piece of a source, which must be there exactly once, and what stands in its place. */
export interface Break {
  /** What a broken meter does, in words. */
  readonly does: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Invariants of which at least one must notice. */
  readonly noticed_by: readonly string[];
  /** Programs that can find it, where plain random ones cannot. */
  readonly mode?: "tokens";
}
