/**
 * Rooms that a build can do without. Here all are in; for a board that is too small for all of them `curbstop build`
 * compiles this file with the constants of the rooms it leaves out as false (sim/bundle/rooms.ts).
 *
 * Whoever calls into such a room asks its constant first. What is reached in no other way is then not in the bundle:
 * the condition is decided when the modules are joined, and nothing of it is left to run.
 *
 * The books of a room (its part of the saved state) are no room: a meter keeps and reads the same journal with all its
 * rooms and without some.
 */

/** Cards: the session at the reader, and the purse of a standpipe. */
export const ROOM_CARD: boolean = true;

/** Tokens: the keypad with all that is keyed in, tokens and short codes, and tokens that come another way. */
export const ROOM_TOKEN: boolean = true;

/** Radio: station, telegrams, signed messages and LMS, updates; all that only the radio reaches. */
export const ROOM_RADIO: boolean = true;
