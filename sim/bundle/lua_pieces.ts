/**
 * Lua bundle in pieces: a small loader, and each function of the program as a text that is compiled when it is called.
 *
 * A board of 200 KB cannot hold the firmware compiled. It need not: the file that it runs stays on it, and most functions
 * run seldom. The file is
 *
 *   the loader, and `return { … }` with the exports of the entry
 *   --[==[
 *   the pieces, one after the other; to the interpreter they are a comment, which it reads past
 *   ]==]
 *
 * and a piece is
 *
 *   0  1  "f" for a function, "v" for a value
 *   1  4  length n of the text, in base 36
 *   5  n  the text: Lua statements that return the function or the value
 *
 * A piece is named by its place: an underscore and the distance of its first byte from the end of the bundle, four digits in
 * base 36, so that no list of names takes room and whatever stands before the bundle does no harm. The end is that of the
 * file, or, where something stands behind the bundle, the second argument of the chunk; the first one is the file's name, or
 * what can be read like an open file. The code of a piece runs in a table of its own as its globals: what it does not find there is read from the file, compiled, freed of its
 * debug information and kept there. When the functions in the table come to KEPT_BYTES of text, all leave it, and what is
 * called again is compiled again. A value is made once and stays, so that it is the same for all. A board's modules are
 * named in `_G` by the pieces, each time anew.
 *
 * The file must stay as it is while the program runs: NodeMCU's uploads never touch the slot that runs, of which an
 * update by radio sets marks before the bundle, and a LuaDB is read-only. Places are counted from the start when the file
 * is read, because the LuaDB of LuatOS (luat_fs_luadb.c) goes to the end itself whatever distance from it is asked for.
 * `string.dump(f, true)` leaves the debug information out in
 * NodeMCU's Lua too (components/lua/lua-5.3/lstrlib.c).
 */
import { LANGUAGE, type LuaUnits, type Unit } from "./lua_units";
import { BundleError } from "./project";

export interface PiecesOptions {
  /** The file in which the bundle stands, and where it ends, when nobody tells another by the first argument of the chunk. */
  readonly file?: string;
}

const BASE = 36;
const PLACE_DIGITS = 4;
const LENGTH_DIGITS = 4;
const HEAD_BYTES = 1 + LENGTH_DIGITS;
/**
 * Bytes of text of the functions that are kept; each takes some 2.6 bytes of a 64-bit heap. On NodeMCU's bindings an hour
 * of counting compiles 5 KB of text again for each pulse with 13,000 bytes, 4 KB with 14,000, 3 KB with 16,000
 * (test/boards/nodemcu/heap.test.ts).
 */
const KEPT_BYTES = 13_000;

/** Begins the pieces, which must stay at the end. */
export const OPENING = "--[==[\n";
const CLOSING = "]==]\n";

/** The loader's text up to the exports. */
function loaderText({ file }: PiecesOptions): string {
  const globals = LANGUAGE.map((name) => `${name} = ${name}`).join(", ");
  const usual = file === undefined ? "" : `path = path or ${JSON.stringify(file)}\n`;
  return `local path, size = ...
${usual}local pieces = { _G = _G, ${globals} }
local file, kept, bytes = nil, {}, 0
setmetatable(pieces, { __index = function(_, name)
  if name:byte() ~= ${"_".charCodeAt(0)} then return _G[name] end -- No piece: TypeScriptToLua's library names it.
  if file == nil then
    file = type(path) == "table" and path or assert(io.open(path, "r"))
    size = size or assert(file:seek("end"))
  end
  assert(file:seek("set", size - tonumber(name:sub(2), ${BASE})))
  local head = file:read(${HEAD_BYTES})
  local length = tonumber(head:sub(2), ${BASE})
  local made = load(string.dump(assert(load(file:read(length), "=" .. name)), true), name, "b", pieces)()
  if head:byte() == ${"f".charCodeAt(0)} then
    if bytes + length > ${KEPT_BYTES} then
      for index = 1, #kept do pieces[kept[index]] = nil end
      kept, bytes = {}, 0
    end
    kept[#kept + 1], bytes = name, bytes + length
  end
  pieces[name] = made
  return made
end })
`;
}

function digits(value: number, count: number, what: string): string {
  const text = value.toString(BASE).padStart(count, "0");
  if (text.length > count) throw new BundleError(`${what}: too long for a bundle in pieces`);
  return text;
}

/** Leading spaces say nothing to Lua; no text that TypeScriptToLua prints goes over a line. */
function withoutIndent(text: string): string {
  return text.replace(/^[ ]+|\n$/gm, "").replace(/\n+/g, "\n");
}

/** A piece, with these names for those that it names. */
function pieceText(unit: Unit, nameOf: (unit: Unit) => string): string {
  const text = withoutIndent(unit.print(nameOf));
  // eslint-disable-next-line no-control-regex -- a byte a character, or the places would be wrong
  if (/[^\x00-\x7f]/.test(text)) throw new BundleError(`${unit.place}: a character that is not ASCII`);
  if (text.includes(CLOSING.trim())) throw new BundleError(`${unit.place}: has ${CLOSING.trim()} in it`);
  const kind = unit.kind === "function" ? "f" : "v";
  return `${kind}${digits(text.length, LENGTH_DIGITS, unit.place)}${text}`;
}

/** The bundle of a program that exports what one of its files does. */
export function piecesText(program: LuaUnits, entry: string, options: PiecesOptions): string {
  const exported = program.exportsOf(entry);
  const units = program.neededBy([...exported.values()]);
  // All names are of one length, so the places are known before the names are.
  const lengths = units.map((unit) => pieceText(unit, () => `_${"0".repeat(PLACE_DIGITS)}`).length);
  const names = new Map<Unit, string>();
  let distance = CLOSING.length;
  for (let index = units.length - 1; index >= 0; index--) {
    distance += lengths[index];
    names.set(units[index], `_${digits(distance, PLACE_DIGITS, "the program")}`);
  }
  const nameOf = (unit: Unit): string => names.get(unit) ?? "";
  const pieces = units.map((unit) => pieceText(unit, nameOf)).join("");
  const fields = [...exported].map(([name, unit]) => {
    const piece = `pieces.${nameOf(unit)}`;
    return `  ${name} = ${unit.kind === "function" ? `function(...) return ${piece}(...) end` : piece},\n`;
  });
  const at_load = units.filter((unit) => unit.at_load).map((unit) => `"${nameOf(unit)}"`);
  const load = `for _, name in ipairs({ ${at_load.join(", ")} }) do local _ = pieces[name] end\n`;
  return `${loaderText(options)}${load}return {\n${fields.join("")}}\n${OPENING}${pieces}${CLOSING}`;
}
