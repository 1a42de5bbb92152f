import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  areUnchanged,
  CACHE_FOLDER,
  cachedBundle,
  cachedBundleAsync,
  rememberedBundle,
  type BundleInput,
} from "../../../sim/bundle/cache";
import { ROOT } from "../../../sim/bundle/project";

/** An input that no other test or earlier run has used. */
function freshInput(): BundleInput {
  const source = { fileName: join(ROOT, "a.ts"), text: randomUUID() };
  return { kind: "test", entry: join(ROOT, "a.ts"), options: { level: 1 }, sources: [source] };
}

describe("bundle cache", () => {
  it("makes a bundle once for the same input", async () => {
    const input = freshInput();
    let made = 0;
    const make = (): { code: string } => ({ code: `made ${(made += 1)}` });
    assert.deepEqual(cachedBundle(input, make), { code: "made 1" });
    assert.deepEqual(cachedBundle(input, make), { code: "made 1" });
    assert.deepEqual(await cachedBundleAsync(input, () => Promise.resolve(make())), { code: "made 1" });
    assert.equal(made, 1);
  });

  it("makes it again when a source, an option, the entry or the kind differs", () => {
    const input = freshInput();
    const variants: BundleInput[] = [
      input,
      { ...input, kind: "other" },
      { ...input, entry: join(ROOT, "b.ts") },
      { ...input, options: { level: 2 } },
      { ...input, sources: [{ fileName: join(ROOT, "a.ts"), text: "other" + randomUUID() }] },
      { ...input, sources: [...input.sources, { fileName: join(ROOT, "b.ts"), text: "" }] },
    ];
    const made = variants.map((variant, index) => cachedBundle(variant, () => index));
    assert.deepEqual(made, [0, 1, 2, 3, 4, 5]);
  });

  it("makes it again when the entry in the cache is torn", () => {
    const input = freshInput();
    const before = new Set(readdirSync(CACHE_FOLDER));
    cachedBundle(input, () => ({ code: "whole" }));
    for (const name of readdirSync(CACHE_FOLDER).filter((one) => !before.has(one) && one.endsWith(".json"))) {
      writeFileSync(join(CACHE_FOLDER, name), '{"code": "wh');
    }
    assert.deepEqual(
      cachedBundle(input, () => ({ code: "again" })),
      { code: "again" },
    );
  });

  it("remembers a bundle without being told its sources, while each is what it was", () => {
    mkdirSync(join(ROOT, "build"), { recursive: true });
    const folder = mkdtempSync(join(ROOT, "build", "cache-test-"));
    try {
      const names = ["a.ts", "b.ts"].map((name) => join(folder, name));
      for (const name of names) writeFileSync(name, `// ${randomUUID()}`);
      const made = join(folder, "made.ts");
      const read = (text: string): BundleInput["sources"] => [
        ...names.map((fileName) => ({ fileName, text: readFileSync(fileName, "utf8") })),
        { fileName: made, text },
      ];
      const request = { kind: "test", entry: names[0], options: { level: 1 } };
      const remembered = (text: string): unknown => rememberedBundle(request, { [made]: text });
      assert.equal(remembered("made"), undefined);
      const sources = read("made");
      cachedBundle({ ...request, sources }, () => "first");
      assert.equal(remembered("made"), "first");
      assert.equal(remembered("made otherwise"), undefined);
      assert.equal(rememberedBundle(request), undefined);
      assert.equal(rememberedBundle({ ...request, options: { level: 2 } }, { [made]: "made" }), undefined);
      assert.ok(areUnchanged(sources.slice(0, 2)));
      const before = readFileSync(names[1], "utf8");
      writeFileSync(names[1], "// other");
      assert.equal(remembered("made"), undefined);
      assert.ok(!areUnchanged(sources.slice(0, 2)));
      writeFileSync(names[1], before);
      assert.equal(remembered("made"), "first");
      rmSync(names[1]);
      assert.equal(remembered("made"), undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("keeps nothing when making fails, and leaves no file under another name", () => {
    const input = freshInput();
    const failing = (): never => {
      throw new Error("no bundle");
    };
    assert.throws(() => cachedBundle(input, failing), /no bundle/);
    assert.equal(
      cachedBundle(input, () => 1),
      1,
    );
    const own = readdirSync(CACHE_FOLDER).filter((name) => name.includes(`.json.${process.pid}.`));
    assert.deepEqual(own, []);
  });
});
