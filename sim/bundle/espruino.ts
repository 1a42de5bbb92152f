/**
 * Espruino bundle: one entry file and its imports as one script that assigns the entry's exports to a global.
 *
 *   tsc (ES5, ES modules, no helpers) -> rollup (one function around all) -> inline.ts -> hoist.ts -> terser -> hoist.ts
 *
 * Terser makes names short and takes out white space, nothing else: its `compress` breaks the rules of hoist.ts.
 *
 * Property names are shortened too, because Espruino reads the source text each time it runs a function, looks names up
 * one by one, and keeps up to four characters of a name in the variable itself.
 */
import { dirname, relative, resolve } from "node:path";
import { rollup, type Plugin } from "rollup";
import { minify } from "terser";
import * as ts from "typescript";
import { cachedBundleAsync } from "./cache";
import { hoist } from "./hoist";
import { inlineConstants } from "./inline";
import { BundleError, createProject, ownSources, readOptions, ROOT, throwOnErrors } from "./project";
import { keptPropertyNames } from "./property_names";

export interface EspruinoOptions {
  /** The global that takes the exports. Default: `curbstop`. */
  readonly global_name?: string;
  /** Shortens the names of the bundle's own properties. Default: true. */
  readonly mangle_properties?: boolean;
  /** Property names that code outside the bundle uses. Default: HOST_PROPERTIES. */
  readonly reserved_properties?: readonly string[];
}

export interface EspruinoBundle {
  /** ASCII, no line end, starts with `var <global_name>=`. */
  readonly code: string;
  /** UTF-8 bytes of `code`. */
  readonly size_bytes: number;
}

/** What the driver of an engine calls by name (sim/world/host.ts). */
export const HOST_PROPERTIES: readonly string[] = ["read_line", "write_line"];

/**
 * Names that JavaScript allows, of variables or of properties, and Espruino takes for keywords; a large bundle comes to
 * them. `a.in/2` is a syntax error there: after a keyword, a slash begins a regular expression.
 */
const NO_NAMES: readonly string[] = ["do", "for", "if", "in", "let", "new", "of", "try", "var"];

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
];

/** Bundles `entry` for Espruino. Rejects with a BundleError that names file and line. */
export async function bundleEspruino(entry: string, options: EspruinoOptions = {}): Promise<EspruinoBundle> {
  const settings: Required<EspruinoOptions> = {
    global_name: options.global_name ?? "curbstop",
    mangle_properties: options.mangle_properties ?? true,
    reserved_properties: options.reserved_properties ?? HOST_PROPERTIES,
  };
  const project = createProject(entry, readOptions("tsconfig.espruino.json").options);
  const input = { kind: "espruino", entry, options: { ...settings }, sources: ownSources(project) };
  return cachedBundleAsync(input, () => emitEspruino(project, resolve(entry), settings));
}

async function emitEspruino(
  project: ts.Program,
  entry: string,
  options: Required<EspruinoOptions>,
): Promise<EspruinoBundle> {
  throwOnErrors(ts.getPreEmitDiagnostics(project));
  const kept = options.mangle_properties ? keptPropertyNames(project, entry, options.reserved_properties) : undefined;
  const joined = await joinModules(emitModules(project), entry, options.global_name);
  const source_name = `bundle of ${relative(ROOT, entry)}`;
  const long = hoist(inlineConstants(joined, source_name), source_name, { first: HOT_NAMES });
  const code = hoist(await shorten(long, kept), source_name, "kept");
  return { code, size_bytes: Buffer.byteLength(code) };
}

/** The text of every module in ES5, by the path of its source without the extension. */
function emitModules(project: ts.Program): Map<string, string> {
  const modules = new Map<string, string>();
  for (const source of ownSources(project)) {
    if (source.isDeclarationFile) continue;
    const { diagnostics } = project.emit(source, (name, text) => {
      if (name.endsWith(".js")) modules.set(withoutExtension(source.fileName), text);
    });
    throwOnErrors(diagnostics);
  }
  return modules;
}

function withoutExtension(path: string): string {
  return path.replace(/\.(ts|js)$/, "");
}

async function joinModules(modules: Map<string, string>, entry: string, global_name: string): Promise<string> {
  const in_memory: Plugin = {
    name: "modules in memory",
    resolveId: (name, importer) => (importer === undefined ? name : withoutExtension(resolve(dirname(importer), name))),
    load: (path) => modules.get(path) ?? null,
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
      name: global_name,
      exports: "named",
      esModule: false,
      freeze: false,
      strict: false,
      externalLiveBindings: false,
    });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}

/** Short names and no white space. Properties other than `kept` are renamed; undefined keeps them all. */
async function shorten(code: string, kept: readonly string[] | undefined): Promise<string> {
  const result = await minify(code, {
    compress: false,
    ecma: 5,
    mangle: {
      reserved: [...NO_NAMES],
      properties: kept === undefined ? false : { builtins: true, keep_quoted: false, reserved: [...kept, ...NO_NAMES] },
    },
    format: { ascii_only: true, comments: false },
  });
  if (result.code === undefined) throw new BundleError("terser wrote no code and gave no reason");
  return result.code;
}
