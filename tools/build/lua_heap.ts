/**
 * What a Lua bundle takes of the heap once it is loaded: collectgarbage("count") of lua5.3 before and after.
 *
 * The desktop's Lua has 64-bit pointers: a microcontroller with 32-bit ones takes less; of what a meter holds after its
 * boot, three quarters. That a bundle in pieces (sim/bundle/lua_pieces.ts) is small after loading says nothing of the meter
 * that it becomes: heap.test.ts of test/boards/nodemcu and luatos measures that one, at its boot, after an hour and after a
 * top-up, on LuatOS with its radio.
 */
import { runChild, findOnPath } from "../../sim/engines/child";
import type { Measured } from "../../sim/bench/espruino_cost";

const RUN_LIMIT_MS = 60_000;

const DRIVER = `
local file = assert(io.open("bundle.lua", "rb"))
local chunk = string.dump(assert(load(file:read("a"), "=bundle")), true)
file:close()
local open = io.open
io.open = function() return open("bundle.lua", "rb") end -- Wherever the bundle looks for itself.
collectgarbage() collectgarbage()
local before = collectgarbage("count")
local exports = load(chunk, "=bundle", "b")("bundle.lua")
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
