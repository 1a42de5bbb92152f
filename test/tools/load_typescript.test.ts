/**
 * TypeScript is compiled once and never served stale: a small checkout in a temporary folder, with processes of its own.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const ROOT = path.resolve(__dirname, "..", "..");
const SOURCE = `
interface Answer { readonly value: number }

export const answer: Answer = { value: 1 };
console.log(answer.value);
`;

describe("TypeScript in Node", function () {
  let folder = "";
  let source = "";
  let entry = "";

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "curbstop-load-"));
    source = path.join(folder, "sim", "answer.ts");
    entry = path.join(folder, "build", "transpiled", "sim", "answer.ts.js");
    fs.mkdirSync(path.dirname(source));
    fs.mkdirSync(path.join(folder, "tools"));
    for (const file of ["tsconfig.json", path.join("tools", "load_typescript.js")])
      fs.copyFileSync(path.join(ROOT, file), path.join(folder, file));
    fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
    fs.writeFileSync(source, SOURCE);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const words = (): string[] => ["-r", path.join(folder, "tools", "load_typescript.js"), source];

  /** What the source writes, and whether the compiler was loaded for it. */
  function run(...more: string[]): { status: number | null; out: string; err: string; compiled: boolean } {
    const said = path.join(folder, "said.js");
    fs.writeFileSync(
      said,
      `process.on("exit", () => {
        const names = Object.keys(require.cache);
        console.log(names.some((name) => /typescript.lib.typescript\\.js$/.test(name)) ? "compiled" : "kept");
      });`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, ["-r", said, ...words(), ...more], {
      encoding: "utf8",
    });
    const lines = stdout.trimEnd().split("\n");
    const how = lines.pop();
    assert.ok(how === "compiled" || how === "kept", stdout + stderr);
    return { status, out: lines.join("\n"), err: stderr, compiled: how === "compiled" };
  }

  it("is compiled by the first process, and not by the next", () => {
    assert.deepEqual([run().out, run().out], ["1", "1"]);
    assert.equal(run().compiled, false);
  });

  it("is compiled anew when the source, the options, the loader or its place differs, however old the files look", () => {
    const stamp = fs.statSync(source);
    assert.equal(run().compiled, true);
    const change = (file: string, find: string, replace: string): void => {
      fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(find, replace));
      fs.utimesSync(file, stamp.atime, stamp.mtime);
    };
    change(source, "value: 1", "value: 2");
    assert.deepEqual([run().out, run().compiled], ["2", false]);
    change(path.join(folder, "tsconfig.json"), '"es2022"', '"es2021"');
    assert.equal(run().compiled, true);
    change(path.join(folder, "tools", "load_typescript.js"), "Lets Node", "Let Node");
    assert.equal(run().compiled, true);
    const elsewhere = path.join(folder, "sim", "other.ts");
    fs.renameSync(source, elsewhere);
    fs.renameSync(entry, entry.replace("answer", "other"));
    source = elsewhere;
    assert.deepEqual([run().compiled, run().compiled], [true, false]);
  });

  it("is compiled anew when what was kept is damaged at any place", () => {
    run();
    const whole = fs.readFileSync(entry, "utf8");
    assert.ok(whole.includes("value: 1"));
    const damaged = ["", whole.slice(0, 64), whole.slice(0, -1), whole.replace("value: 1", "value: 3")];
    for (const text of damaged) {
      fs.writeFileSync(entry, text);
      const { out, compiled } = run();
      assert.deepEqual([out, compiled], ["1", true]);
      assert.equal(fs.readFileSync(entry, "utf8"), whole);
    }
  });

  it("runs where nothing can be kept", () => {
    fs.writeFileSync(path.join(folder, "build"), "a file where the folder should be");
    assert.deepEqual([run().out, run().compiled], ["1", true]);
  });

  it("is whole for processes that compile it at the same time, and leaves no other file behind", async () => {
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, words(), { stdio: ["ignore", "pipe", "inherit"] }),
    );
    const codes = await Promise.all(children.map((child) => once(child, "exit")));
    assert.deepEqual(
      codes.map(([code]) => code as number),
      [0, 0, 0, 0],
    );
    assert.deepEqual(fs.readdirSync(path.dirname(entry)), ["answer.ts.js"]);
    assert.equal(run().compiled, false);
  });

  it("names the line of the TypeScript in a stack, compiled or kept", () => {
    fs.appendFileSync(source, 'interface Gone { a: 1 }\n\nthrow new Error("why");\n');
    for (const compiled of [true, false]) {
      const { status, err, compiled: was } = run();
      assert.deepEqual([status, was], [1, compiled]);
      assert.match(err, /Error: why\n {4}at .*answer\.ts:8:7/);
    }
  });

  it("names the line of what was kept in a process that compiles something else", () => {
    const kept = "interface Gone {\n  a: 1;\n}\n\nexport function fail(): void {\n  throw new Error('why');\n}\n";
    fs.writeFileSync(path.join(folder, "sim", "kept.ts"), kept);
    fs.appendFileSync(source, 'import { fail } from "./kept";\nfail();\n');
    run();
    fs.appendFileSync(source, "// Another text.\n");
    const { err, compiled } = run();
    assert.ok(compiled);
    assert.match(err, /Error: why\n {4}at fail .*kept\.ts:6:9\)\n {4}at .*answer\.ts:7:/);
  });

  it("is refused by file and line when it is no TypeScript, each time", () => {
    fs.appendFileSync(source, "const = 1;\n");
    for (let time = 0; time < 2; time++) {
      const { status, err } = run();
      assert.equal(status, 1);
      assert.match(err, /answer\.ts\(6,7\): error TS1134: Variable declaration expected\.\n/);
    }
    assert.ok(!fs.existsSync(entry));
  });

  it("imports lazily what is imported lazily", () => {
    fs.writeFileSync(path.join(folder, "sim", "later.ts"), "export const later: number = 5;\n");
    fs.appendFileSync(source, 'void import("./later").then(({ later }) => console.log(later));\n');
    for (let time = 0; time < 2; time++) assert.equal(run().out, "1\n5");
  });
});
