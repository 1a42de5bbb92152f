/**
 * Whether a board's interpreter has the memory that the firmware takes, by what the board says before it is flashed and
 * what the build has counted (tools/build/budget.ts).
 *
 *   Espruino  variables. The count is a least: a board's variable holds less of a long text than the desktop's. Less
 *             than that is refused. Where nothing could be counted, a board with fewer variables than its description
 *             has is told of: the firmware was fitted to the description.
 *   NodeMCU   bytes of heap. What is counted after loading says little, because functions are compiled when they are
 *             called; a running meter is held to what its description has. Less than that is told of.
 */
import type { Board } from "../build/board_schema";
import { FlashError } from "./flash_error";

export interface Memory {
  readonly unit: "variables" | "bytes of heap";
  /** What there will be once the program that runs now has gone. */
  readonly available: number;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

/** Throws where the firmware cannot run; a line for a person where it may not; "" where all is well, or not known. */
export function checkMemory(
  board: Pick<Board, "name" | "memory">,
  port: string,
  memory: Memory | undefined,
  counted: number | undefined,
): string {
  if (memory === undefined) return "";
  const has = `${port}: the interpreter has ${number(memory.available)} ${memory.unit}`;
  if (memory.unit === "bytes of heap") {
    const most = board.memory.lua_heap_bytes ?? 0;
    if (memory.available >= most) return "";
    return `${has}, the firmware takes up to ${number(most)} (it may not start; the board then keeps its old one)`;
  }
  if (counted !== undefined && memory.available < counted)
    throw new FlashError(
      `${has}, the firmware takes ${number(counted)} (leave rooms out in boards/${board.name}.board.json)`,
    );
  const described = board.memory.variables ?? 0;
  if (counted !== undefined || memory.available >= described) return "";
  return `${has}, ${board.name} is described with ${number(described)} (it may not start; is this its usual build?)`;
}
