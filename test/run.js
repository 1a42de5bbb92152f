/**
 * `npm test`: all checks and all tests; the last line is `N passed, N failed, N skipped`.
 *
 * Two cores are to have work from beginning to end. The bundles that most tests share come first, for one kind of engine on
 * each; then three things are under way at once: the checks, one after the other; the tests that mostly wait, for a board at
 * the end of a line or for a command; and all other tests, some files at once.
 *
 * Each check (bundles, format, types, lint, floors) counts as one test. Skipped are tests that mocha reports as pending, mostly
 * because a program they need is not on this machine; they are listed by name. `--long` also runs the tests that take
 * minutes (they look for CURBSTOP_LONG=1). Exit 1 when something failed.
 *
 * Plain JavaScript, since it also has to report that TypeScript does not compile.
 */
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const ROOT = path.resolve(__dirname, "..");
/** One more than there are cores: each of them waits now and then, and has both cores when the others are through. */
const TEST_JOBS = 3;
/** What waits takes a fifth of a core. */
const WAITING_JOBS = 4;
/** A step that hangs is a failure, not a reason to wait for ever. */
const STEP_TIMEOUT_MS = (process.argv.includes("--long") ? 240 : 45) * 60 * 1000;

/** Folders of the floors that exist; dependency-cruiser refuses one that does not. */
const FLOORS = ["hal", "firmware", "boards", "sim", "tools"].filter((top) => fs.existsSync(path.join(ROOT, top)));

/** Room for what lives shortly, without which the look at types and lint takes an eighth more. */
const YOUNG_HEAP = ["--max-semi-space-size=128", "--min-semi-space-size=64"];
/** The same for the tests' programs, and for those that they start, in the only form that is handed down. */
const YOUNG_HEAP_FOR_TESTS = "--max-semi-space-size=64";
/** Several checks in one program, which says of each how it went. */
const TYPED_CHECKS = { program: process.execPath, args: [...YOUNG_HEAP, path.join(__dirname, "typed_checks.js")] };
const LAST_TYPED_CHECK = "lint";

/** What most tests share; that it can be made is a check, too. */
const BUNDLES = ["espruino", "lua"].map((engine) => ({
  name: `bundles for ${engine}`,
  program: process.execPath,
  args: ["--max-semi-space-size=64", "-r", "./tools/load_typescript.js", path.join("test", "bundles_ahead.ts"), engine],
}));

const CHECKS = [
  { name: "floors", program: "depcruise", args: ["--config", ".dependency-cruiser.js", ...FLOORS] },
  // What a file was when it was found right is remembered by its text; build/ is safe to delete at any time.
  {
    name: "format",
    program: "prettier",
    args: ["--check", "--log-level=warn", "--cache", "--cache-strategy=content", "--cache-location=build/format", "."],
  },
];

const asFile = (name) => path.join("test", `${name}.test.ts`);

/**
 * The files that take longest, the longest first, so that none of them is left alone at the end. Those that want the same
 * bundles are not begun at once, so that the second finds what the first has made.
 */
const LONGEST = [
  "sim/page/page",
  "sim/leak",
  "boards/luatos/update",
  "boards/nodemcu/update",
  "sim/parity",
  "boards/nodemcu/heap",
  "sim/random_parity",
  "sim/bundle/rooms",
  "boards/luatos/heap",
  "sim/bundle/lua_pieces_parity",
  "sim/torture/engines",
  "boards/drivers/engines",
  "tools/flash/boot_early",
  "sim/card_torture/breaks",
  "tools/gateway/whole_rehearsal",
  "sim/page/support",
  "firmware/journal/journal",
  "firmware/radio/signed_engines",
  "sim/bundle/source_map",
].map(asFile);

/**
 * The files that mostly wait, likewise: for a board at the end of a line, whose console answers in a tenth of a second, or
 * for a command in a process of its own.
 */
const WAITING = [
  "tools/provision/lua_boards",
  "tools/provision/provision",
  "tools/provision/mobile",
  "tools/flash/nodemcu/flash",
  // It wants the bundles of all boards, half of which the ones before have made.
  "tools/build/build",
  "tools/flash/board_bundle",
  "tools/provision/cable_pulled",
  "tools/flash/nodemcu/cable_pulled",
  "tools/flash/flash",
  "tools/flash/nodemcu/boot_file",
  "tools/flash/boot_file",
  "tools/flash/boot_update",
  "tools/flash/cable_pulled",
  "tools/flash/debugger",
  "tools/flash/restart",
  "tools/provision/lorawan_board",
  "tools/provision/nodemcu_modem",
  "tools/flash/nodemcu/console",
  "tools/provision/workplace",
  "tools/tariff/commands",
  "tools/keys/commands",
  "tools/token/commands",
  "tools/update/commands",
  "tools/card/end_to_end",
  "tools/card/commands",
  "tools/gateway/end_to_end",
  "tools/gateway/lorawan_meters",
  "tools/gateway/mqtt_meters",
  "tools/service/monitor",
  "tools/load_typescript",
  "sim/hci/wmbusmeters_pty",
  "boards/espruino/update",
  "boards/espruino/modem",
].map(asFile);

/** All test files that do not wait, in the order in which they are to be taken. */
function workingFiles() {
  const found = fs.readdirSync(__dirname, { recursive: true }).filter((name) => name.endsWith(".test.ts"));
  const files = found.map((name) => path.join("test", name)).sort();
  const gone = [...LONGEST, ...WAITING].find((file) => !files.includes(file));
  if (gone !== undefined) throw new Error(`${gone} is not there (take it out of the lists in test/run.js)`);
  return [...LONGEST, ...files.filter((file) => !LONGEST.includes(file) && !WAITING.includes(file))];
}

let is_line_open = false;

/** Writes what a program says while it runs, dots without a line end. */
function show(text) {
  if (text === "") return;
  process.stdout.write(text);
  is_line_open = !text.endsWith("\n");
}

/** Writes a line of our own, never behind a program's dots. */
function say(line) {
  show(`${is_line_open ? "\n" : ""}${line}\n`);
}

/** Says how a step went, and all that it said when it failed and has not been shown. */
function sayResult(name, { ok, said, seconds }, is_shown) {
  say(`${ok ? "passed" : "FAILED"}  ${name} (${seconds} s)`);
  if (!ok && !is_shown) say(said.trimEnd() + "\n");
}

function testEnvironment(report) {
  const options = [process.env.NODE_OPTIONS ?? "", YOUNG_HEAP_FOR_TESTS].join(" ").trim();
  return { ...process.env, NODE_OPTIONS: options, CURBSTOP_MOCHA_REPORT: report };
}

/** Runs a program, by its path or one of node_modules/.bin; resolves to whether it passed and what it said. */
function run({ program, args, report }, listener = () => undefined) {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(path.resolve(ROOT, "node_modules", ".bin", program), args, {
      cwd: ROOT,
      env: report === undefined ? process.env : testEnvironment(report),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: STEP_TIMEOUT_MS,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        said += text;
        listener(text);
      });
    }
    const finish = (ok) => resolve({ ok, said, seconds: ((Date.now() - started) / 1000).toFixed(1) });
    child.on("error", (error) => {
      said += error.message;
      finish(false);
    });
    child.on("close", (code) => finish(code === 0));
  });
}

const noCounts = () => ({ passed: 0, failed: 0, skipped: 0, pending: [], failures: [] });

/** A check counts as one test. */
function countCheck(counts, name, ok) {
  counts[ok ? "passed" : "failed"] += 1;
  if (!ok) counts.failures.push(name);
}

/** Takes the checks that are made in one program, as they end. */
async function runTypedChecks(counts) {
  let unread = "";
  let last;
  const result = await run(TYPED_CHECKS, (text) => {
    const lines = (unread + text).split("\n");
    unread = lines.pop();
    for (const check of lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))) {
      last = check.name;
      countCheck(counts, check.name, check.ok);
      sayResult(check.name, check, false);
    }
  });
  // It died, or was stopped, before it came to its end.
  if (last === LAST_TYPED_CHECK) return;
  countCheck(counts, "types and lint", false);
  sayResult("types and lint", { ...result, ok: false }, false);
}

/** Takes one check; says how it went, and in full when it failed. */
async function runCheck(check, counts) {
  const result = await run(check);
  countCheck(counts, check.name, result.ok);
  sayResult(check.name, result, false);
}

async function runBundles() {
  const counts = noCounts();
  await Promise.all(BUNDLES.map((bundles) => runCheck(bundles, counts)));
  return counts;
}

/** Takes one check after the other. */
async function runChecks() {
  const counts = noCounts();
  await runTypedChecks(counts);
  for (const check of CHECKS) await runCheck(check, counts);
  return counts;
}

/** Runs test files, so many at once; shows them as they go, or says in full what failed when they are through. */
async function runMocha(name, files, jobs, is_shown) {
  const report = path.join(os.tmpdir(), `curbstop-mocha-${process.pid}-${name.replaceAll(" ", "-")}.json`);
  fs.rmSync(report, { force: true });
  const args = ["--parallel", "--jobs", String(jobs), "--reporter", path.join(__dirname, "reporter.js"), ...files];
  if (process.stdout.isTTY) args.unshift("--color");
  const result = await run({ program: "mocha", args, report }, is_shown ? show : undefined);
  const counts = noCounts();
  const is_reported = fs.existsSync(report);
  if (is_reported) Object.assign(counts, JSON.parse(fs.readFileSync(report, "utf8")));
  fs.rmSync(report, { force: true });
  // Mocha that died while loading, or was stopped, has counted no failure of its own; stopped, it even ends with 0.
  const ok = result.ok && is_reported;
  if (!ok && counts.failed === 0) countCheck(counts, name, false);
  sayResult(name, { ...result, ok }, is_shown);
  return counts;
}

async function main() {
  if (process.argv.includes("--long")) process.env.CURBSTOP_LONG = "1";
  // What one test has made and others want as well, for this run alone.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "curbstop-run-"));
  process.env.CURBSTOP_RUN_FOLDER = folder;
  process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
  const files = workingFiles();
  const bundled = await runBundles();
  const all = await Promise.all([
    runMocha("tests on a line", WAITING, WAITING_JOBS, false),
    runMocha("tests", files, TEST_JOBS, true),
    runChecks(),
  ]);
  all.push(bundled);
  // Again by name at the end, where somebody looks first who was shown the end of it only.
  for (const [title, key] of [
    ["skipped", "pending"],
    ["failed", "failures"],
  ]) {
    const names = all.flatMap((counts) => counts[key]);
    if (names.length > 0) say(`\n${title}:\n` + names.map((name) => `  ${name}`).join("\n"));
  }
  const [passed, failed, skipped] = ["passed", "failed", "skipped"].map((key) =>
    all.reduce((sum, counts) => sum + counts[key], 0),
  );
  say(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
