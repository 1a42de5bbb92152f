/**
 * Espruino bundle: one entry file and its imports as one script that assigns the entry's exports to a global.
 *
 *   tsc (ES5, ES modules, no helpers) -> rollup (one function around all) -> inline.ts -> compact.ts -> hoist.ts
 *     -> terser -> hoist.ts -> compact.ts -> function_values.ts [-> unwrap.ts] -> tokens.ts
 *
 * Terser makes names short, takes out white space and writes branches shorter (SHORTER_FORMS), nothing else: the rest of
 * its `compress` breaks the rules of hoist.ts.
 *
 * Property names are shortened too, because Espruino reads the source text each time it runs a function, looks names up
 * one by one, and keeps up to four characters of a name in the variable itself.
 */
import { dirname, join, relative, resolve } from "node:path";
import { rollup, type Plugin } from "rollup";
import { minify } from "terser";
import * as ts from "typescript";
import { cachedBundleAsync, rememberedBundle } from "./cache";
import { joinDeclarations, NO_NAMES, numberMessages, shortestNames, shortForms, type Numbered } from "./compact";
import { refuseMixedComparisons } from "./comparisons";
import { functionValues } from "./function_values";
import { hoist } from "./hoist";
import { inlineConstants } from "./inline";
import { knownModules, throwOnProgramErrors } from "./modules";
import {
  BundleError,
  createProject,
  madeSourcesHost,
  ownSources,
  readOptions,
  ROOT,
  sharingHost,
  throwOnErrors,
} from "./project";
import { keptPropertyNames, refuseTextKeys } from "./property_names";
import { ROOMS_SOURCE, withoutConstants, withoutRooms, type Room, type Without } from "./rooms";
import { composeMap, follow, moved } from "./source_map";
import { tokenise } from "./tokens";
import { unwrap } from "./unwrap";

export interface EspruinoOptions {
  /** The global that takes the exports. Default: `curbstop`. */
  readonly global_name?: string;
  /** Shortens the names of the bundle's own properties. Default: true. */
  readonly mangle_properties?: boolean;
  /** Property names that code outside the bundle uses. Default: HOST_PROPERTIES. */
  readonly reserved_properties?: readonly string[];
  /** Rooms of the firmware that stay out. Default: none. */
  readonly absent_rooms?: readonly Room[];
  /** More constants that are false (rooms.ts). Default: none. */
  readonly without?: readonly Without[];
  /** Sources that are made for this bundle and stand in no file, by absolute path; the entry may be one. */
  readonly made_sources?: Readonly<Record<string, string>>;
  /** Writes a source map too, which takes about twice the time. Default: false. */
  readonly source_map?: boolean;
  /** Where its declarations stand: in a function around them, or among the globals (unwrap.ts). Default: "function". */
  readonly scope?: "function" | "global";
  /** Writes words and operators as Espruino's tokens, which no other engine reads. Default: true. */
  readonly tokens?: boolean;
  /** Puts numbers in the place of what assertions say (`messages` has the texts). Default: false. */
  readonly number_messages?: boolean;
}

export interface EspruinoBundle {
  /** Latin-1, a byte a character, no line end; ASCII that starts with `var <global_name>=` without tokens. */
  readonly code: string;
  /** Bytes of `code`. */
  readonly size_bytes: number;
  /** Source Map revision 3, when it was asked for. */
  readonly source_map?: string;
  /** What an assertion of number n says, at n; empty unless it was asked for. */
  readonly messages: readonly string[];
}

/** What the driver of an engine calls by name (sim/world/host.ts). */
export const HOST_PROPERTIES: readonly string[] = ["read_line", "write_line"];

/**
 * What runs for every pulse, in the firmware and in the simulated world. Espruino finds a name by walking through the
 * declarations before it, and a bundle has some three hundred, so these stand first.
 */
export const HOT_NAMES: readonly string[] = [
  "takePulses",
  "addForward",
  "chargeLitres",
  "scheduleEvent",
  "takeHead",
  "putBehind",
  "beginRun",
  "keepLitres",
  "markJournal",
  "writeMark",
  "paceRun",
  "markStale",
  // And what a session with a card does most often, while a person waits.
  "wholeField",
  "wholeBytes",
  "takeFrame",
  "sendFrame",
  "wrapCommand",
  "sameStart",
  "chainOn",
  "amountField",
  "recent",
  "madeBytes",
  "bytesField",
  "recent_count",
  "putWhole",
  "wholeAt",
  "exchangeSealed",
  "FIELD_LIMIT",
  "bytesAt",
  "zeroBlock",
  "fileCommand",
  "rotatedLeft",
  "flagField",
  "lockBits",
  "archiveFields",
  "putEvent",
  "validTime",
  "note",
  "logEvent",
  "sealCommand",
  "openAnswer",
  "exchangeCommand",
];

/** Bundles `entry` for Espruino. Rejects with a BundleError that names file and line. */
export async function bundleEspruino(entry: string, options: EspruinoOptions = {}): Promise<EspruinoBundle> {
  const settings: Required<EspruinoOptions> = {
    global_name: options.global_name ?? "curbstop",
    mangle_properties: options.mangle_properties ?? true,
    reserved_properties: options.reserved_properties ?? HOST_PROPERTIES,
    absent_rooms: options.absent_rooms ?? [],
    without: options.without ?? [],
    made_sources: options.made_sources ?? {},
    source_map: options.source_map ?? false,
    number_messages: options.number_messages ?? false,
    scope: options.scope ?? "function",
    tokens: options.tokens ?? true,
  };
  // The made sources are among the sources, by paths from the root; their absolute paths are no part of a bundle.
  const request = { kind: "espruino", entry, options: { ...settings, made_sources: {} } };
  const known = rememberedBundle(request, settings.made_sources) as EspruinoBundle | undefined;
  if (known !== undefined) return known;
  const compiler_options = { ...readOptions("tsconfig.espruino.json").options, sourceMap: settings.source_map };
  const host = sharingHost(madeSourcesHost(compiler_options, settings.made_sources), compiler_options);
  const project = createProject(entry, compiler_options, host);
  const input = { ...request, sources: ownSources(project) };
  return cachedBundleAsync(input, () => emitEspruino(project, host, resolve(entry), settings));
}

async function emitEspruino(
  project: ts.Program,
  host: ts.CompilerHost,
  entry: string,
  options: Required<EspruinoOptions>,
): Promise<EspruinoBundle> {
  const modules = checkedModules(project, host, options);
  const kept = options.mangle_properties ? keptPropertyNames(project, entry, options.reserved_properties) : undefined;
  const joined = await joinModules(modules, entry, options);
  const source_name = `bundle of ${relative(ROOT, entry)}`;
  const numbered = (text: string): Numbered =>
    options.number_messages ? numberMessages(text, source_name) : { code: text, messages: [] };
  const lengthen = (text: string): string =>
    hoist(shortForms(inlineConstants(text, source_name), source_name), source_name, { first: HOT_NAMES });
  const join = (text: string): string =>
    functionValues(joinDeclarations(hoist(text, source_name, "kept"), source_name), source_name);
  const finish = (text: string): string =>
    options.scope === "global" ? unwrap(join(text), options.global_name, source_name) : join(text);
  const { code: numbered_code, messages } = numbered(joined.code);
  const long = lengthen(numbered_code);
  const shortened = await shorten(long, kept, options.source_map);
  const finished = finish(shortened.code);
  const tokenised = tokenise(finished);
  const code = options.tokens ? tokenised.code : finished;
  const now = options.tokens ? tokenised.now : (before: number): number => before;
  const made = { code, size_bytes: code.length, messages };
  if (!options.source_map) return made;
  const pipeline = {
    last: moved(follow(shortened.code, finish, finished), now),
    shortened: shortened.code,
    shortened_map: shortened.map,
    long: follow(joined.code, (text) => lengthen(numbered(text).code), long),
    joined: joined.code,
    joined_map: joined.map,
  };
  const texts = new Map(ownSources(project).map((source) => [relative(ROOT, source.fileName), source.text]));
  return { ...made, source_map: composeMap(pipeline, `${options.global_name}.js`, (name) => texts.get(name) ?? "") };
}

/** The text of a module in ES5, with its map to the TypeScript when there is to be one. */
interface Module {
  readonly code: string;
  readonly map?: string;
}

/** Every module by the path of its source without the extension. Throws a BundleError when one is to be refused. */
function checkedModules(
  project: ts.Program,
  host: ts.CompilerHost,
  options: Required<EspruinoOptions>,
): Map<string, Module> {
  const ways = ["espruino", `map ${options.source_map}`, `short properties ${options.mangle_properties}`];
  const { known, unknown, keep } = knownModules<Module>(project, host, ways);
  throwOnProgramErrors(project, known);
  refuseMixedComparisons(project, unknown);
  if (options.mangle_properties) refuseTextKeys(project, unknown);
  const fresh = emitModules(project, unknown);
  keep(fresh);
  const modules = new Map<string, Module>();
  for (const [source, module] of [...known, ...fresh]) {
    modules.set(withoutExtension(source.fileName), withoutParts(source.fileName, module, options));
  }
  return modules;
}

function emitModules(project: ts.Program, sources: readonly ts.SourceFile[]): Map<ts.SourceFile, Module> {
  const modules = new Map<ts.SourceFile, Module>();
  for (const source of sources) {
    if (source.isDeclarationFile) continue;
    let module: Module = { code: "" };
    const { diagnostics } = project.emit(source, (name, text) => {
      if (name.endsWith(".js")) module = { ...module, code: text };
      if (name.endsWith(".map")) module = { ...module, map: text };
    });
    throwOnErrors(diagnostics);
    modules.set(source, module);
  }
  return modules;
}

/** The module of a file with the constants of what is left out as false, where they are that file's. */
function withoutParts(file: string, module: Module, options: Required<EspruinoOptions>): Module {
  let { code } = module;
  for (const without of options.without) if (file.endsWith(without.source)) code = withoutConstants(code, without);
  if (file.endsWith(ROOMS_SOURCE)) code = withoutRooms(code, options.absent_rooms);
  return { ...module, code };
}

function withoutExtension(path: string): string {
  return path.replace(/\.(ts|js)$/, "");
}

async function joinModules(
  modules: Map<string, Module>,
  entry: string,
  options: Required<EspruinoOptions>,
): Promise<Mapped> {
  const in_memory: Plugin = {
    name: "modules in memory",
    resolveId: (name, importer) => (importer === undefined ? name : withoutExtension(resolve(dirname(importer), name))),
    load: (path) => {
      const module = modules.get(path);
      if (module === undefined) return null;
      return module.map === undefined ? module.code : { code: module.code, map: module.map };
    },
  };
  const bundle = await rollup({
    input: withoutExtension(entry),
    plugins: [in_memory],
    onwarn: (warning) => {
      throw new BundleError(`bundle of ${relative(ROOT, entry)}: ${warning.message}`);
    },
  });
  try {
    const { output } = await bundle.generate({
      format: "iife",
      name: options.global_name,
      exports: "named",
      esModule: false,
      freeze: false,
      strict: false,
      externalLiveBindings: false,
      // As if written into the root, so that the sources are named by their paths from there.
      file: join(ROOT, "bundle.js"),
      sourcemap: options.source_map,
      sourcemapExcludeSources: true,
    });
    return {
      code: output[0].code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"),
      map: output[0].map?.toString() ?? "",
    };
  } finally {
    await bundle.close();
  }
}

/** A text and its map to the text before; an empty map where none was asked for. */
interface Mapped {
  readonly code: string;
  readonly map: string;
}

/**
 * What terser may write otherwise; all else it would do moves declarations or functions, which hoist.ts has put in their places.
 *   conditionals   if(!(a))b() -> a||b()      if(a)b();else c() -> a?b():c()
 *   if_return      if(a)return b;return c -> return a?b:c
 *   evaluate       60*1000 -> 60000
 */
const SHORTER_FORMS = { defaults: false, conditionals: true, if_return: true, evaluate: true };

/** Short names and no white space. Properties other than `kept` are renamed; undefined keeps them all. */
async function shorten(code: string, kept: readonly string[] | undefined, mapped: boolean): Promise<Mapped> {
  const reserved = [...(kept ?? []), ...NO_NAMES];
  // Terser's own order is that of the text; it takes names that it is given in its cache, which its types leave out.
  const cache = { props: shortestNames(code, "what terser is given", new Set(reserved)) };
  const properties = { builtins: true, keep_quoted: false, reserved, cache };
  const result = await minify(code, {
    compress: SHORTER_FORMS,
    ecma: 5,
    mangle: {
      reserved: [...NO_NAMES],
      properties: kept === undefined ? false : properties,
    },
    format: { ascii_only: true, comments: false },
    ...(mapped ? { sourceMap: true } : {}),
  });
  if (result.code === undefined) throw new BundleError("terser wrote no code and gave no reason");
  return { code: result.code, map: typeof result.map === "string" ? result.map : "" };
}
