/**
 * The types of every project, and lint, in one process, for `npm test`: `npm run typecheck` and `npm run lint` ask the
 * same of the same sources, but each of their programs reads, binds and checks them anew. Here a source is read once for
 * all projects, and lint asks the checkers that have just looked at the types.
 *
 * Writes a line of JSON for each check as it ends: {name, ok, said, seconds}. A project that is in error is said to be,
 * and lint goes on; exit 1 when one was not ok.
 *
 * Plain JavaScript, since it also has to report that TypeScript does not compile.
 */
"use strict";

const path = require("node:path");
const { ESLint } = require("eslint");
const ts = require("typescript");

const ROOT = path.resolve(__dirname, "..");

/** Each project, and the files that lint asks its checker about: all others are the first one's. */
const PROJECTS = [
  { name: "types", config: "tsconfig.node.json", linted: ["**/*.ts", "**/*.tsx"] },
  { name: "types of portable code", config: "tsconfig.portable.json", linted: [] },
  ...[
    ["Espruino", "espruino"],
    ["NodeMCU", "nodemcu"],
    ["LuatOS", "luatos"],
  ].map(([engine, folder]) => ({
    name: `types of ${engine}'s boards`,
    config: `boards/${folder}/tsconfig.json`,
    linted: [`boards/${folder}/**/*.ts`, `test/boards/${folder}/device/**/*.ts`],
  })),
  { name: "types of the page", config: "sim/page/tsconfig.json", linted: ["sim/page/**/*.ts", "sim/page/**/*.tsx"] },
];

/** What a source is parsed and bound by, of all that a project may set otherwise than tsconfig.json does. */
const SOURCE_OPTIONS = [
  ...["target", "moduleDetection", "importHelpers", "strict", "alwaysStrict", "isolatedModules"],
  ...["allowUnreachableCode", "allowUnusedLabels", "noFallthroughCasesInSwitch"],
];
const JSX_OPTIONS = ["jsx", "jsxImportSource"];

const sources = new Map();

/** A host that gives all programs the same source where they would read it in the same way, as an editor does. */
function sharingHost(options) {
  const host = ts.createCompilerHost(options, true);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version, on_error, create_new) => {
    const names = name.endsWith("x") ? [...SOURCE_OPTIONS, ...JSX_OPTIONS] : SOURCE_OPTIONS;
    const key = JSON.stringify([name, version, ...names.map((option) => options[option] ?? null)]);
    if (!sources.has(key)) sources.set(key, read(name, version, on_error, create_new));
    return sources.get(key);
  };
  return host;
}

/** The program that `tsc -p config` makes. */
function programOf(config) {
  const refuse = (diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, " "));
  };
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: refuse };
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(path.join(ROOT, config), {}, host);
  return ts.createProgram({
    rootNames: fileNames,
    options,
    host: sharingHost(options),
    configFileParsingDiagnostics: errors,
  });
}

/** What `tsc` says of a program. */
function typesOf(program) {
  const found = ts.sortAndDeduplicateDiagnostics(ts.getPreEmitDiagnostics(program));
  return ts.formatDiagnostics(found, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => ROOT,
    getNewLine: () => "\n",
  });
}

/** What `eslint .` says, by the checkers of these programs. */
async function lint(programs) {
  const eslint = new ESLint({
    cwd: ROOT,
    // The last that fits a file counts.
    overrideConfig: programs.map(({ linted, program }) => ({
      files: linted,
      languageOptions: { parserOptions: { projectService: false, programs: [program] } },
    })),
  });
  const results = await eslint.lintFiles(["."]);
  const ok = results.every(({ errorCount }) => errorCount === 0);
  return { ok, said: await (await eslint.loadFormatter("stylish")).format(results) };
}

/** Makes one check and says how it went. */
async function check(name, look) {
  const started = Date.now();
  let result;
  try {
    result = await look();
  } catch (error) {
    result = { ok: false, said: error.stack };
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${JSON.stringify({ name, ...result, seconds })}\n`);
  if (!result.ok) process.exitCode = 1;
}

async function main() {
  const programs = [];
  for (const { name, config, linted } of PROJECTS) {
    await check(name, () => {
      const program = programOf(config);
      if (linted.length > 0) programs.push({ linted, program });
      const said = typesOf(program);
      return { ok: said === "", said };
    });
  }
  await check("lint", () => lint(programs));
}

void main();
