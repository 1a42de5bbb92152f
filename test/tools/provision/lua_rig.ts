/** Lua boards at the end of a line, with their own firmware on them and nobody's: NodeMCU's console, LuatOS's bench. */
import fs from "node:fs";
import path from "node:path";
import { findOnPath } from "../../../sim/engines/child";
import { readBoard } from "../../../tools/build/board_file";
import { bundleBoard } from "../../../tools/build/bundle";
import { bootFileText } from "../../../tools/flash/nodemcu/boot_file";
import { slotText } from "../../../tools/flash/nodemcu/slot_file";
import { filesOf, nodemcuMissing, putFiles, startNodemcu } from "../flash/nodemcu/rig";
import { StandIn } from "../flash/stand_in";

export interface LuaBoard {
  readonly name: "lua-esp32" | "lua-luatos";
  /** Changes of the file system while a nameplate is kept, in the middle of which the power can go. */
  readonly cuts: readonly number[];
  start(): Promise<StandIn>;
  /** The board's memory of the journal blank, and its file system with the firmware and nothing else. */
  reset(board: StandIn): Promise<void>;
}

export const luaBoardsMissing = nodemcuMissing;

async function codeOf(name: LuaBoard["name"]): Promise<string> {
  return (await bundleBoard(readBoard(name))).code;
}

function blankMemory(board: StandIn): void {
  fs.rmSync(path.join(board.folder, "nor"), { force: true });
}

export const LUA_BOARDS: readonly LuaBoard[] = [
  {
    name: "lua-esp32",
    cuts: [1, 2],
    start: startNodemcu,
    reset: async (board) => {
      blankMemory(board);
      putFiles(board, { "curbstop.a": slotText(await codeOf("lua-esp32"), 1), "init.lua": bootFileText("lua-esp32") });
    },
  },
  {
    name: "lua-luatos",
    cuts: [1, 2, 3],
    start: () => StandIn.start(`${findOnPath("lua5.3") ?? "lua5.3"} ${path.join(__dirname, "luatos_board.lua")}`),
    reset: async (board) => {
      blankMemory(board);
      putFiles(board, {});
      fs.writeFileSync(path.join(board.folder, "main.lua"), Buffer.from(await codeOf("lua-luatos"), "latin1"));
    },
  },
];

/** Of boards/nodemcu/program.ts and boards/luatos/program.ts. */
const NAMEPLATE_FILE = "curbstop.set";

/** The nameplate that the board keeps, undefined without one. */
export function keptPlate(board: StandIn): string | undefined {
  return filesOf(board)[NAMEPLATE_FILE];
}

/** The board forgets whose it is; its memory of the journal does not. */
export function losePlate(board: StandIn): void {
  fs.rmSync(path.join(board.folder, "flash", NAMEPLATE_FILE));
}
