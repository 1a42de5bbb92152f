/** Functions of a bundle as values: the same program, and none left that Espruino would declare the slow way. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import type * as acorn from "acorn";
import { bundleEspruino } from "../../../sim/bundle/espruino";
import { functionValues } from "../../../sim/bundle/function_values";
import { findWrapper } from "../../../sim/bundle/guards";
import { ROOT } from "../../../sim/bundle/project";
import { parse } from "../../../sim/bundle/syntax";

const SAMPLE = join(ROOT, "test", "sim", "engines", "sample", "main.ts");

const wrapped = (body: string): string => `var it=function(r){${body}return r}({});`;
const values = (body: string): string => functionValues(wrapped(body), "a test");
const resultOf = (code: string): unknown => runInNewContext(`${code}JSON.stringify(it)`);

const FORMS: readonly [string, string, string][] = [
  [
    "that follow one another, as values of one declaration",
    "var n=2;function a(t){return t+b(t)}function b(t){return t*n}r.n=a(3);",
    "var n=2;var a=function(t){return t+b(t)},b=function(t){return t*n};r.n=a(3);",
  ],
  [
    "apart from others, each run by itself",
    "function a(){return 1}var n=a();function b(){return n}r.n=b();",
    "var a=function(){return 1};var n=a();var b=function(){return n};r.n=b();",
  ],
  [
    "but not those inside of a function",
    "function a(){function b(){return 4}return b()}r.n=a();",
    "var a=function(){function b(){return 4}return b()};r.n=a();",
  ],
];

describe("functions as values", function () {
  for (const [which, before, after] of FORMS) {
    it(`take functions ${which}, and nothing comes out differently`, () => {
      assert.equal(values(before), wrapped(after));
      assert.equal(resultOf(values(before)), resultOf(wrapped(before)));
    });
  }

  it("leave a text alone that has no function around it", () => {
    assert.equal(functionValues("function a(){}", "a test"), "function a(){}");
  });

  const topOf = async (scope: "function" | "global"): Promise<readonly acorn.Node[]> => {
    const { code } = await bundleEspruino(SAMPLE, { tokens: false, scope });
    const program = parse(code, "the sample");
    return scope === "global" ? program.body : (findWrapper(program)?.body.body ?? []);
  };

  for (const scope of ["function", "global"] as const) {
    it(`leave no declared function at the top of a bundle whose scope is ${scope}`, async () => {
      const types = (await topOf(scope)).map(({ type }) => type);
      assert(types.includes("VariableDeclaration"), types.join(" "));
      assert(!types.includes("FunctionDeclaration"), types.join(" "));
    });
  }
});
