/**
 * Bundle cache: a bundle is kept in build/bundles under the SHA-256 of everything that made it, so that a repeated run
 * does not compile again.
 *
 * The name covers the text of every source, the options, the versions of the tools, the tsconfig files and this folder's
 * own code. Beside it the names of the sources are kept, under what is known before the compiler has read any: while
 * their texts are those that a bundle was made of, it is found without the compiler. A file is written under another
 * name and renamed, so that two processes at once both read whole files; the oldest go when there are more than
 * ENTRIES_MAX.
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
const TOOLS = ["typescript", "typescript-to-lua", "rollup", "acorn", "terser"];

/** The folder of the cache: ignored by git, safe to delete at any time. */
export const CACHE_FOLDER = join(ROOT, "build", "bundles");

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
  if (found === undefined) writeEntry(path, bundle);
  rememberNames(input);
  return bundle;
}

/** The same for a bundle that is made asynchronously. */
export async function cachedBundleAsync<T>(input: BundleInput, make: () => Promise<T>): Promise<T> {
  const path = cachePath(input);
  const found = readEntry(path) as T | undefined;
  const bundle = found ?? (await make());
  if (found === undefined) writeEntry(path, bundle);
  rememberNames(input);
  return bundle;
}

function cachePath(input: BundleInput): string {
  const parts = requestParts(input);
  for (const source of input.sources) parts.push(relative(ROOT, source.fileName), source.text);
  return entryPath(parts);
}

/** Where the names of a bundle's sources are. */
function namesPath(request: BundleRequest): string {
  return entryPath(["names", ...requestParts(request)]);
}

function rememberNames(input: BundleInput): void {
  const names = input.sources.map((source) => relative(ROOT, source.fileName));
  writeEntry(namesPath(input), names);
}

function requestParts(request: BundleRequest): string[] {
  return [request.kind, relative(ROOT, request.entry), JSON.stringify(request.options), toolsKey()];
}

function entryPath(parts: readonly string[]): string {
  const hash = createHash("sha256");
  // Lengths first, so that no two different lists of parts can run together into the same text.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return join(CACHE_FOLDER, `${hash.digest("hex")}.json`);
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

function writeEntry(path: string, entry: unknown): void {
  mkdirSync(CACHE_FOLDER, { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(temporary, JSON.stringify(entry));
  renameSync(temporary, path);
  removeOldest();
}

function removeOldest(): void {
  const entries = readdirSync(CACHE_FOLDER).filter((name) => name.endsWith(".json"));
  if (entries.length <= ENTRIES_MAX) return;
  const aged = entries.map((name) => ({ name, used_ms: usedMs(join(CACHE_FOLDER, name)) }));
  aged.sort((left, right) => left.used_ms - right.used_ms);
  for (const { name } of aged.slice(0, entries.length - ENTRIES_MAX)) rmSync(join(CACHE_FOLDER, name), { force: true });
}

function usedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
