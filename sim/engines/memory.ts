/**
 * Memory that a portable program has in use on an engine, after a full collection, wherever it writes the line `memory`.
 * Espruino counts JsVars; the others count bytes.
 */
import { findOnPath, runChild } from "./child";
import { ENGINE_NAMES, EngineError, type EngineName } from "./contract";
import { engineByName } from "./engine";
import { espruinoScript, findEspruino } from "./espruino";
import { programText } from "./program_text";

export interface MemoryRun {
  /** In the order of the `memory` lines. */
  readonly memory: readonly number[];
  /** What the program wrote besides. */
  readonly lines: readonly string[];
}

/** Every engine but Node, whose collector cannot be asked from within. */
export const MEMORY_ENGINES: readonly EngineName[] = ENGINE_NAMES.filter((name) => name !== "node");

/** Espruino lives through 10,000 events in four minutes on a quiet machine. */
const RUN_LIMIT_MS = 1_800_000;
const MEMORY = /^memory (\d+)$/;

/**
 * Put behind the bundle's own text: the entry's host then answers for `memory`. process.memory() collects by itself.
 */
const ESPRUINO_WRAPPER = `
(function () {
  var run = curbstop.runProgram;
  curbstop.runProgram = function (host) {
    run({ read_line: host.read_line, write_line: function (line) {
      host.write_line(line === "memory" ? "memory " + process.memory().usage : line);
    } });
  };
})();
`;

/**
 * Two collections: the first one only calls the finalisers. LuaJIT runs without its compiler, whose traces lie in the
 * same memory and come as they like.
 */
const LUA_RUN = `
if jit then jit.off() end
local function used()
  collectgarbage()
  collectgarbage()
  return string.format("%.0f", collectgarbage("count") * 1024)
end
local function run(exports, read_line, write_line)
  exports.runProgram({
    read_line = read_line,
    write_line = function(line) write_line(line == "memory" and "memory " .. used() or line) end,
  })
end
`;

const LUA_DRIVER = `${LUA_RUN}
local program = assert(io.open("program.txt", "rb"))
local ok, fault = pcall(function()
  run(dofile("bundle.lua"), function() return program:read("*l") end, function(line) io.write("@T", line, "\\n") end)
end)
io.write("@R", ok and "ok" or tostring(fault):gsub("[\\r\\n]+", " | "), "\\n")
`;

const WASMOON_DRIVER = `${LUA_RUN}
local ok, fault = pcall(function() run(assert(load(bundle_text, "=bundle"))(), host_read_line, host_write_line) end)
return ok and "ok" or tostring(fault)
`;

/** Runs the program with the entry's runProgram, and gives the memory at its marks. */
export async function memoryInUse(name: EngineName, entry: string, program: readonly string[]): Promise<MemoryRun> {
  const memory: number[] = [];
  const lines: string[] = [];
  const take = (line: string): void => {
    const figure = MEMORY.exec(line);
    if (figure === null) lines.push(line);
    else memory.push(Number(figure[1]));
  };
  if (name === "espruino") await runEspruino(entry, program, take);
  else if (name === "wasmoon") await runWasmoon(entry, program, take);
  else await runLua(name, entry, program, take);
  return { memory, lines };
}

/** Why the engine cannot run here, or undefined. */
export function memoryMissing(name: EngineName): string | undefined {
  return engineByName(name).missing();
}

async function runEspruino(entry: string, program: readonly string[], on_line: (line: string) => void): Promise<void> {
  const { bundleEspruino } = await import("../bundle/espruino");
  const { code } = await bundleEspruino(entry);
  await runChild({
    engine: "espruino",
    command: findEspruino() ?? "espruino",
    arguments: ["run.js"],
    files: {
      "run.js": espruinoScript(`${code}\n${ESPRUINO_WRAPPER}`),
      "program.txt": programText("espruino", program),
    },
    run_limit_ms: RUN_LIMIT_MS,
    on_line,
  });
}

async function runLua(
  name: EngineName,
  entry: string,
  program: readonly string[],
  on_line: (line: string) => void,
): Promise<void> {
  const { bundleLua } = await import("../bundle/lua");
  const target = name === "luajit" ? "JIT" : name === "lua5.3" ? "5.3" : "5.4";
  await runChild({
    engine: name,
    command: findOnPath(name) ?? name,
    arguments: ["driver.lua"],
    files: {
      "driver.lua": LUA_DRIVER,
      "bundle.lua": bundleLua(entry, target),
      "program.txt": programText(name, program),
    },
    run_limit_ms: RUN_LIMIT_MS,
    on_line,
  });
}

async function runWasmoon(entry: string, program: readonly string[], on_line: (line: string) => void): Promise<void> {
  const { LuaFactory } = await import("wasmoon");
  const { bundleLua } = await import("../bundle/lua");
  const lua = await new LuaFactory().createEngine({ enableProxy: false });
  const program_lines = [...program];
  try {
    lua.global.set("bundle_text", bundleLua(entry, "5.4"));
    lua.global.set("host_read_line", () => program_lines.shift());
    lua.global.set("host_write_line", on_line);
    const result: unknown = lua.doStringSync(WASMOON_DRIVER);
    if (result !== "ok") throw new EngineError("wasmoon", String(result));
  } finally {
    lua.global.close();
  }
}
