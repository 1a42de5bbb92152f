/**
 * Lua engines: the interpreters of the system, each with a bundle made for its version.
 */
import type { LuaTarget } from "../bundle/lua";
import { findOnPath, runChild } from "./child";
import type { Engine, EngineName, EngineSettings } from "./contract";
import { programText } from "./program_text";

/** `read("*l")` is understood by every Lua from 5.1 on. */
const DRIVER = `
local program = assert(io.open("program.txt", "rb"))
local host = {
  read_line = function() return program:read("*l") end,
  write_line = function(line) io.write("@T", line, "\\n") end,
}
local ok, fault = pcall(function() assert(loadfile("bundle.lua"))("bundle.lua").runProgram(host) end)
local result = ok and "ok" or tostring(fault):gsub("[\\r\\n]+", " | ")
io.write("@R", result, "\\n")
`;

const PACKAGES: Readonly<Record<string, string>> = { "lua5.3": "lua5.3", "lua5.4": "lua5.4", luajit: "luajit" };

/** The engine behind the command `name`; `in_pieces` runs the bundle in the form that boards get, for Lua 5.3. */
export function createLuaEngine(
  name: EngineName,
  target: LuaTarget,
  settings: EngineSettings,
  in_pieces = false,
): Engine {
  const missing = (): string | undefined =>
    findOnPath(name) === undefined ? `${name} is not on PATH (apt-get install ${PACKAGES[name]})` : undefined;
  return {
    name,
    missing,
    run: async (program, on_line) => {
      const { bundleLua, bundleLuaPieces } = await import("../bundle/lua");
      await runChild({
        engine: name,
        command: findOnPath(name) ?? name,
        arguments: ["driver.lua"],
        files: {
          "driver.lua": DRIVER,
          "bundle.lua": in_pieces ? bundleLuaPieces(settings.entry) : bundleLua(settings.entry, target),
          "program.txt": programText(name, program),
        },
        run_limit_ms: settings.run_limit_ms,
        on_line,
      });
    },
  };
}
