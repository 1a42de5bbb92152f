/**
 * Set-up before `npm start` and `npm test`: makes a fresh clone ready, says nothing when it already is.
 *
 *   node tools/setup.js start   checks Node, installs the npm packages when they are missing or outdated
 *   node tools/setup.js test    the same, and the Debian packages that tests use, when it may
 *
 * Plain JavaScript of an old dialect and without packages, since it runs before any are there, and must still run on
 * the Node versions that it refuses. CURBSTOP_NO_INSTALL=1 installs nothing and only says what is missing.
 *
 * Exit: 0 ready; 1 an installation failed; 2 this Node is too old, or a bad argument.
 */
"use strict";

const childProcess = require("child_process");
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");

const ROOT = path.resolve(__dirname, "..");
const LOCK = path.join(ROOT, "package-lock.json");
/** Holds the hash of the lock file that node_modules was last found to agree with. */
const MARK = path.join(ROOT, "node_modules", ".curbstop-lock");

/**
 * What tests use, and the Debian package of each: a program on PATH, or a file of the system where the package brings
 * no program, or one (pcscd) that is on root's PATH only. Espruino is in no Debian: it is never installed here.
 */
const TEST_PROGRAMS = [
  { program: "lua5.3", debian: "lua5.3" },
  { program: "lua5.4", debian: "lua5.4" },
  { program: "luajit", debian: "luajit" },
  { program: "valgrind", debian: "valgrind" },
  { file: "usr/sbin/pcscd", debian: "pcscd" },
  { file: "usr/lib/pcsc/drivers/serial/libifdvpcd.so", debian: "vsmartcard-vpcd" },
  { program: "opensc-tool", debian: "opensc" },
  { program: "nfc-list", debian: "libnfc-bin" },
  { program: "mifare-desfire-info", debian: "libfreefare-bin" },
  { file: "usr/include/freefare.h", debian: "libfreefare-dev" },
  { file: "usr/include/nfc/nfc.h", debian: "libnfc-dev" },
  { program: "cc", debian: "gcc" },
  { file: "usr/include/stdio.h", debian: "libc6-dev" },
  { program: "socat", debian: "socat" },
  { file: "usr/sbin/mosquitto", debian: "mosquitto" },
  { program: "g++", debian: "g++" },
  { program: "make", debian: "make" },
  { program: "python3", debian: "python3" },
  { program: "chromium", debian: "chromium" },
  { file: "usr/include/PCSC/winscard.h", debian: "libpcsclite-dev" },
  { program: "softhsm2-util", debian: "softhsm2" },
];
/** The npm packages that are optional, and compiled where they are installed, with what they are for. */
const COMPILED_PACKAGES = [
  { name: "smartcard", use: "card readers" },
  { name: "pkcs11js", use: "HSMs" },
];
/** Where the system's files are: elsewhere in the test of this set-up only. */
const SYSTEM = process.env.CURBSTOP_SYSTEM_FOLDER || "/";

const MAY_INSTALL = process.env.CURBSTOP_NO_INSTALL !== "1";
const IN_CI = process.env.CI === "true";

function say(text) {
  process.stderr.write("curbstop: " + text + "\n");
}

function stop(text, code) {
  say(text);
  process.exit(code);
}

/** The lowest version in package.json's engines, which reads ">=20.19". */
function checkNode() {
  const wanted = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")).engines.node;
  const least = wanted.replace(/^>=/, "").split(".").map(Number);
  const own = process.versions.node.split(".").map(Number);
  if (own[0] > least[0] || (own[0] === least[0] && own[1] >= (least[1] || 0))) return;
  stop("Node " + wanted + " is needed, this is " + process.versions.node + " (install a newer Node)", 2);
}

/** Runs a program quietly; what it said is shown only when it failed. */
function run(program, args, env) {
  const done = childProcess.spawnSync(program, args, {
    cwd: ROOT,
    encoding: "utf8",
    env: Object.assign({}, process.env, env),
    // npm is a batch file on Windows, which only a shell can start.
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
  const said = done.error ? String(done.error.message) : (done.stdout || "") + (done.stderr || "");
  return { ok: done.status === 0, said };
}

/** Whether node_modules holds what the lock file asks for, by npm's own record of what it installed. */
function packagesAgree() {
  const record = path.join(ROOT, "node_modules", ".package-lock.json");
  if (!fs.existsSync(record)) return false;
  const wanted = JSON.parse(fs.readFileSync(LOCK, "utf8")).packages;
  const installed = JSON.parse(fs.readFileSync(record, "utf8")).packages;
  return Object.keys(wanted).every((name) => {
    // The project itself has the empty name; optional packages may be missing on this machine, and that is fine.
    if (name === "" || wanted[name].optional || wanted[name].devOptional) return true;
    return installed[name] !== undefined && installed[name].version === wanted[name].version;
  });
}

function installPackages() {
  const hash = crypto.createHash("sha256").update(fs.readFileSync(LOCK)).digest("hex");
  if (fs.existsSync(MARK) && fs.readFileSync(MARK, "utf8") === hash) return;
  if (!packagesAgree()) {
    if (!MAY_INSTALL) stop("the npm packages are missing or outdated (run `npm ci`)", 1);
    say("installing the npm packages (npm ci, about half a minute) …");
    const done = run("npm", [
      "ci",
      "--include=dev",
      "--include=optional",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
    ]);
    if (!done.ok) {
      process.stderr.write(done.said);
      stop("npm ci failed, see above (is the npm registry reachable?)", 1);
    }
  }
  fs.writeFileSync(MARK, hash);
}

function onPath(program) {
  const folders = (process.env.PATH || "").split(path.delimiter).filter((folder) => folder !== "");
  return folders.some((folder) => fs.existsSync(path.join(folder, program)));
}

function isThere(one) {
  return one.program === undefined ? fs.existsSync(path.join(SYSTEM, one.file)) : onPath(one.program);
}

function isRoot() {
  return typeof process.getuid === "function" && process.getuid() === 0;
}

function installTestPrograms() {
  const missing = () => TEST_PROGRAMS.filter((one) => !isThere(one));
  const before = missing();
  if (before.length === 0) return;
  const names = (list) => list.map((one) => one.debian).join(" ");
  const could = isRoot() && onPath("apt-get");

  if (!could || !MAY_INSTALL) {
    say(
      "not installed: " + names(before) + "; tests that need them are pending (apt-get install " + names(before) + ")",
    );
    return;
  }
  say("installing " + names(before) + " (apt-get) …");
  const quiet = { DEBIAN_FRONTEND: "noninteractive" };
  // A failed update is no reason to stop: the lists may already be there, and the install then tells.
  run("apt-get", ["update", "-qq"], quiet);
  const packages = before.map((one) => one.debian);
  const done = run("apt-get", ["install", "-y", "-qq", "--no-install-recommends"].concat(packages), quiet);
  const after = missing();
  if (done.ok && after.length === 0) return;
  process.stderr.write(done.said);
  if (IN_CI) stop("could not install " + names(after) + ", which CI needs", 1);
  say("not installed: " + names(after) + "; tests that need them are pending");
}

/** Compiles a package once; without a compiler the tests of what it is for are pending, and say so themselves. */
function compilePackage(one) {
  const folder = path.join(ROOT, "node_modules", one.name);
  const built = path.join(folder, "build", "Release");
  const isBuilt = () => fs.existsSync(built) && fs.readdirSync(built).some((name) => name.endsWith(".node"));
  if (!fs.existsSync(folder) || isBuilt() || !MAY_INSTALL) return;
  say("compiling " + one.name + " for " + one.use + " (npm rebuild) …");
  // Scripts are off for all packages (.npmrc), and on for these alone.
  run("npm", ["rebuild", one.name, "--ignore-scripts=false", "--loglevel=error"]);
  if (!isBuilt()) say(one.name + " could not be compiled; tests on " + one.use + " are pending");
}

function main() {
  const mode = process.argv[2];
  if (mode !== "start" && mode !== "test") stop("usage: node tools/setup.js start|test", 2);
  checkNode();
  installPackages();
  if (mode === "test") {
    installTestPrograms();
    COMPILED_PACKAGES.forEach(compilePackage);
  }
}

main();
