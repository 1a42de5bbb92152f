/**
 * A board's bundle: one text, with the rooms of the board and no more, and its source map where there is one.
 *
 * The same checkout gives the same bytes, wherever and whenever it is built: nothing of the machine, the folder or the
 * time goes into a bundle, and everything is taken in an order that is sorted.
 *
 *   espruino   <board>.js: one line that sets the global `curbstop`; <board>.js.map: a source map
 *   nodemcu    <board>.lua: a chunk that returns the exports
 *   luatos     main.lua: the same, after the PROJECT and VERSION that LuatOS asks of a main.lua
 */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { FIRMWARE_ID } from "../../firmware/version";
import { UserError } from "../../sim/scenario/user_error";
import { ROOMS, type Room } from "../../sim/bundle/rooms";
import { ROOT } from "../../sim/bundle/project";
import type { Board } from "./board_schema";

export interface BoardBundle {
  /** Source that was bundled, from the root. */
  readonly entry: string;
  readonly code: string;
  readonly code_name: string;
  /** Espruino only. */
  readonly map: string | undefined;
  readonly map_name: string | undefined;
}

/** The rooms that a board does without. */
export function absentRooms(board: Board): Room[] {
  return ROOMS.filter((room) => !board.rooms.includes(room));
}

/** What is bundled: the engine's main, which starts a board, or the firmware alone while there is none. */
export function entryOf(board: Board, root = ROOT): string {
  const main = join(root, "boards", board.engine, "main.ts");
  return existsSync(main) ? main : join(root, "firmware", "index.ts");
}

async function espruinoBundle(board: Board, entry: string): Promise<BoardBundle> {
  const { bundleEspruino } = await import("../../sim/bundle/espruino");
  const made = await bundleEspruino(entry, { absent_rooms: absentRooms(board), source_map: true });
  const code_name = `${board.name}.js`;
  if (made.source_map === undefined) throw new Error("a source map was asked for and none came");
  return {
    entry: relative(ROOT, entry),
    code: made.code,
    code_name,
    map: made.source_map,
    map_name: `${code_name}.map`,
  };
}

async function luaBundle(board: Board, entry: string): Promise<BoardBundle> {
  const absent = absentRooms(board);
  if (absent.length > 0) throw new UserError(`${board.name}: a Lua build has all rooms (add ${absent.join(", ")})`);
  const { lua } = board;
  if (lua === undefined) throw new Error(`${board.name} says nothing of its Lua, which its schema demands`);
  const { bundleLua } = await import("../../sim/bundle/lua");
  const code = bundleLua(entry, lua.target);
  const luatos = lua.package === "luatos";
  return {
    entry: relative(ROOT, entry),
    code: luatos ? `PROJECT = "curbstop"\nVERSION = "${FIRMWARE_ID}"\n${code}` : code,
    code_name: luatos ? "main.lua" : `${board.name}.lua`,
    map: undefined,
    map_name: undefined,
  };
}

/** Bundles the firmware for a board. Rejects with a BundleError or UserError of one line. */
export async function bundleBoard(board: Board, entry = entryOf(board)): Promise<BoardBundle> {
  return board.engine === "espruino" ? espruinoBundle(board, entry) : luaBundle(board, entry);
}
