import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { bundleEspruino } from "../../../sim/bundle/espruino";
import { bundleLua } from "../../../sim/bundle/lua";
import { BundleError, ROOT } from "../../../sim/bundle/project";

const SAMPLE = join(ROOT, "test", "sim", "engines", "sample", "main.ts");

interface Exports {
  runProgram(host: { read_line(): string | undefined; write_line(line: string): void }): void;
}

describe("bundlers", function () {
  let folder: string;

  before(() => {
    mkdirSync(join(ROOT, "build"), { recursive: true });
    folder = mkdtempSync(join(ROOT, "build", "bundlers-test-"));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** An entry of the given text, inside the checkout because modules are named from its top. */
  function entry(name: string, text: string): string {
    const path = join(folder, `${name}.ts`);
    writeFileSync(path, text);
    return path;
  }

  function traceOf(code: string, global_name: string, program: readonly string[]): string[] {
    const context: Record<string, unknown> = {};
    runInNewContext(code, context);
    const trace: string[] = [];
    const lines = [...program];
    const exported = context[global_name] as Exports;
    exported.runProgram({ read_line: () => lines.shift(), write_line: (line) => void trace.push(line) });
    return trace;
  }

  describe("Lua", () => {
    it("passes no self: functions in fields, methods and callbacks take their own arguments only", () => {
      const text =
        "interface Port { add(a: number): number; readonly twice: (a: number) => number }\n" +
        "type Pair = { left: (a: number) => number; right: ((a: number) => number) | undefined };\n" +
        "function same(a: number): number { return a; }\n" +
        "const pair: Pair = { left: same, right: same };\n" +
        "const port: Port = { add(a: number) { return a; }, twice: same };\n" +
        "export function run(): number { return port.add(1) + port.twice(2) + pair.left(3) + (pair.right === undefined ? 0 : pair.right(4)); }\n";
      const code = bundleLua(entry("callbacks", text), "5.4");
      assert.doesNotMatch(code, /\bself\b|:(add|twice|left|right)\(/);
    });

    it("names file and line of a type error", () => {
      const path = entry("wrong_type", "\nexport const a: number = 'text';\n");
      assert.throws(() => bundleLua(path, "5.3"), /^BundleError: build\/.*wrong_type\.ts:2: Type 'string' is not/);
    });

    it("names file and line of what Lua cannot do", () => {
      const path = entry("shift", "export function f(a: number): number {\n  return a >> 1;\n}\n");
      assert.throws(() => bundleLua(path, "5.3"), /shift\.ts:2: Bitwise operator '>>>' is|shift\.ts:2: .*right shift/i);
    });

    it("says when the entry is missing", () => {
      assert.throws(() => bundleLua(join(folder, "none.ts"), "5.3"), /none\.ts: there is no such file/);
    });

    it("gives the same for a kind of Lua whatever it was bundled for before", () => {
      const text = "export function both(a: number, b: number): number { return (a & b) + Math.floor(a / 2); }\n";
      const kinds = ["5.3", "JIT", "5.4"] as const;
      const [first, second] = [kinds, [...kinds].reverse()].map((order) => {
        // Another comment, so that nothing is taken from the cache.
        const path = entry("kinds", `// ${randomUUID()}\n${text}`);
        return new Map(order.map((kind) => [kind, bundleLua(path, kind)]));
      });
      for (const kind of kinds) assert.equal(first.get(kind), second.get(kind), kind);
      assert.notEqual(first.get("5.3"), first.get("JIT"));
    });

    it("names the errors for every kind of Lua, again and again", () => {
      const path = entry("every_time", `// ${randomUUID()}\nexport const f: () => void = function (this: Date) {};\n`);
      for (const kind of ["5.3", "5.4", "JIT", "5.3"] as const)
        assert.throws(() => bundleLua(path, kind), /^BundleError: build\/.*every_time\.ts:2: /, kind);
    });
  });

  for (const engine of ["Lua", "Espruino"] as const) {
    const bundle = async (path: string): Promise<string> =>
      engine === "Lua" ? bundleLua(path, "5.3") : (await bundleEspruino(path, { tokens: false })).code;

    it(`sees what has changed behind an import since the last bundle (${engine})`, async () => {
      const part = (value: string): string =>
        entry(`${engine}_part`, `export const part: string = "${value}" + "${randomUUID()}";\n`);
      const importing = `import { part } from "./${engine}_part";\nexport const all = "all " + part;\n`;
      const path = entry(`${engine}_imports`, importing);
      part("one");
      assert.match(await bundle(path), /one/);
      const file = part("two");
      assert.match(await bundle(path), /two/);
      rmSync(file);
      await assert.rejects(bundle(path), /_imports\.ts:1: Cannot find module '\.\/\w+_part'/);
    });
  }

  it("sees a file that comes before the one an import has led to", () => {
    mkdirSync(join(folder, "kind"));
    const path = entry("kinds_of", 'import { kind } from "./kind";\nexport const all = "all " + kind;\n');
    const further = entry(join("kind", "index"), `export const kind: string = "further" + "${randomUUID()}";\n`);
    assert.match(bundleLua(path, "5.3"), /further/);
    const nearer = entry("kind", `export const kind: string = "nearer" + "${randomUUID()}";\n`);
    for (const kind of ["5.3", "5.4"] as const) assert.match(bundleLua(path, kind), /nearer/);
    rmSync(nearer);
    assert.match(bundleLua(path, "5.3"), /further/);
    rmSync(further);
    assert.throws(() => bundleLua(path, "5.3"), /kinds_of\.ts:1: Cannot find module/);
  });

  describe("Espruino", () => {
    const PROGRAM = ["integers 5", "closures 3", "records 4", "strings x"];

    it("gives one line of ASCII that starts with the global and runs like the long form", async () => {
      const short = await bundleEspruino(SAMPLE, { tokens: false });
      const long = await bundleEspruino(SAMPLE, { mangle_properties: false, global_name: "other", tokens: false });
      assert.match(short.code, /^var curbstop=[ -~]+$/);
      assert.equal(short.size_bytes, short.code.length);
      assert(short.size_bytes < long.size_bytes);
      assert.doesNotMatch(short.code, /balance_milli/);
      assert.match(long.code, /balance_milli/);
      assert.deepEqual(traceOf(short.code, "curbstop", PROGRAM), traceOf(long.code, "other", PROGRAM));
    });

    it("keeps the names that a driver uses", async () => {
      const text =
        "export function boot(pin: { reset_ms: number; inner: number }): number { return pin.reset_ms + pin.inner; }\n";
      const { code } = await bundleEspruino(entry("kept", text), { reserved_properties: ["reset_ms"] });
      assert.match(code, /\.reset_ms/);
      assert.match(code, /\.boot=/);
      assert.doesNotMatch(code, /inner/);
    });

    const text_keys: readonly (readonly [string, string, RegExp])[] = [
      [
        "indexes a record by text",
        "export function f(r: Record<string, number>, k: string): number { return r[k]; }",
        /indexed by/,
      ],
      ["lists names", "export function f(r: object): string { for (const k in r) return k; return ''; }", /for … in/],
      ["asks for a name", "export function f(r: object): boolean { return 'a' in r; }", /`in` asks/],
      ["lists keys", "export function f(r: object): string[] { return Object.keys(r); }", /Object\.keys/],
      ["quotes a name", "export const r = { 'a': 1 };", /quoted/],
      ["uses JSON", "export function f(r: object): string { return JSON.stringify(r); }", /JSON/],
    ];
    text_keys.forEach(([what, text, message], index) => {
      it(`does not shorten names in a program that ${what}`, async () => {
        const path = entry(`text_key_${index}`, `${text}\n`);
        await assert.rejects(bundleEspruino(path), message);
        await assert.rejects(bundleEspruino(path), new RegExp(`text_key_${index}\\.ts:1: `));
      });
    });

    it("writes branches and sums of constants shorter, and nothing comes out differently", async () => {
      const text =
        "function kind(n: number): string { if (n < 2) { return 'few'; } if (n < 60 * 2) { return 'some'; } return 'many'; }\n" +
        "function told(n: number, write: (line: string) => void): void { if (!(n > 1)) { write('low'); } if (n === 5) write('five'); else write(kind(n)); }\n" +
        "export function runProgram(host: { write_line(line: string): void }): void { for (let n = 1; n < 200; n += 4) told(n, (line) => host.write_line(line)); }\n";
      const { code } = await bundleEspruino(entry("branches", text), { tokens: false });
      assert.doesNotMatch(code, /\bif\b|60/);
      const few = ["low", "few", "five", ...Array<string>(28).fill("some"), ...Array<string>(20).fill("many")];
      assert.deepEqual(traceOf(code, "curbstop", []), few);
    });

    it("does not lose a global to a name that is shortened", async () => {
      const names = Array.from({ length: 200 }, (_, index) => `field_${index}`);
      const record = names.map((name, index) => `${name}: ${index}`).join(", ");
      const sum = names.map((name) => `r.${name}`).join(" + ");
      const text = `export function runProgram(host: { write_line(line: string): void }): void { const r = { ${record} };\n host.write_line(["a", "b"].join(r.field_0 + ${sum} === 19900 ? "+" : "-").substring(0, 3)); }\n`;
      const { code } = await bundleEspruino(entry("many", text), { tokens: false });
      assert.deepEqual(traceOf(code, "curbstop", []), ["a+b"]);
    });

    // After a keyword Espruino takes a slash for a regular expression: `a.in/2` is a syntax error there.
    it("shortens no property to a keyword, however many there are", async () => {
      const names = Array.from({ length: 4000 }, (_, index) => `field_${index}`);
      const fields = names.map((name) => `${name}: number`).join("; ");
      const halves = names.map(
        (name) => `export function half_${name}(r: Many): number { return Math.floor(r.${name} / 2); }\n`,
      );
      const text = `interface Many { ${fields} }\n${halves.join("")}`;
      const { code } = await bundleEspruino(entry("keywords", text));
      const short = new Set([...code.matchAll(/\.([\w$]+)\/2/g)].map(([, name]) => name));
      assert.equal(short.size, names.length);
      assert(
        [...short].some((name) => name.length === 3),
        "all names of two letters are taken",
      );
      for (const keyword of ["do", "if", "in", "of"]) assert(!short.has(keyword), keyword);
    });

    it("refuses a class by name and line, because the compiler's output is refused", async () => {
      const text = "class A { public b = 1; }\nclass B extends A {}\nexport const c = new B();\n";
      await assert.rejects(bundleEspruino(entry("class", text)), /Espruino cannot run/);
    });

    it("refuses what needs a helper", async () => {
      const text = "export function f(a: number[], b: number[]): number[] { return [...a, ...b]; }\n";
      await assert.rejects(bundleEspruino(entry("spread", text)), (error: unknown) => {
        assert(error instanceof BundleError);
        assert.match(error.message, /helper __spreadArray/);
        return true;
      });
    });
  });
});
