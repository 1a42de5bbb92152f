/**
 * Fengari: a Lua 5.3 in JavaScript whose integers have 32 bits. It stands in for a board's Lua that was built with
 * int32, which the firmware must refuse; it is no engine, because a refusal is all that it can show.
 */

/** The part of fengari's API that is used; it has no types of its own. */
interface Fengari {
  readonly lua: {
    lua_pcall(state: unknown, arguments_: number, results: number, handler: number): number;
    lua_pushjsfunction(state: unknown, call: (state: unknown) => number): void;
    lua_pushnil(state: unknown): void;
    lua_pushstring(state: unknown, text: Uint8Array): void;
    lua_setglobal(state: unknown, name: Uint8Array): void;
    lua_tojsstring(state: unknown, index: number): string;
  };
  readonly lauxlib: {
    luaL_newstate(): unknown;
    luaL_loadstring(state: unknown, text: Uint8Array): number;
    luaL_tolstring(state: unknown, index: number): Uint8Array;
  };
  readonly lualib: { luaL_openlibs(state: unknown): void };
  readonly to_luastring: (text: string) => Uint8Array;
}

export interface FengariRun {
  readonly trace: readonly string[];
  /** What the program threw, or undefined when it reached its end. */
  readonly fault: string | undefined;
}

const DRIVER = `
local exports = assert(load(bundle_text, "=bundle"))()
exports.runProgram({ read_line = host_read_line, write_line = host_write_line })
`;

/** Runs a bundle made for Lua 5.3 with the lines of a program. */
export function runOnFengari(bundle: string, program: readonly string[]): FengariRun {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the package has no types to import
  const { lua, lauxlib, lualib, to_luastring } = require("fengari") as Fengari;
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  const trace: string[] = [];
  let next = 0;
  const setFunction = (name: string, call: (state: unknown) => number): void => {
    lua.lua_pushjsfunction(state, call);
    lua.lua_setglobal(state, to_luastring(name));
  };
  setFunction("host_read_line", (inner) => {
    const line = program[next];
    next += 1;
    if (line === undefined) lua.lua_pushnil(inner);
    else lua.lua_pushstring(inner, to_luastring(line));
    return 1;
  });
  setFunction("host_write_line", (inner) => {
    trace.push(lua.lua_tojsstring(inner, 1));
    return 0;
  });
  lua.lua_pushstring(state, to_luastring(bundle));
  lua.lua_setglobal(state, to_luastring("bundle_text"));
  const failed = lauxlib.luaL_loadstring(state, to_luastring(DRIVER)) !== 0 || lua.lua_pcall(state, 0, 0, 0) !== 0;
  if (!failed) return { trace, fault: undefined };
  lauxlib.luaL_tolstring(state, -1);
  return { trace, fault: lua.lua_tojsstring(state, -1) };
}
