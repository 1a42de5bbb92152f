/**
 * How much a scenario may ask for.
 */

/** Longest run: a meter's life of fifteen years and some. */
export const RUN_MAX_S = 16 * 366 * 86_400;
export const STEPS_MAX = 100_000;
export const SEED_MAX = 2_147_483_647;
export const FLOW_MAX_ML = 1_000_000;
