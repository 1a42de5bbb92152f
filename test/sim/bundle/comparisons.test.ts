import assert from "node:assert/strict";
import { join } from "node:path";
import { bundleEspruino } from "../../../sim/bundle/espruino";

const ENTRY = join(__dirname, "made_entry.ts");

async function bundleOf(body: string): Promise<string> {
  const made_sources = { [ENTRY]: `${body}\n` };
  return (await bundleEspruino(ENTRY, { made_sources, tokens: false })).code;
}

describe("comparisons in a bundle", function () {
  it("of one kind are written shorter", async () => {
    const code = await bundleOf("export function same(a: string | undefined): boolean { return a === ''; }");
    assert.match(code, /==""/);
    assert.doesNotMatch(code, /===/);
  });

  const refused: [string, string][] = [
    ["a number or a text with a text", "(a: string | number): boolean { return a === ''; }"],
    ["a truth value or a number with a number", "(a: boolean | number): boolean { return a !== 1; }"],
    ["a list or a text with the empty text", "(a: number[] | string): boolean { return a === ''; }"],
    ["what is not known", "(a: unknown): boolean { return a === 1; }"],
  ];
  for (const [what, body] of refused) {
    it(`of ${what} are refused by file and line`, async () => {
      await assert.rejects(bundleOf(`export function same${body}`), /made_entry\.ts:1: compares .* of one kind/);
    });
  }

  it("of a record or a word with a word are let pass", async () => {
    assert.match(
      await bundleOf("export function same(a: { b: number } | 'no'): boolean { return a === 'no'; }"),
      /=="no"/,
    );
  });
});
