/**
 * The set-up of `npm start` and `npm test`, run on a copy of the project's top in a temporary folder, with an npm, an
 * apt-get and test programs made of a few lines of shell, so that nothing is really installed.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const ROOT = path.resolve(__dirname, "..", "..");
/** What stands for each Debian package in a sandbox: a program on its PATH, or a file of its system. */
const TEST_FILES: Record<string, string> = {
  "lua5.3": "bin/lua5.3",
  "lua5.4": "bin/lua5.4",
  luajit: "bin/luajit",
  valgrind: "bin/valgrind",
  pcscd: "usr/sbin/pcscd",
  "vsmartcard-vpcd": "usr/lib/pcsc/drivers/serial/libifdvpcd.so",
  opensc: "bin/opensc-tool",
  "libnfc-bin": "bin/nfc-list",
  "libfreefare-bin": "bin/mifare-desfire-info",
  "libfreefare-dev": "usr/include/freefare.h",
  "libnfc-dev": "usr/include/nfc/nfc.h",
  gcc: "bin/cc",
  "libc6-dev": "usr/include/stdio.h",
  socat: "bin/socat",
  mosquitto: "usr/sbin/mosquitto",
  "g++": "bin/g++",
  make: "bin/make",
  python3: "bin/python3",
  chromium: "bin/chromium",
  "libpcsclite-dev": "usr/include/PCSC/winscard.h",
  softhsm2: "bin/softhsm2-util",
};
const PACKAGES = Object.keys(TEST_FILES);
/** All packages but those that a sandbox already has. */
const without = (...present: string[]): string => PACKAGES.filter((one) => !present.includes(one)).join(" ");
const AS_ROOT = process.getuid?.() === 0;

interface Outcome {
  readonly code: number | null;
  readonly said: string;
  /** What the stand-ins were called with, one call a line. */
  readonly calls: string[];
}

class Sandbox {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "curbstop-setup-"));

  constructor(lock: object = { packages: { "": {}, "node_modules/zod": { version: "4.0.0" } } }) {
    this.write("package.json", fs.readFileSync(path.join(ROOT, "package.json"), "utf8"));
    this.write("tools/setup.js", fs.readFileSync(path.join(ROOT, "tools", "setup.js"), "utf8"));
    this.write("package-lock.json", JSON.stringify(lock));
    this.write("bin/README", "stand-ins");
  }

  write(file: string, text: string): void {
    const full = path.join(this.folder, file);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, text);
  }

  /** A stand-in on PATH that notes its call, then does what the shell lines say. */
  program(name: string, lines = ""): this {
    this.write(`bin/${name}`, `#!/bin/sh\necho "${name} $*" >> "${this.folder}/calls"\n${lines}\n`);
    fs.chmodSync(path.join(this.folder, "bin", name), 0o755);
    return this;
  }

  /** npm as it behaves when it works: node_modules and its record of what is in there. */
  npm(): this {
    const modules = path.join(this.folder, "node_modules");
    return this.program(
      "npm",
      `/bin/mkdir -p ${modules}; /bin/cp ${this.folder}/package-lock.json ${modules}/.package-lock.json`,
    );
  }

  setup(mode: string, env: Record<string, string> = {}): Outcome {
    const done = spawnSync(process.execPath, [path.join(this.folder, "tools", "setup.js"), mode], {
      encoding: "utf8",
      env: { PATH: path.join(this.folder, "bin"), CURBSTOP_SYSTEM_FOLDER: this.folder, ...env },
    });
    const calls = path.join(this.folder, "calls");
    const lines = fs.existsSync(calls) ? fs.readFileSync(calls, "utf8").trim().split("\n") : [];
    fs.rmSync(calls, { force: true });
    return { code: done.status, said: done.stdout + done.stderr, calls: lines };
  }
}

describe("set-up", () => {
  const sandboxes: Sandbox[] = [];
  const sandbox = (): Sandbox => {
    const made = new Sandbox();
    sandboxes.push(made);
    return made;
  };
  after(() => sandboxes.forEach(({ folder }) => fs.rmSync(folder, { recursive: true, force: true })));

  it("installs the npm packages once, with one line, and is silent afterwards", () => {
    const here = sandbox().npm();
    const first = here.setup("start");
    assert.equal(first.code, 0, first.said);
    assert.match(first.calls.join(), /^npm ci /);
    assert.equal(first.said.trim().split("\n").length, 1);
    assert.deepEqual(here.setup("start"), { code: 0, said: "", calls: [] });
  });

  it("installs again when the lock file has changed", () => {
    const here = sandbox().npm();
    here.setup("start");
    here.write("package-lock.json", JSON.stringify({ packages: { "node_modules/zod": { version: "4.0.1" } } }));
    assert.match(here.setup("start").calls.join(), /^npm ci /);
  });

  it("accepts packages that someone installed by hand", () => {
    const here = sandbox().npm();
    here.write("node_modules/.package-lock.json", fs.readFileSync(path.join(here.folder, "package-lock.json"), "utf8"));
    assert.deepEqual(here.setup("start"), { code: 0, said: "", calls: [] });
  });

  it("shows what npm said and exits 1 when npm fails", () => {
    const outcome = sandbox().program("npm", "echo no network >&2; exit 7").setup("start");
    assert.equal(outcome.code, 1);
    assert.match(outcome.said, /no network[^]*npm ci failed/);
  });

  it("installs nothing with CURBSTOP_NO_INSTALL=1 and says what to run", () => {
    const outcome = sandbox().npm().setup("start", { CURBSTOP_NO_INSTALL: "1" });
    assert.deepEqual([outcome.code, outcome.calls], [1, []]);
    assert.match(outcome.said, /npm ci/);
  });

  it("refuses an older Node in one line", () => {
    const here = sandbox().npm();
    here.write("package.json", JSON.stringify({ engines: { node: ">=99.1" } }));
    const outcome = here.setup("start");
    assert.deepEqual([outcome.code, outcome.calls], [2, []]);
    assert.match(outcome.said, /^curbstop: Node >=99\.1 is needed, this is .*\n$/);
  });

  it("names the test programs that it may not install, and goes on", () => {
    const outcome = sandbox().npm().program("lua5.3").setup("test");
    assert.equal(outcome.code, 0);
    const names = without("lua5.3");
    assert.ok(outcome.said.includes(`not installed: ${names}; tests that need them are pending`), outcome.said);
  });

  it("installs missing test programs from Debian after one update", function () {
    if (!AS_ROOT) return this.skip();
    const here = sandbox().npm().program("lua5.3");
    here.write("usr/sbin/pcscd", "a file of the system that no PATH leads to");
    const make = (file: string): string =>
      `/bin/mkdir -p ${here.folder}/${path.dirname(file)}; : > ${here.folder}/${file}`;
    here.program("apt-get", `[ "$1" = install ] && { ${Object.values(TEST_FILES).map(make).join("; ")}; }; true`);
    const outcome = here.setup("test");
    assert.equal(outcome.code, 0, outcome.said);
    assert.deepEqual(outcome.calls.slice(1), [
      "apt-get update -qq",
      `apt-get install -y -qq --no-install-recommends ${without("lua5.3", "pcscd")}`,
    ]);
    assert.deepEqual(here.setup("test"), { code: 0, said: "", calls: [] });
  });

  it("compiles the card readers' package once, with scripts for it alone, and goes on when that fails", () => {
    const here = sandbox().npm();
    here.setup("start");
    for (const file of Object.values(TEST_FILES)) here.write(file, "");
    here.write("node_modules/smartcard/package.json", "{}");
    here.program("npm");
    const failed = here.setup("test");
    assert.equal(failed.code, 0);
    assert.match(failed.said, /smartcard could not be compiled; tests on card readers are pending/);
    const release = `${here.folder}/node_modules/smartcard/build/Release`;
    here.program("npm", `/bin/mkdir -p ${release}; : > ${release}/smartcard.node`);
    const compiled = here.setup("test");
    assert.deepEqual(compiled.calls, ["npm rebuild smartcard --ignore-scripts=false --loglevel=error"]);
    assert.deepEqual(here.setup("test"), { code: 0, said: "", calls: [] });
    assert.deepEqual(here.setup("start"), { code: 0, said: "", calls: [] });
  });

  it("goes on when Debian fails, but not in CI", function () {
    if (!AS_ROOT) return this.skip();
    const here = sandbox().npm().program("apt-get", "exit 100");
    const [alone, ci] = [here.setup("test"), here.setup("test", { CI: "true" })];
    assert.deepEqual([alone.code, ci.code], [0, 1]);
    assert.match(alone.said, /tests that need them are pending/);
    assert.ok(ci.said.includes(`could not install ${without()}, which CI needs`), ci.said);
  });
});
