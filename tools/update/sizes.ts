/**
 * Sizes of an update that commands show in their help. Loads nothing.
 */

/** Bytes of a fragment, unless wished otherwise: fits a frame of any module, and keeps the manifest short. */
export const FRAGMENT_USUAL_BYTES = 192;
