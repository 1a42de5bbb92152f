/**
 * A torture on a firmware with pieces of its source exchanged: the modules of this house are read, patched and compiled
 * anew, in a module space of their own, so that nothing else in this process sees the fault.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { compileFunction } from "node:vm";
import * as ts from "typescript";
import { ROOT } from "../../../sim/bundle/project";
import type { runPlan } from "../../../sim/torture/main";
import type { Break } from "./breaks/break";

type Exports = Record<string, unknown>;
type Body = (exports: Exports, require: (name: string) => Exports) => void;

const { compiled } = createRequire(__filename)(join(ROOT, "tools", "load_typescript.js")) as {
  compiled: (file: string, source: string) => string;
};
const SOURCE_MAP = /\n\/\/# sourceMappingURL=.*\s*$/;
const compiled_before = new Map<string, string>();

/** Of a file as it stands, as the loader keeps it; it is asked once, and without the map, which nobody reads. */
function compileWhole(file: string, source: string): string {
  const known = compiled_before.get(file);
  if (known !== undefined) return known;
  const code = compiled(file, source).replace(SOURCE_MAP, "");
  compiled_before.set(file, code);
  return code;
}

function compilePatched(source: string): string {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}

/** A piece of a source, which must be there exactly once, and what stands in its place. */
export interface Piece {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

function patch(source: string, piece: Piece): string {
  const places = source.split(piece.find).length - 1;
  assert.equal(places, 1, `${piece.file}: this piece is there ${places} times:\n${piece.find}`);
  return source.replace(piece.find, () => piece.replace);
}

/** What a module of this house exports when these pieces are exchanged in it, or in what it imports. */
export function loadPatched(pieces: readonly Piece[], ...entry: string[]): Exports {
  const modules = new Map<string, Exports>();
  const patched = new Set<Piece>();
  const load = (path: string): Exports => {
    const file = existsSync(`${path}.ts`) ? `${path}.ts` : path;
    const known = modules.get(file);
    if (known !== undefined) return known;
    const exports: Exports = {};
    modules.set(file, exports);
    let source = readFileSync(file, "utf8");
    const own = pieces.filter((one) => file === join(ROOT, one.file));
    for (const piece of own) {
      source = patch(source, piece);
      patched.add(piece);
    }
    const outside = createRequire(file);
    const code = own.length === 0 ? compileWhole(file, source) : compilePatched(source);
    const run = compileFunction(code, ["exports", "require"], { filename: file }) as Body;
    run(exports, (name: string) =>
      name.startsWith(".") ? load(resolve(dirname(file), name)) : (outside(name) as Exports),
    );
    return exports;
  };
  const exports = load(join(ROOT, ...entry));
  for (const piece of pieces) assert.ok(patched.has(piece), `${piece.file}: the torture does not load this file`);
  return exports;
}

/** The torture's entry; without a break, of the firmware as it is. */
export function loadTorture(broken: Break | undefined): typeof runPlan {
  const { runPlan: entry } = loadPatched(broken === undefined ? [] : [broken], "sim", "torture", "main.ts");
  return entry as typeof runPlan;
}
