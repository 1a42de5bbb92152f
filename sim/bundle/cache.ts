/**
 * Bundle cache: a bundle is kept in build/bundles under the SHA-256 of everything that made it, so that a repeated run
 * does not compile again.
 *
 * The name covers the text of every source, the options, the versions of the tools and this folder's own code. A file
 * is written under another name and renamed, so that two processes at once both read whole files; the oldest go when
 * there are more than ENTRIES_MAX.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "./project";

/** What a bundle is made of. */
export interface BundleInput {
  readonly kind: string;
  readonly entry: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly sources: readonly { readonly fileName: string; readonly text: string }[];
}

const ENTRIES_MAX = 64;
const TOOLS = ["typescript", "typescript-to-lua", "rollup", "acorn", "terser"];

/** The folder of the cache: ignored by git, safe to delete at any time. */
export const CACHE_FOLDER = join(ROOT, "build", "bundles");

/** The bundle made from `input`: from the cache when it is there, else from `make`. `T` must survive JSON. */
export function cachedBundle<T>(input: BundleInput, make: () => T): T {
  const path = cachePath(input);
  const found = readEntry(path) as T | undefined;
  if (found !== undefined) return found;
  const made = make();
  writeEntry(path, made);
  return made;
}

/** The same for a bundle that is made asynchronously. */
export async function cachedBundleAsync<T>(input: BundleInput, make: () => Promise<T>): Promise<T> {
  const path = cachePath(input);
  const found = readEntry(path) as T | undefined;
  if (found !== undefined) return found;
  const made = await make();
  writeEntry(path, made);
  return made;
}

function cachePath(input: BundleInput): string {
  const hash = createHash("sha256");
  const parts = [input.kind, relative(ROOT, input.entry), JSON.stringify(input.options), toolsKey()];
  for (const source of input.sources) parts.push(relative(ROOT, source.fileName), source.text);
  // Lengths first, so that no two different lists of parts can run together into the same text.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return join(CACHE_FOLDER, `${hash.digest("hex")}.json`);
}

let known_tools_key: string | undefined;

/** The versions of the tools, and the text of the bundlers themselves. */
function toolsKey(): string {
  if (known_tools_key !== undefined) return known_tools_key;
  const versions = TOOLS.map((name) => {
    const manifest = readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8");
    return `${name}@${(JSON.parse(manifest) as { version: string }).version}`;
  });
  const own = readdirSync(__dirname)
    .filter((name) => name.endsWith(".ts"))
    .sort();
  const texts = own.map((name) => readFileSync(join(__dirname, name), "utf8"));
  known_tools_key = createHash("sha256")
    .update([...versions, ...own, ...texts].join("\n"))
    .digest("hex");
  return known_tools_key;
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
