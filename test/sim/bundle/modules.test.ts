import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type * as ts from "typescript";
import { bundleEspruino } from "../../../sim/bundle/espruino";
import { bundleLua, bundleLuaPieces } from "../../../sim/bundle/lua";
import { knownModules } from "../../../sim/bundle/modules";
import { createProject, madeSourcesHost, readOptions, ROOT } from "../../../sim/bundle/project";

const BUNDLERS: readonly [string, (entry: string) => Promise<string>][] = [
  ["Espruino", async (entry) => (await bundleEspruino(entry, { tokens: false })).code],
  ["Espruino with a map", async (entry) => (await bundleEspruino(entry, { tokens: false, source_map: true })).code],
  ["Lua", (entry) => Promise.resolve().then(() => bundleLua(entry, "5.3"))],
  ["Lua in pieces", (entry) => Promise.resolve().then(() => bundleLuaPieces(entry))],
];

describe("modules compiled before", function () {
  let folder = "";

  beforeEach(() => {
    mkdirSync(join(ROOT, "build"), { recursive: true });
    folder = mkdtempSync(join(ROOT, "build", "modules-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Writes a source; every run has texts of its own, so that nothing is known of them before. */
  function write(name: string, text: string): string {
    const path = join(folder, `${name}.ts`);
    writeFileSync(path, `${text}\n`);
    return path;
  }

  describe("of one program", () => {
    const way = `test ${randomUUID()}`;

    function modulesOf(
      entry: string,
      ...more: string[]
    ): { names: string[]; known: Map<string, string>; keep(): void } {
      const { options } = readOptions("tsconfig.espruino.json");
      const host = madeSourcesHost(options, {});
      const program: ts.Program = createProject(entry, options, host);
      const modules = knownModules<string>(program, host, [way, ...more]);
      const nameOf = (source: ts.SourceFile): string => basename(source.fileName);
      return {
        names: modules.unknown.map(nameOf),
        known: new Map([...modules.known].map(([source, text]) => [nameOf(source), text])),
        keep: () => modules.keep(new Map(modules.unknown.map((source) => [source, `made of ${nameOf(source)}`]))),
      };
    }

    /** An entry that imports two modules, one of which imports a third. */
    function writeFour(): string {
      write("deep", `export const deep: number = 1; // ${randomUUID()}`);
      write("near", `import { deep } from "./deep";\nexport const near = deep + 1; // ${randomUUID()}`);
      write("other", `export const other = 2; // ${randomUUID()}`);
      return write(
        "entry",
        `import { near } from "./near";\nimport { other } from "./other";\nexport const all = near + other;`,
      );
    }

    it("are known when they are kept, and only in the way in which they were made", () => {
      const entry = writeFour();
      const first = modulesOf(entry);
      assert.deepEqual(first.names, ["deep.ts", "entry.ts", "near.ts", "other.ts"]);
      assert.equal(first.known.size, 0);
      first.keep();
      const second = modulesOf(entry);
      assert.deepEqual(second.names, []);
      assert.equal(second.known.get("near.ts"), "made of near.ts");
      assert.equal(modulesOf(entry, "another way").known.size, 0);
    });

    it("are unknown again when they, or what they import, or what that imports has changed", () => {
      const entry = writeFour();
      modulesOf(entry).keep();
      write("deep", "export const deep: number = 3;");
      assert.deepEqual(modulesOf(entry).names, ["deep.ts", "entry.ts", "near.ts"]);
      write("other", "export const other = 3;");
      assert.deepEqual(modulesOf(entry).names, ["deep.ts", "entry.ts", "near.ts", "other.ts"]);
    });

    it("are unknown when an import leads to another file", () => {
      const entry = writeFour();
      mkdirSync(join(folder, "deep"));
      const text = "export const deep: number = 1;";
      rmSync(join(folder, "deep.ts"));
      write(join("deep", "index"), text);
      modulesOf(entry).keep();
      assert.deepEqual(modulesOf(entry).names, []);
      write("deep", text);
      assert.deepEqual(modulesOf(entry).names, ["deep.ts", "entry.ts", "near.ts"]);
    });

    it("are all unknown when something global has changed, and what is global is never kept", () => {
      const entry = writeFour();
      const with_globals = (text: string): string => {
        write("globals", text);
        return write("first", `import "./globals";\nimport { all } from "./entry";\nexport const first = all;`);
      };
      const kinds = ["declare const fitted: number;", "declare global { const fitted: number }\nexport {};"];
      for (const kind of kinds) {
        modulesOf(with_globals(kind)).keep();
        assert.deepEqual(modulesOf(with_globals(kind)).names, ["globals.ts"]);
        const changed = modulesOf(with_globals(kind.replace("number", "string")));
        assert.deepEqual(changed.names, ["deep.ts", "entry.ts", "first.ts", "globals.ts", "near.ts", "other.ts"]);
      }
      // Without the globals they are other modules again: nothing of this entry alone was kept.
      assert.equal(modulesOf(entry).known.size, 0);
    });
  });

  for (const [engine, bundle] of BUNDLERS) {
    it(`${engine}: a bundle of them is the same as one of modules that nothing is known of`, async () => {
      const entry = (name: string, part: string): string =>
        write(
          name,
          `import { twice } from "./${part}";\nexport function run(n: number): number { return twice(n) + 1; }`,
        );
      const part = `export interface Pair { a: number }\nexport function twice(n: number): number { return 2 * n; }`;
      write("part", `${part} // ${randomUUID()}`);
      await bundle(write("first", `import { twice } from "./part";\nexport const four = twice(2);`));
      const with_known = await bundle(entry("second", "part"));
      rmSync(join(folder, "part.ts"));
      write("part", `${part} // ${randomUUID()}`);
      assert.equal(await bundle(entry("second", "part")), with_known);
    });

    it(`${engine}: what a changed import makes wrong is refused where it stands, each time`, async () => {
      const part = (type: string): string => write("part", `export const part = 1 as ${type}; // ${randomUUID()}`);
      part("number");
      const path = write("wrong", `import { part } from "./part";\nexport const sum: number = part + 1;`);
      await bundle(path);
      part("unknown as string");
      const message = /^BundleError: build\/modules-test-\w+\/wrong\.ts:2: Type 'string' is not assignable/;
      for (let time = 0; time < 2; time++) await assert.rejects(bundle(path), message);
      part("number");
      await bundle(path);
    });
  }

  it("Espruino: a comparison that a changed import makes mixed is refused, and a text as a key likewise", async () => {
    const bundle = async (path: string): Promise<string> => (await bundleEspruino(path)).code;
    const part = (type: string): string =>
      write("part", `export const part = 1 as unknown as ${type}; // ${randomUUID()}`);
    const compared = write(
      "compared",
      `import { part } from "./part";\nexport function same(): boolean { return part === 1; }`,
    );
    const keyed = write(
      "keyed",
      `import { part } from "./part";\nexport function at(list: number[]): number { return list[part]; }`,
    );
    part("number");
    for (const path of [compared, keyed]) await bundle(path);
    part("number | string");
    await assert.rejects(bundle(compared), /compared\.ts:2: compares number and text/);
    part("any");
    await assert.rejects(bundle(keyed), /keyed\.ts:2: a record is indexed by something other than a number/);
  });
});
