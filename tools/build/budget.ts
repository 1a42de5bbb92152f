/**
 * Budget: what a bundle takes of a board, beside what the board has. What cannot be measured here says why instead, and
 * neither keeps the limit nor breaks it.
 *
 *   saved code   bytes of the bundle, or of its package                 Espruino, LuatOS
 *   variables    in use after boot, drivers and all                     Espruino (board_variables.ts)
 *   lua heap     bytes held after loading                               Lua; counted by lua5.3 of the desktop
 */
import type { Measured } from "../../sim/bench/espruino_cost";
import { boardVariables } from "./board_variables";
import type { Board } from "./board_schema";
import type { BoardBundle } from "./bundle";
import { luaHeapBytes } from "./lua_heap";

export interface BudgetRow {
  readonly name: "saved code" | "variables" | "lua heap";
  readonly unit: "bytes" | "JsVars";
  readonly value?: number;
  /** Why there is no value. */
  readonly pending?: string;
  /** What the board has. */
  readonly limit: number;
  /** What a build may take of it, with the board's share to spare. */
  readonly at_most: number;
  /** Undefined without a value. */
  readonly within?: boolean;
}

function row(
  name: BudgetRow["name"],
  unit: BudgetRow["unit"],
  measured: Measured<number>,
  limit: number | undefined,
  board: Board,
): BudgetRow {
  if (limit === undefined) throw new Error(`${board.name} has no limit of ${name}, which its schema demands`);
  const at_most = Math.floor((limit * (100 - board.memory.spare_percent)) / 100);
  if ("reason" in measured) return { name, unit, pending: measured.reason, limit, at_most };
  return { name, unit, value: measured.value, limit, at_most, within: measured.value <= at_most };
}

/** Measures a bundle for its board. */
export async function measureBudget(board: Board, { code, packed }: BoardBundle): Promise<BudgetRow[]> {
  const { memory } = board;
  const size = { value: packed?.length ?? Buffer.byteLength(code, "latin1") };
  const saved = (): BudgetRow => row("saved code", "bytes", size, memory.saved_code_bytes, board);
  if (board.engine === "lua") {
    const heap = row("lua heap", "bytes", await luaHeapBytes(code), memory.lua_heap_bytes, board);
    return packed === undefined ? [heap] : [saved(), heap];
  }
  return [saved(), row("variables", "JsVars", await boardVariables(board, code), memory.variables, board)];
}
