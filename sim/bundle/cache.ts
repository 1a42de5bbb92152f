/**
 * Bundle cache: a bundle is kept in build/bundles under the SHA-256 of everything that made it, so that a repeated run
 * does not compile again.
 *
 * The name covers the text of every source, the options, the versions of the tools, the tsconfig files and this folder's
 * own code. Beside it the names of the sources are kept, under what is known before the compiler has read any: while
 * their texts are those that a bundle was made of, it is found without the compiler. A file is written under another
 * name and renamed, so that two processes at once both read whole files; the oldest go when there are more than
 * ENTRIES_MAX.
 *
 * What is made of single modules on the way to a bundle (modules.ts) is kept beside, in build/modules, in the same way.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "./project";

/** Which bundle is wanted. */
export interface BundleRequest {
  readonly kind: string;
  readonly entry: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A source as it stands in its file. */
export interface BundleSource {
  readonly fileName: string;
  readonly text: string;
}

/** What a bundle is made of. */
export interface BundleInput extends BundleRequest {
  readonly sources: readonly BundleSource[];
}

/** Bundles, and the names of their sources apart: all tests together make some ninety of each. */
const ENTRIES_MAX = 256;
/** Some six hundred modules, each in up to ten ways, of 20 KB or so. */
const MODULES_MAX = 6000;
const TOOLS = ["typescript", "typescript-to-lua", "rollup", "acorn", "terser"];

/** The folder of the cache: ignored by git, safe to delete at any time. */
export const CACHE_FOLDER = join(ROOT, "build", "bundles");
const MODULES_FOLDER = join(ROOT, "build", "modules");

/**
 * The bundle of an earlier time, when everything it was made of is still the same; undefined when the compiler has to
 * say what it is made of now. `made_sources` are those that stand in no file, by absolute path.
 */
export function rememberedBundle(request: BundleRequest, made_sources: Readonly<Record<string, string>> = {}): unknown {
  const names = readEntry(namesPath(request)) as string[] | undefined;
  if (names === undefined) return undefined;
  const sources: BundleSource[] = [];
  for (const name of names) {
    const fileName = join(ROOT, name);
    const text = made_sources[fileName] ?? textOf(fileName);
    if (text === undefined) return undefined;
    sources.push({ fileName, text });
  }
  return readEntry(cachePath({ ...request, sources }));
}

/** Whether these files, with what they import, still are what they were when they were read. */
export function areUnchanged(sources: readonly BundleSource[]): boolean {
  return sources.every(({ fileName, text }) => textOf(fileName) === text);
}

/** Undefined when there is no such file any more, or an import that led to it now finds `x.ts`, which comes first. */
function textOf(fileName: string): string | undefined {
  const first = fileName.replace(/(\.d\.ts|\/index\.ts)$/, ".ts");
  if (first !== fileName && existsSync(first)) return undefined;
  try {
    return readFileSync(fileName, "utf8");
  } catch {
    return undefined;
  }
}

/** The bundle made from `input`: from the cache when it is there, else from `make`. `T` must survive JSON. */
export function cachedBundle<T>(input: BundleInput, make: () => T): T {
  const path = cachePath(input);
  const found = readEntry(path) as T | undefined;
  const bundle = found ?? make();
  if (found === undefined) writeEntries(CACHE_FOLDER, [{ path, value: bundle }], ENTRIES_MAX);
  rememberNames(input);
  return bundle;
}

/** The same for a bundle that is made asynchronously. */
export async function cachedBundleAsync<T>(input: BundleInput, make: () => Promise<T>): Promise<T> {
  const path = cachePath(input);
  const found = readEntry(path) as T | undefined;
  const bundle = found ?? (await make());
  if (found === undefined) writeEntries(CACHE_FOLDER, [{ path, value: bundle }], ENTRIES_MAX);
  rememberNames(input);
  return bundle;
}

/** What was kept of a module under these parts of its name; undefined when nothing was, or by other tools. */
export function keptModule(parts: readonly string[]): unknown {
  return readEntry(modulePath(parts));
}

/** Keeps what was made of modules. Each value must survive JSON. */
export function keepModules(made: readonly { readonly parts: readonly string[]; readonly value: unknown }[]): void {
  const entries = made.map(({ parts, value }) => ({ path: modulePath(parts), value }));
  writeEntries(MODULES_FOLDER, entries, MODULES_MAX);
}

function modulePath(parts: readonly string[]): string {
  return entryPath(MODULES_FOLDER, [...parts, toolsKey()]);
}

function cachePath(input: BundleInput): string {
  const parts = requestParts(input);
  for (const source of input.sources) parts.push(relative(ROOT, source.fileName), source.text);
  return entryPath(CACHE_FOLDER, parts);
}

/** Where the names of a bundle's sources are. */
function namesPath(request: BundleRequest): string {
  return entryPath(CACHE_FOLDER, ["names", ...requestParts(request)]);
}

function rememberNames(input: BundleInput): void {
  const names = input.sources.map((source) => relative(ROOT, source.fileName));
  writeEntries(CACHE_FOLDER, [{ path: namesPath(input), value: names }], ENTRIES_MAX);
}

function requestParts(request: BundleRequest): string[] {
  return [request.kind, relative(ROOT, request.entry), JSON.stringify(request.options), toolsKey()];
}

function entryPath(folder: string, parts: readonly string[]): string {
  return join(folder, `${digestOf(parts)}.json`);
}

/** SHA-256 of a list of texts, in hexadecimal digits. */
export function digestOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  // Lengths first, so that no two different lists of parts can run together into the same text.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

let known_tools_key: string | undefined;

/** The versions of the tools, their options, and the text of the bundlers themselves. */
function toolsKey(): string {
  if (known_tools_key !== undefined) return known_tools_key;
  const versions = TOOLS.map((name) => {
    const manifest = readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8");
    return `${name}@${(JSON.parse(manifest) as { version: string }).version}`;
  });
  const own = [...namesIn(ROOT, /^tsconfig.*\.json$/), ...namesIn(__dirname, /\.ts$/)];
  const texts = own.map((name) => readFileSync(name, "utf8"));
  known_tools_key = createHash("sha256")
    .update([...versions, ...own.map((name) => relative(ROOT, name)), ...texts].join("\n"))
    .digest("hex");
  return known_tools_key;
}

function namesIn(folder: string, pattern: RegExp): string[] {
  const names = readdirSync(folder).filter((name) => pattern.test(name));
  return names.sort().map((name) => join(folder, name));
}

function readEntry(path: string): unknown {
  try {
    const entry = JSON.parse(readFileSync(path, "utf8")) as unknown;
    // The time of last use decides which entries go first.
    utimesSync(path, new Date(), new Date());
    return entry;
  } catch {
    // Missing, removed by another process, or torn by a full disk: in every case the bundle is made again.
    return undefined;
  }
}

interface Entry {
  readonly path: string;
  readonly value: unknown;
}

function writeEntries(folder: string, entries: readonly Entry[], entries_max: number): void {
  mkdirSync(folder, { recursive: true });
  for (const { path, value } of entries) {
    const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
    writeFileSync(temporary, JSON.stringify(value));
    renameSync(temporary, path);
  }
  removeOldest(folder, entries_max);
}

function removeOldest(folder: string, entries_max: number): void {
  const entries = readdirSync(folder).filter((name) => name.endsWith(".json"));
  if (entries.length <= entries_max) return;
  const aged = entries.map((name) => ({ name, used_ms: usedMs(join(folder, name)) }));
  aged.sort((left, right) => left.used_ms - right.used_ms);
  for (const { name } of aged.slice(0, entries.length - entries_max)) rmSync(join(folder, name), { force: true });
}

function usedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
