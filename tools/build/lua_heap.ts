/**
 * What a Lua bundle takes of the heap once it is loaded: collectgarbage("count") of lua5.3 before and after.
 *
 * The chunk is loaded without debug information, as it is put on a board. The desktop's Lua has 64-bit pointers, so a
 * microcontroller with 32-bit ones takes less; how much less is not known here.
 */
import { runChild, findOnPath } from "../../sim/engines/child";
import type { Measured } from "../../sim/bench/espruino_cost";

const RUN_LIMIT_MS = 60_000;

const DRIVER = `
local file = assert(io.open("bundle.lua", "rb"))
local chunk = string.dump(assert(load(file:read("a"), "=bundle")), true)
file:close()
collectgarbage() collectgarbage()
local before = collectgarbage("count")
local exports = load(chunk, "=bundle", "b")()
collectgarbage() collectgarbage()
io.write("@T", string.format("%d", math.ceil((collectgarbage("count") - before) * 1024)), "\\n")
io.write("@R", type(exports) == "table" and #chunk > 0 and "ok" or "the bundle returns no exports", "\\n")
`;

/** Bytes of heap that the bundle holds after loading. */
export async function luaHeapBytes(code: string): Promise<Measured<number>> {
  const lua = findOnPath("lua5.3");
  if (lua === undefined) return { reason: "lua5.3 is not on PATH (apt-get install lua5.3)" };
  let bytes: number | undefined;
  await runChild({
    engine: "lua5.3",
    command: lua,
    arguments: ["driver.lua"],
    files: { "driver.lua": DRIVER, "bundle.lua": code },
    run_limit_ms: RUN_LIMIT_MS,
    on_line: (line) => (bytes = Number(line)),
  });
  if (bytes === undefined || !Number.isSafeInteger(bytes)) throw new Error("lua5.3 printed no count of its heap");
  return { value: bytes };
}
