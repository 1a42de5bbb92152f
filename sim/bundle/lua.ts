/**
 * Lua bundle: one entry file and its imports as one Lua chunk that returns the entry's exports.
 *
 * No function takes a `self`: TypeScriptToLua's noImplicitSelf covers plain functions only and leaves methods and
 * function-typed fields of records with one, so that a callback kept in a record would be refused. Portable code has
 * no `this`, so all of them are marked `@noSelf` in the text that is compiled. A driver therefore calls
 * `exports.runProgram(host)` and `host.read_line()`, with a dot.
 */
import { normalize } from "node:path";
import { deserialize, serialize } from "node:v8";
import * as ts from "typescript";
import * as tstl from "typescript-to-lua";
import { areUnchanged, cachedBundle, rememberedBundle, type BundleSource } from "./cache";
import { piecesText, type PiecesOptions } from "./lua_pieces";
import { LuaUnits } from "./lua_units";
import { knownModules, throwOnProgramErrors } from "./modules";
import { BundleError, createProject, madeSourcesHost, ownSources, readOptions, throwOnErrors } from "./project";

export type LuaTarget = "5.3" | "5.4" | "JIT" | "universal";

const TARGETS: Readonly<Record<LuaTarget, tstl.LuaTarget>> = {
  "5.3": tstl.LuaTarget.Lua53,
  "5.4": tstl.LuaTarget.Lua54,
  JIT: tstl.LuaTarget.LuaJIT,
  universal: tstl.LuaTarget.Universal,
};

/** TypeScriptToLua writes a module for Lua 5.4 as it does for 5.3; only its library may differ, which is no module. */
const MODULE_DIALECTS: Readonly<Record<string, string>> = { [tstl.LuaTarget.Lua54]: tstl.LuaTarget.Lua53 };

const NO_SELF = "/** @noSelf */ ";

const OUTPUT_NAME = "bundle.lua";

/** Sources that stand in no file, by their absolute paths. */
type MadeSources = Readonly<Record<string, string>>;

/** Bundles `entry` for one kind of Lua. Throws a BundleError that names file and line. */
export function bundleLua(entry: string, target: LuaTarget, made_sources: MadeSources = {}): string {
  return bundleOf({ kind: "lua", entry, options: { target } }, made_sources, emitLua);
}

/** The same in pieces that a board reads when it calls them (lua_pieces.ts), for Lua 5.3. */
export function bundleLuaPieces(entry: string, made_sources: MadeSources = {}, pieces: PiecesOptions = {}): string {
  const request = { kind: "lua pieces", entry, options: { target: "5.3" as const, ...pieces } };
  return bundleOf(request, made_sources, (project, options) => emitPieces(project, options, pieces));
}

interface LuaRequest {
  readonly kind: string;
  readonly entry: string;
  readonly options: { readonly target: LuaTarget } & Readonly<Record<string, unknown>>;
}

type Emit = (project: LuaProject, options: ts.CompilerOptions) => string;

function bundleOf(request: LuaRequest, made_sources: MadeSources, emit: Emit): string {
  const { entry } = request;
  const { target } = request.options;
  const known = rememberedBundle(request, made_sources) as { code: string } | undefined;
  if (known !== undefined) return known.code;
  const options = luaOptions(entry, target);
  const project = luaProject(entry, options, made_sources);
  const made = cachedBundle({ ...request, sources: project.sources }, () => ({ code: emit(project, options) }));
  return made.code;
}

/** What a bundle is compiled from. */
interface LuaProject {
  readonly entry: string;
  readonly program: ts.Program;
  readonly host: ts.CompilerHost;
  /** As they stand in their files. */
  readonly sources: readonly BundleSource[];
}

/** The last one that was compiled without an error: an entry is mostly wanted for one kind of Lua after another. */
let last_project: LuaProject | undefined;

function luaProject(entry: string, options: ts.CompilerOptions, made_sources: MadeSources): LuaProject {
  if (last_project?.entry === entry && areUnchanged(last_project.sources)) return last_project;
  const unmarked = new Map<string, string>();
  const host = markingHost(options, made_sources, unmarked);
  const program = createProject(entry, options, host);
  const sources = ownSources(program).map(({ fileName, text }) => ({ fileName, text: unmarked.get(fileName) ?? text }));
  return { entry, program, host, sources };
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

function emitLua(project: LuaProject, options: ts.CompilerOptions): string {
  let code: string | undefined;
  const writeFile = (name: string, text: string): void => {
    if (name.endsWith(OUTPUT_NAME)) code = text;
  };
  transpile(project, options, { writeFile });
  if (code === undefined) throw new BundleError("TypeScriptToLua wrote no bundle and gave no reason");
  return code;
}

function emitPieces(project: LuaProject, options: ts.CompilerOptions, pieces: PiecesOptions): string {
  let units: LuaUnits | undefined;
  const read: tstl.Plugin["afterPrint"] = (program, _options, host, files) => {
    units = new LuaUnits(files, program, host);
  };
  transpile(project, options, { readTrees: read });
  if (units === undefined) throw new BundleError("TypeScriptToLua made no trees and gave no reason");
  return piecesText(units, project.entry, pieces);
}

/** What is wanted: the bundle that TypeScriptToLua writes, or the trees of the modules. */
type Wanted =
  | { readonly writeFile: (name: string, text: string) => void; readonly readTrees?: never }
  | { readonly writeFile?: never; readonly readTrees: NonNullable<tstl.Plugin["afterPrint"]> };

/** A module in Lua, as it is kept. */
interface LuaModule {
  readonly code: string;
  /** Its tree, serialised by V8 since parts of it may stand in more than one place, in base 64; where it is wanted. */
  readonly tree?: string;
}

function transpile(project: LuaProject, options: ts.CompilerOptions, { writeFile, readTrees }: Wanted): void {
  // TypeScriptToLua says some things once for a program, so one with an error is not used again.
  last_project = undefined;
  const { luaTarget = "" } = options as tstl.CompilerOptions;
  const way = [
    "lua",
    MODULE_DIALECTS[luaTarget] ?? luaTarget,
    readTrees === undefined ? "text" : `text and tree of V8 ${process.versions.v8}`,
  ];
  const { known, unknown, keep } = knownModules<LuaModule>(project.program, project.host, way);
  throwOnProgramErrors(project.program, known);
  const fresh = new Map<ts.SourceFile, LuaModule>();
  const addKnown: tstl.Plugin["afterPrint"] = (program, _options, _host, files) => {
    for (const file of files) {
      const source = file.sourceFiles?.[0];
      if (source !== undefined) fresh.set(source, keptForm(file, readTrees !== undefined));
    }
    // In the order of the program, as if all had been compiled now.
    const made = [...files, ...[...known].map(([source, module]) => processedForm(source, module))];
    const places = new Map(program.getSourceFiles().map((source, place) => [source, place]));
    const placeOf = ({ sourceFiles }: tstl.ProcessedFile): number =>
      places.get(sourceFiles?.[0] as ts.SourceFile) ?? -1;
    files.splice(0, files.length, ...made.sort((left, right) => placeOf(left) - placeOf(right)));
  };
  const { diagnostics } = new tstl.Transpiler().emit({
    // The types are the same whichever Lua it is for: only TypeScriptToLua reads the option.
    program: Object.create(project.program, { getCompilerOptions: { value: () => options } }) as ts.Program,
    sourceFiles: unknown.filter((source) => !source.isDeclarationFile),
    writeFile: writeFile ?? ((): void => undefined),
    plugins: [{ afterPrint: addKnown }, ...(readTrees === undefined ? [] : [{ afterPrint: readTrees }])],
  });
  throwOnErrors(diagnostics);
  keep(fresh);
  last_project = project;
}

function keptForm(file: tstl.ProcessedFile, with_tree: boolean): LuaModule {
  const { code, luaAst } = file;
  // Nobody reads a map of Lua, and where there is none the text itself goes into the bundle.
  delete file.sourceMapNode;
  return with_tree ? { code, tree: serialize(luaAst).toString("base64") } : { code };
}

function processedForm(source: ts.SourceFile, { code, tree }: LuaModule): tstl.ProcessedFile {
  const file = { fileName: normalize(source.fileName), sourceFiles: [source], code };
  return tree === undefined ? file : { ...file, luaAst: deserialize(Buffer.from(tree, "base64")) as tstl.File };
}

/** `unmarked` takes the texts as they stand in the files. */
function markingHost(
  options: ts.CompilerOptions,
  made_sources: MadeSources,
  unmarked: Map<string, string>,
): ts.CompilerHost {
  const host = madeSourcesHost(options, made_sources);
  const plain = host.getSourceFile.bind(host);
  host.getSourceFile = (name, language, on_error, create_new) => {
    const source = plain(name, language, on_error, create_new);
    if (source === undefined || source.isDeclarationFile) return source;
    unmarked.set(name, source.text);
    const marked = markNoSelf(source);
    return marked === source.text ? source : ts.createSourceFile(name, marked, language, true);
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
