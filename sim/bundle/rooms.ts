/**
 * Rooms left out: firmware/rooms.ts compiled with the constants of these rooms as false.
 *
 * Only the constants change, and only in the compiled text of that one file; that nothing reaches the room any more, and
 * that it is dropped, is found by the bundler. A room that does not stand in the file is refused, so that a name that
 * was mistyped cannot pass for a room that is gone.
 */
import { BundleError } from "./project";

/** The rooms that a build can do without, and their constants in firmware/rooms.ts. */
export const ROOM_CONSTANTS = { card: "ROOM_CARD", token: "ROOM_TOKEN", radio: "ROOM_RADIO" } as const;

export type Room = keyof typeof ROOM_CONSTANTS;

export const ROOMS = Object.keys(ROOM_CONSTANTS) as Room[];

/** The source that holds the constants, by the end of its path. */
export const ROOMS_SOURCE = "/firmware/rooms.ts";

/** Constants that a build sets to false in a file of its own, as rooms are in firmware/rooms.ts. */
export interface Without {
  /** The source that holds them, by the end of its path. */
  readonly source: string;
  readonly constants: readonly string[];
}

/** The compiled text of a source with these of its constants as false; each must stand there as true. */
export function withoutConstants(compiled: string, { source, constants }: Without): string {
  return constants.reduce((text, constant) => {
    const declaration = `var ${constant} = `;
    if (text.split(`${declaration}true;`).length !== 2) {
      throw new BundleError(`${source.slice(1)}: no ${constant} to leave something out by`);
    }
    return text.replace(`${declaration}true;`, `${declaration}false;`);
  }, compiled);
}

/** The compiled text of firmware/rooms.ts without these rooms. */
export function withoutRooms(compiled: string, absent: readonly Room[]): string {
  return absent.reduce((text, room) => {
    const constant = `var ${ROOM_CONSTANTS[room]} = `;
    if (text.split(`${constant}true;`).length !== 2) {
      throw new BundleError(`firmware/rooms.ts: no ${ROOM_CONSTANTS[room]} to leave the room "${room}" out by`);
    }
    return text.replace(`${constant}true;`, `${constant}false;`);
  }, compiled);
}
