/**
 * Page files: the page as a browser gets it, built from `sim/page` when that has changed, and held in memory. Only what
 * was built is ever served; no path of a request reaches the disk.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

const ROOT = join(__dirname, "..", "..");
const SOURCES = join(ROOT, "sim", "page");
const BUILT = join(ROOT, "build", "page");
/** What else the page is made of: types and rules that it shares, and the versions of its packages. */
const SHARED = [
  ...["messages.ts", "samples.ts", "deeds.ts"].map((name) => join(__dirname, name)),
  join(ROOT, "package-lock.json"),
];
const NAME_DIGITS = 16;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export interface PageFile {
  type: string;
  plain: Buffer;
  gzipped: Buffer;
}

/** The page cannot be built here; one line. */
export class PageError extends Error {
  readonly exit_code = 1;
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesUnder(path) : [path];
    })
    .sort();
}

function sourcesSha256(): string {
  const hash = createHash("sha256");
  for (const file of [...filesUnder(SOURCES), ...SHARED]) {
    hash.update(relative(ROOT, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** Builds into a folder that does not exist yet. */
function build(folder: string): void {
  const vite = join(ROOT, "node_modules", "vite", "bin", "vite.js");
  if (!existsSync(vite)) throw new PageError("the page cannot be built: vite is not installed (run `npm ci`)");
  const args = [vite, "build", "--config", join(SOURCES, "vite.config.mjs"), "--outDir", folder, "--logLevel", "error"];
  const done = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  if (done.status === 0) return;
  const said = (done.stderr + done.stdout).trim().replaceAll(/\s*\n\s*/g, " | ");
  throw new PageError(`the page cannot be built: ${said.slice(0, 500)} (run \`npm ci\`)`);
}

/**
 * Builds the page when its sources have changed, and says so before it takes the time; returns its folder. The folder is
 * named by the sources and appears whole, so that several processes may build at once.
 */
export function buildPage(say: (text: string) => void): string {
  const folder = join(BUILT, sourcesSha256().slice(0, NAME_DIGITS));
  if (existsSync(folder)) return folder;
  say("building the page …\n");
  const fresh = `${folder}.${process.pid}`;
  try {
    build(fresh);
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process has been quicker.
    if (error instanceof PageError || !existsSync(folder)) throw error;
  }
  return folder;
}

/** All files of the page by their paths. */
export function loadPage(folder: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const file of filesUnder(folder)) {
    const type = TYPES[extname(file)];
    if (type === undefined) continue;
    const path = `/${relative(folder, file).replaceAll("\\", "/")}`;
    const plain = readFileSync(file);
    files.set(path === "/index.html" ? "/" : path, { type, plain, gzipped: gzipSync(plain, { level: 9 }) });
  }
  return files;
}
