/**
 * `npm test`: all checks, two at once, then the tests, three files at once; the last line is
 * `N passed, N failed, N skipped`.
 *
 * Each check (format, types, lint, floors) counts as one test. Skipped are tests that mocha reports as pending, mostly
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
const JOBS = 2;
/** One more than the checks have: the files that talk to a board on a line mostly wait for it. */
const TEST_JOBS = 3;
/** A step that hangs is a failure, not a reason to wait for ever. */
const STEP_TIMEOUT_MS = (process.argv.includes("--long") ? 240 : 20) * 60 * 1000;
const REPORT = path.join(os.tmpdir(), `curbstop-mocha-${process.pid}.json`);

/** Folders of the floors that exist; dependency-cruiser refuses one that does not. */
const FLOORS = ["hal", "firmware", "boards", "sim", "tools"].filter((top) => fs.existsSync(path.join(ROOT, top)));

const CHECKS = [
  { name: "lint", program: "eslint", args: ["."] },
  { name: "types", program: "tsc", args: ["-p", "tsconfig.node.json"] },
  { name: "types of portable code", program: "tsc", args: ["-p", "tsconfig.portable.json"] },
  { name: "types of Espruino's boards", program: "tsc", args: ["-p", "boards/espruino/tsconfig.json"] },
  { name: "types of NodeMCU's boards", program: "tsc", args: ["-p", "boards/nodemcu/tsconfig.json"] },
  { name: "types of LuatOS's boards", program: "tsc", args: ["-p", "boards/luatos/tsconfig.json"] },
  { name: "types of the page", program: "tsc", args: ["-p", "sim/page/tsconfig.json"] },
  { name: "floors", program: "depcruise", args: ["--config", ".dependency-cruiser.js", ...FLOORS] },
  // What a file was when it was found right is remembered by its text; build/ is safe to delete at any time.
  {
    name: "format",
    program: "prettier",
    args: ["--check", "--log-level=warn", "--cache", "--cache-strategy=content", "--cache-location=build/format", "."],
  },
];

/** The files that take longest, the longest first, so that none of them is left alone at the end. */
const LONGEST = [
  "tools/provision/cable_pulled",
  "tools/flash/board_bundle",
  "sim/parity",
  "sim/page/page",
  "sim/leak",
  "tools/build/build",
  "tools/flash/flash",
  "tools/provision/provision",
  "tools/provision/workplace",
  "tools/flash/boot_file",
  "sim/torture/engines",
  "tools/flash/cable_pulled",
  "tools/flash/boot_update",
  "sim/page/support",
  "sim/card_torture/torture",
  "tools/tariff/commands",
  "firmware/crypto/lms",
  "sim/card_torture/breaks",
  "sim/torture/random",
  "boards/drivers/engines",
  "tools/update/commands",
  "firmware/journal/journal",
].map((name) => path.join("test", `${name}.test.ts`));

/** All test files in the order in which they are to be taken. */
function testFiles() {
  const found = fs.readdirSync(__dirname, { recursive: true }).filter((name) => name.endsWith(".test.ts"));
  const files = found.map((name) => path.join("test", name)).sort();
  const gone = LONGEST.find((file) => !files.includes(file));
  if (gone !== undefined) throw new Error(`${gone} is not there (take it out of LONGEST in test/run.js)`);
  return [...LONGEST, ...files.filter((file) => !LONGEST.includes(file))];
}

/** Runs one program of node_modules/.bin; resolves to whether it passed and what it said. */
function run({ program, args }, { show = false } = {}) {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(path.join(ROOT, "node_modules", ".bin", program), args, {
      cwd: ROOT,
      env: { ...process.env, CURBSTOP_MOCHA_REPORT: REPORT },
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
      timeout: STEP_TIMEOUT_MS,
    });
    let said = "";
    const listen = (chunk) => (said += chunk);
    if (!show) {
      child.stdout.on("data", listen);
      child.stderr.on("data", listen);
    }
    const finish = (ok) => resolve({ ok, said, seconds: ((Date.now() - started) / 1000).toFixed(1) });
    child.on("error", (error) => {
      said += error.message;
      finish(false);
    });
    child.on("close", (code) => finish(code === 0));
  });
}

/** Takes checks from one queue in JOBS lanes; prints each as it ends, and in full when it failed. */
async function runChecks() {
  const queue = [...CHECKS];
  const counts = { passed: 0, failed: 0 };
  const lane = async () => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      const { ok, said, seconds } = await run(check);
      counts[ok ? "passed" : "failed"] += 1;
      console.log(`${ok ? "passed" : "FAILED"}  ${check.name} (${seconds} s)`);
      if (!ok) console.log(said.trimEnd() + "\n");
    }
  };
  await Promise.all(Array.from({ length: JOBS }, lane));
  return counts;
}

async function runMocha() {
  fs.rmSync(REPORT, { force: true });
  const args = [
    "--parallel",
    "--jobs",
    String(TEST_JOBS),
    "--reporter",
    path.join(__dirname, "reporter.js"),
    ...testFiles(),
  ];
  const { ok, seconds } = await run({ program: "mocha", args }, { show: true });
  const counts = { passed: 0, failed: 0, skipped: 0, pending: [] };
  const is_reported = fs.existsSync(REPORT);
  if (is_reported) Object.assign(counts, JSON.parse(fs.readFileSync(REPORT, "utf8")));
  fs.rmSync(REPORT, { force: true });
  // Mocha that died while loading, or was stopped, has counted no failure of its own; stopped, it even ends with 0.
  const is_whole = ok && is_reported;
  if (!is_whole && counts.failed === 0) counts.failed = 1;
  console.log(`${is_whole ? "passed" : "FAILED"}  tests (${seconds} s)`);
  return counts;
}

async function main() {
  if (process.argv.includes("--long")) process.env.CURBSTOP_LONG = "1";
  const checks = await runChecks();
  const tests = await runMocha();
  if (tests.pending.length > 0) console.log("\nskipped:\n" + tests.pending.map((name) => `  ${name}`).join("\n"));
  const failed = checks.failed + tests.failed;
  console.log(`\n${checks.passed + tests.passed} passed, ${failed} failed, ${tests.skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
