/**
 * The torture on a firmware with a piece of its source exchanged: the portable modules are read, patched and compiled
 * anew, in a module space of their own, so that nothing else in this process sees the fault.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { compileFunction } from "node:vm";
import * as ts from "typescript";
import { ROOT } from "../../../sim/bundle/project";
import type { runPlan } from "../../../sim/torture/main";
import type { Break } from "./breaks/break";

type Exports = Record<string, unknown>;
type Body = (exports: Exports, require: (name: string) => Exports) => void;

const compiled = new Map<string, string>();

function compile(source: string): string {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  compiled.set(source, outputText);
  return outputText;
}

function patch(source: string, broken: Break): string {
  const places = source.split(broken.find).length - 1;
  assert.equal(places, 1, `${broken.file}: this piece is there ${places} times:\n${broken.find}`);
  return source.replace(broken.find, () => broken.replace);
}

/** The torture's entry; without a break, of the firmware as it is. */
export function loadTorture(broken: Break | undefined): typeof runPlan {
  const modules = new Map<string, Exports>();
  let patched = broken === undefined;
  const load = (path: string): Exports => {
    const file = existsSync(`${path}.ts`) ? `${path}.ts` : path;
    const known = modules.get(file);
    if (known !== undefined) return known;
    const exports: Exports = {};
    modules.set(file, exports);
    let source = readFileSync(file, "utf8");
    if (broken !== undefined && file === join(ROOT, broken.file)) {
      source = patch(source, broken);
      patched = true;
    }
    const run = compileFunction(compile(source), ["exports", "require"], { filename: file }) as Body;
    run(exports, (name: string) => load(resolve(dirname(file), name)));
    return exports;
  };
  const { runPlan: entry } = load(join(ROOT, "sim", "torture", "main.ts"));
  assert.ok(patched, `${broken?.file}: the torture does not load this file`);
  return entry as typeof runPlan;
}
