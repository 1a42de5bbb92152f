/**
 * A board's bundle: one text, with the rooms of the board and no more, and its source map where there is one.
 *
 * The same checkout gives the same bytes, wherever and whenever it is built: nothing of the machine, the folder or the
 * time goes into a bundle, and everything is taken in an order that is sorted.
 *
 *   espruino   <board>.js: one line that sets the global `curbstop` (firmware/program.ts says what is in it), and has
 *              all else of its own among the globals too (sim/bundle/unwrap.ts);
 *              <board>.js.map: a source map; <board>.messages.json: what assertions say, by their numbers
 *   nodemcu    <board>.lua: a chunk that returns the exports (firmware/program.ts), and reads itself from the file whose
 *              name is its first argument (sim/bundle/lua_pieces.ts)
 *   luatos     main.lua: the same with its boot code and its loop (luatos_main.ts), which knows where LuatOS has it;
 *              script.bin: the package of it that a board takes (luadb.ts)
 */
import { relative } from "node:path";
import { FIRMWARE_ID } from "../../firmware/version";
import { UserError } from "../../sim/scenario/user_error";
import { ROOMS, type Room } from "../../sim/bundle/rooms";
import { ROOT } from "../../sim/bundle/project";
import type { Board } from "./board_schema";
import {
  ENTRY_PATH,
  entryText,
  LUATOS_ENTRY_PATH,
  luatosEntryText,
  NODEMCU_ENTRY_PATH,
  nodemcuEntryText,
} from "./entry";
import { packLuadb } from "./luadb";
import { luatosMain } from "./luatos_main";
import { absentConstants } from "./parts";

/** The source of the constants, by the end of its path. */
const FITTED_SOURCE = "/boards/fitted.ts";

/** Where LuatOS has the main.lua of its package. */
const LUATOS_MAIN_PATH = "/luadb/main.lua";

export interface BoardBundle {
  /** Source that was bundled, from the root. */
  readonly entry: string;
  readonly code: string;
  readonly code_name: string;
  /** Espruino only, and where it was asked for. */
  readonly map: string | undefined;
  readonly map_name: string | undefined;
  /** What assertions say, by number; Espruino only. */
  readonly messages: readonly string[];
  /** What the board takes instead of the bundle itself; LuatOS only. */
  readonly packed?: Buffer;
}

/** The rooms that a board does without. */
export function absentRooms(board: Board): Room[] {
  return ROOMS.filter((room) => !board.rooms.includes(room));
}

async function espruinoBundle(board: Board, source_map: boolean): Promise<BoardBundle> {
  const { bundleEspruino } = await import("../../sim/bundle/espruino");
  const made = await bundleEspruino(ENTRY_PATH, {
    absent_rooms: absentRooms(board),
    without: [{ source: FITTED_SOURCE, constants: absentConstants(board) }],
    made_sources: { [ENTRY_PATH]: entryText(board) },
    number_messages: true,
    scope: "global",
    source_map,
  });
  const code_name = `${board.name}.js`;
  if ((made.source_map !== undefined) !== source_map)
    throw new Error("a source map comes exactly when it is asked for");
  return {
    entry: relative(ROOT, ENTRY_PATH),
    code: made.code,
    code_name,
    map: made.source_map,
    map_name: source_map ? `${code_name}.map` : undefined,
    messages: made.messages,
  };
}

/** A board's program on NodeMCU or LuatOS. */
async function luaBundle(board: Board): Promise<BoardBundle> {
  const absent = absentRooms(board);
  if (absent.length > 0) throw new UserError(`${board.name}: a Lua build has all rooms (add ${absent.join(", ")})`);
  const { lua } = board;
  if (lua === undefined) throw new Error(`${board.name} says nothing of its Lua, which its schema demands`);
  const { bundleLuaPieces } = await import("../../sim/bundle/lua");
  const luatos = lua.package === "luatos";
  const entry = luatos ? LUATOS_ENTRY_PATH : NODEMCU_ENTRY_PATH;
  const made = { [entry]: luatos ? luatosEntryText(board) : nodemcuEntryText(board) };
  const bundled = bundleLuaPieces(entry, made, luatos ? { file: LUATOS_MAIN_PATH } : {});
  const code = luatos ? luatosMain(bundled, FIRMWARE_ID, board) : bundled;
  const code_name = luatos ? "main.lua" : `${board.name}.lua`;
  return {
    entry: relative(ROOT, entry),
    code,
    code_name,
    map: undefined,
    map_name: undefined,
    messages: [],
    ...(luatos ? { packed: packLuadb([{ name: code_name, bytes: Buffer.from(code, "latin1") }]) } : {}),
  };
}

/**
 * Bundles the firmware for a board. Rejects with a BundleError or UserError of one line. The bytes are the same with a source
 * map, which takes about as long again.
 */
export async function bundleBoard(board: Board, { source_map = false } = {}): Promise<BoardBundle> {
  return board.engine === "espruino" ? espruinoBundle(board, source_map) : luaBundle(board);
}
