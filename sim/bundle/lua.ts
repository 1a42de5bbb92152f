/**
 * Lua bundle: one entry file and its imports as one Lua chunk that returns the entry's exports.
 *
 * No function takes a `self`: TypeScriptToLua's noImplicitSelf covers plain functions only and leaves methods and
 * function-typed fields of records with one, so that a callback kept in a record would be refused. Portable code has
 * no `this`, so all of them are marked `@noSelf` in the text that is compiled. A driver therefore calls
 * `exports.runProgram(host)` and `host.read_line()`, with a dot.
 */
import * as ts from "typescript";
import * as tstl from "typescript-to-lua";
import { cachedBundle } from "./cache";
import { BundleError, createProject, ownSources, readOptions, throwOnErrors } from "./project";

export type LuaTarget = "5.3" | "5.4" | "JIT" | "universal";

const TARGETS: Readonly<Record<LuaTarget, tstl.LuaTarget>> = {
  "5.3": tstl.LuaTarget.Lua53,
  "5.4": tstl.LuaTarget.Lua54,
  JIT: tstl.LuaTarget.LuaJIT,
  universal: tstl.LuaTarget.Universal,
};

const NO_SELF = "/** @noSelf */ ";

const OUTPUT_NAME = "bundle.lua";

/** Bundles `entry` for one kind of Lua. Throws a BundleError that names file and line. */
export function bundleLua(entry: string, target: LuaTarget): string {
  const options = luaOptions(entry, target);
  const project = createProject(entry, options, markingHost(options));
  const sources = ownSources(project);
  const made = cachedBundle({ kind: "lua", entry, options: { target }, sources }, () => ({ code: emitLua(project) }));
  return made.code;
}

function luaOptions(entry: string, target: LuaTarget): ts.CompilerOptions {
  const { options, raw } = readOptions("tsconfig.lua.json");
  const settings: tstl.TypeScriptToLuaOptions = {
    ...(raw["tstl"] as tstl.TypeScriptToLuaOptions),
    luaTarget: TARGETS[target],
    luaBundle: OUTPUT_NAME,
    luaBundleEntry: entry,
  };
  return { ...options, ...settings } as ts.CompilerOptions;
}

function emitLua(project: ts.Program): string {
  throwOnErrors(ts.getPreEmitDiagnostics(project));
  let code: string | undefined;
  const { diagnostics } = new tstl.Transpiler().emit({
    program: project,
    writeFile: (name, text) => {
      if (name.endsWith(OUTPUT_NAME)) code = text;
    },
  });
  throwOnErrors(diagnostics);
  if (code === undefined) throw new BundleError("TypeScriptToLua wrote no bundle and gave no reason");
  return code;
}

function markingHost(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options, true);
  const plain = host.getSourceFile.bind(host);
  host.getSourceFile = (name, language, on_error, create_new) => {
    const source = plain(name, language, on_error, create_new);
    if (source === undefined || source.isDeclarationFile) return source;
    return ts.createSourceFile(name, markNoSelf(source), language, true);
  };
  return host;
}

/**
 * The text with interfaces and function fields freed of `self`. Line numbers stay. Methods in a type literal, or in an
 * object that is not written where an interface is expected, keep it, and TypeScriptToLua refuses to mix the two.
 */
function markNoSelf(source: ts.SourceFile): string {
  const marks: { readonly place: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node)) marks.push({ place: node.getStart(source), text: NO_SELF });
    if (ts.isFunctionTypeNode(node) && ts.isPropertySignature(node.parent)) {
      // A function type takes no mark, but in parentheses it is a plain function to TypeScriptToLua.
      marks.push({ place: node.getStart(source), text: "(" }, { place: node.getEnd(), text: ")" });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  marks.sort((left, right) => right.place - left.place);
  return marks.reduce((text, { place, text: mark }) => text.slice(0, place) + mark + text.slice(place), source.text);
}
