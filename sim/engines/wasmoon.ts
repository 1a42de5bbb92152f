/**
 * Wasmoon engine: Lua 5.4 in WebAssembly, from npm. It is loaded when it is used; without it the engine is missing.
 */
import { EngineError, type Engine, type EngineSettings } from "./contract";

/** A fault comes back as text, because the error records of the bundle mean nothing outside Lua. */
const DRIVER = `
local ok, fault = pcall(function()
  local exports = assert(load(bundle_text, "=bundle"))()
  exports.runProgram({ read_line = host_read_line, write_line = host_write_line })
end)
if not ok then return tostring(fault) end
return "ok"
`;

export function createWasmoonEngine(settings: EngineSettings): Engine {
  return {
    name: "wasmoon",
    missing: () => (isInstalled() ? undefined : "the npm package wasmoon is not installed (npm ci)"),
    run: async (program, on_line) => {
      const { LuaFactory } = await import("wasmoon");
      const { bundleLua } = await import("../bundle/lua");
      const lua = await new LuaFactory().createEngine({ enableProxy: false });
      const lines = program[Symbol.iterator]();
      let listener_error: Error | undefined;
      try {
        lua.global.set("bundle_text", bundleLua(settings.entry, "5.4"));
        lua.global.set("host_read_line", () => {
          const next = lines.next();
          return next.done === true ? undefined : next.value;
        });
        lua.global.set("host_write_line", (line: string) => {
          try {
            on_line(line);
          } catch (error) {
            listener_error = error as Error;
            throw error;
          }
        });
        const result: unknown = lua.doStringSync(DRIVER);
        // The listener's own fault is not the program's.
        if (listener_error !== undefined) throw listener_error;
        if (result !== "ok") throw new EngineError("wasmoon", String(result));
      } finally {
        lua.global.close();
      }
    },
  };
}

function isInstalled(): boolean {
  try {
    require.resolve("wasmoon");
    return true;
  } catch {
    return false;
  }
}
