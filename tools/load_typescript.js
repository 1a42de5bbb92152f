/**
 * Lets Node require TypeScript: what a process loads before the first `.ts` file (`node -r`, mocha, `bin/curbstop.js`).
 *
 * ts-node compiles, and does not check types (`npm run typecheck` does). The JavaScript of each source is kept in
 * build/transpiled, under the path of the source, so that only the first process after a change loads the compiler,
 * which takes ten times as long as a command does. An entry is
 *
 *   64 hexadecimal digits   SHA-256 of what made it: this file, tsconfig.json, the compiler's versions, path and source
 *   a space, 64 digits      SHA-256 of the JavaScript
 *   a line feed             and the JavaScript, with its source map inside, to the end
 *
 * and is served only when both agree: never for another text, never damaged. It is written under another name and
 * renamed, so that two processes at once both read whole files. Where the folder cannot be written, nothing is kept.
 *
 * Plain JavaScript, because it is what runs before TypeScript can.
 */
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.resolve(__dirname, "..");
const CONFIG = path.join(ROOT, "tsconfig.json");
/** Ignored by git, safe to delete at any time. */
const FOLDER = path.join(ROOT, "build", "transpiled");
const DIGEST_CHARACTERS = 64;
const HEADER_CHARACTERS = 2 * DIGEST_CHARACTERS + 2;

function sha256(...parts) {
  const hash = crypto.createHash("sha256");
  // Lengths first, so that no two different lists of parts can run together into the same text.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

/** What makes every entry, besides its source. */
const MAKER = sha256(
  fs.readFileSync(__filename, "utf8"),
  fs.readFileSync(CONFIG, "utf8"),
  require("typescript/package.json").version,
  require("ts-node/package.json").version,
);

/** The JavaScript of an entry, or undefined when there is none that was made from this and is whole. */
function readEntry(entry, made_from) {
  let text;
  try {
    text = fs.readFileSync(entry, "utf8");
  } catch {
    return undefined;
  }
  const code = text.slice(HEADER_CHARACTERS);
  return text.startsWith(`${made_from} ${sha256(code)}\n`) ? code : undefined;
}

function writeEntry(entry, made_from, code) {
  const temporary = `${entry}.${process.pid}.${crypto.randomBytes(4).toString("hex")}`;
  try {
    fs.mkdirSync(path.dirname(entry), { recursive: true });
    fs.writeFileSync(temporary, `${made_from} ${sha256(code)}\n${code}`);
    fs.renameSync(temporary, entry);
  } catch {
    // A folder of another user, or a full disk: the next process compiles again.
    remove(temporary);
  }
}

function remove(file) {
  try {
    fs.unlinkSync(file);
  } catch {
    // It was never there.
  }
}

let compiler;

/**
 * ts-node, made when the first source has to be compiled. It reads stacks by the maps of what it has compiled itself,
 * and knows nothing of what was kept: what it puts into Error and process for that is taken out again.
 */
function compile(source, file) {
  if (compiler === undefined) {
    const { prepareStackTrace } = Error;
    const { emit } = process;
    compiler = require("ts-node").create({ transpileOnly: true, project: CONFIG, cwd: ROOT });
    Error.prepareStackTrace = prepareStackTrace;
    process.emit = emit;
  }
  return compiler.compile(source, file);
}

/** The JavaScript of a file, which has this source. */
function compiled(file, source) {
  const name = path.relative(ROOT, file);
  // The map inside names the file by its whole path.
  const made_from = sha256(MAKER, file, source);
  const entry = path.join(FOLDER, `${name}.js`);
  // A path from outside would leave the folder.
  const kept = !name.startsWith("..") && !path.isAbsolute(name);
  let code = kept ? readEntry(entry, made_from) : undefined;
  if (code === undefined) {
    code = compile(source, file);
    if (kept) writeEntry(entry, made_from, code);
  }
  return code;
}

function load(module, file) {
  module._compile(compiled(file, fs.readFileSync(file, "utf8")), file);
}

// A stack names lines of the TypeScript.
process.setSourceMapsEnabled(true);
require.extensions[".ts"] = load;

module.exports = { compiled };
