import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { join } from "node:path";
import { bundleEspruino } from "../../../sim/bundle/espruino";
import { follow } from "../../../sim/bundle/source_map";
import { tokenise } from "../../../sim/bundle/tokens";

const ROOT = join(__dirname, "..", "..", "..");
const FIRMWARE = join(ROOT, "firmware", "index.ts");
const KEYWORDS = ["return", "if", "for", "while", "switch", "throw"];

describe("source map of a bundle", function () {
  let code = "";
  let payload: SourceMapPayload;
  let map: SourceMap;

  before(async () => {
    const made = await bundleEspruino(FIRMWARE, { source_map: true });
    code = made.code;
    payload = JSON.parse(made.source_map ?? "") as SourceMapPayload;
    map = new SourceMap(payload);
  });

  function sourceOf(column: number): { file: string; text: string } {
    const entry = map.findEntry(0, column);
    assert.ok("originalSource" in entry);
    const lines = readFileSync(join(ROOT, entry.originalSource), "utf8").split("\n");
    return { file: entry.originalSource, text: lines[entry.originalLine].slice(entry.originalColumn) };
  }

  it("does not change the bundle", async () => {
    assert.equal((await bundleEspruino(FIRMWARE)).code, code);
  });

  it("leads every keyword of the bundle to the same keyword of the source, where it has a place of its own", () => {
    let found = 0;
    const tokens = new Map(KEYWORDS.map((word) => [tokenise(word).code, word]));
    for (const [column, byte] of Array.from(code).entries()) {
      const word = tokens.get(byte);
      const entry = map.findEntry(0, column);
      if (word === undefined || !("originalSource" in entry) || entry.generatedColumn !== column) continue;
      const { file, text } = sourceOf(column);
      // A loop over a list is `for` in both; `if (a) return b; return c;` is one `return`, and begins where the `if` did.
      const same = text.startsWith(word) || (word === "return" && text.startsWith("if"));
      assert.ok(same, `${file}: ${text.slice(0, 40)} for ${code.slice(column, column + 40)}`);
      found += 1;
    }
    assert.ok(found > 1000, `${found} keywords have a place`);
  });

  it("leads texts that stand once in the firmware to their line", () => {
    for (const text of ["brown_out", "error boot refused: ", "ERR NUM", "EMERG OK"]) {
      const column = code.indexOf(JSON.stringify(text));
      assert.ok(column > 0, text);
      const entry = map.findEntry(0, column);
      assert.ok("originalSource" in entry);
      const lines = readFileSync(join(ROOT, entry.originalSource), "utf8").split("\n");
      const near = lines.slice(entry.originalLine, entry.originalLine + 3).join("\n");
      assert.ok(near.includes(JSON.stringify(text)), `${text}: ${entry.originalSource}:${entry.originalLine + 1}`);
    }
  });

  it("holds the sources that it names", () => {
    const contents = (payload as { sourcesContent?: string[] }).sourcesContent ?? [];
    assert.equal(contents.length, payload.sources.length);
    payload.sources.forEach((source, index) =>
      assert.equal(contents[index], readFileSync(join(ROOT, source), "utf8"), source),
    );
  });

  it("follows words through a pass that moves them, and drops those that it rewrites", () => {
    const code_before = "var a = one; function two() { return a / b; }";
    const swapped = follow(code_before, (text) => {
      const at = text.indexOf("function");
      return text.slice(at).replace(/\bone\b/, "1") + text.slice(0, at);
    });
    assert.equal(swapped.code, "function two() { return a / b; }var a = one; ");
    for (const { now, before } of swapped.words) {
      assert.equal(/^\w+/.exec(swapped.code.slice(now))?.[0], /^\w+/.exec(code_before.slice(before))?.[0]);
    }
    assert.ok(swapped.words.length >= 7);
  });

  it("is refused when a pass treats marked text differently", () => {
    assert.throws(() => follow("var a;", (text) => `${text.length}`), /treats text with comments differently/);
  });
});
