import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { hoist } from "../../../sim/bundle/hoist";
import { BundleError } from "../../../sim/bundle/project";
import { runChild } from "../../../sim/engines/child";
import { espruinoMissing, findEspruino } from "../../../sim/engines/espruino";

interface Case {
  readonly promise: string;
  /** Leaves its answer in a global named `result`. */
  readonly code: string;
  readonly result: string;
  /** The whole rewritten code. */
  readonly becomes: string;
}

const CASES: readonly Case[] = [
  {
    promise: "a function may be called above its declaration",
    code: "var result = one(); function one() { return two(); } function two() { return 'two'; }",
    result: "two",
    becomes: "function one() { return two(); }function two() { return 'two'; }var result = one();  ",
  },
  {
    promise: "a var in a branch that is not taken stays local",
    code: "var kept = 'outer'; function f(take) { if (take) { var kept = 1; } else { kept = 2; } return kept; } var result = f(false) + kept;",
    result: "2outer",
    becomes:
      "var kept;function f(take) {var kept; if (take) { kept=1; } else { kept = 2; } return kept; }kept='outer';  var result = f(false) + kept;",
  },
  {
    promise: "a var that is its name's first mention stays in place",
    code: "function f(a) { var b = a + 1; for (var i = 0; i < 3; i++) b += i; var c = b; return c; } var result = '' + f(1);",
    result: "5",
    becomes:
      "function f(a) { var b = a + 1; for (var i = 0; i < 3; i++) b += i; var c = b; return c; } var result = '' + f(1);",
  },
  {
    promise: "closures that the compiler made for a loop keep their own variable",
    code: "var all = []; var loop = function (i) { var mine = i; all.push(function () { return mine; }); }; for (var i = 0; i < 3; i++) { loop(i); } var result = '' + all[0]() + all[1]() + all[2]();",
    result: "012",
    becomes:
      "var i;var all = []; var loop = function (i) { var mine = i; all.push(function () { return mine; }); }; for (i=0; i < 3; i++) { loop(i); } var result = '' + all[0]() + all[1]() + all[2]();",
  },
  {
    promise: "a closure sees a var that is declared after it",
    code: "function make() { function read() { return later; } var later = 'set'; return read; } var result = make()();",
    result: "set",
    becomes:
      "function make() {var later;function read() { return later; }  later='set'; return read; } var result = make()();",
  },
  {
    promise: "array holes in skipped code become undefined",
    code: "var list = [1]; if (list.length > 1) list = [1,,3]; var result = '' + list.length;",
    result: "1",
    becomes: "var list = [1]; if (list.length > 1) list = [1,undefined,3]; var result = '' + list.length;",
  },
  {
    promise: "a bare return at the end of a function is closed",
    code: "var seen = ''; function f(a) { if (a) { seen += a; return } seen += '-'; return } f('x'); f(''); var result = seen;",
    result: "x-",
    becomes:
      "var seen;function f(a) { if (a) { seen += a; return; } seen += '-'; return; }seen='';  f('x'); f(''); var result = seen;",
  },
  {
    promise: "the same name declared in two loops is one variable",
    code: "function f() { var sum = 0; if (sum === 0) for (var i = 0; i < 2; i++) sum += i; for (var i = 0, j; i < 3; i++) sum += 10; return sum; } var result = '' + f();",
    result: "31",
    becomes:
      "function f() {var i,j; var sum = 0; if (sum === 0) for (i=0; i < 2; i++) sum += i; for (i=0; i < 3; i++) sum += 10; return sum; } var result = '' + f();",
  },
  {
    promise: "a var without a value as the only statement of a branch leaves an empty statement",
    code: "var result = 'same'; if (result === '') var unused; else result += '!';",
    result: "same!",
    becomes: "var unused;var result = 'same'; if (result === '') ; else result += '!';",
  },
  {
    promise: "a whole number with an exponent is spelt out",
    code: "var big = 1e15; var result = '' + (big + 1e3) + '|' + 0x10;",
    result: "1000000000001000|16",
    becomes: "var big = 1000000000000000; var result = '' + (big + 1000) + '|' + 16;",
  },
  {
    promise: "a var that reads itself before it exists reads undefined",
    code: "function f() { var a = typeof b, b = 1; return a + b; } var result = f();",
    result: "undefined1",
    becomes: "function f() {var a,b; a=typeof b,b=1; return a + b; } var result = f();",
  },
];

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["outer: for (;;) { break outer; }", /^code\.js:1: Espruino cannot run LabeledStatement/],
  ["\nfunction* g() { }", /^code\.js:2: Espruino cannot run a generator or an async function/],
  ["async function g() { }", /async function/],
  ["var a = [...b];", /run SpreadElement/],
  ["var f = (a) => a;", /run ArrowFunctionExpression/],
  ["function f(a = 1) { }", /a parameter that is not a plain name/],
  ["let a = 1;", /`let`/],
  ["var a = `b`;", /run TemplateLiteral/],
  ["var a = { b };", /a computed or shortened property/],
  ["var a = { get b() { return 1; } };", /a getter or setter/],
  ["switch (a) { default: b(); case 1: c(); }", /a `case` after `default`/],
  ["var a = __spreadArray([], b);", /the compiler's helper __spreadArray/],
  ["var a = b?.c;", /run ChainExpression/],
  ["class A { }", /run ClassDeclaration/],
  ["var = 1;", /^code\.js: not JavaScript/],
];

async function resultOnEspruino(code: string): Promise<string> {
  let line = "";
  const files = { "run.js": `${code}\nprint("@T" + result);\nprint("@Rok");\nquit();\n` };
  const run = { engine: "espruino" as const, command: findEspruino()!, arguments: ["run.js"], files };
  await runChild({ ...run, run_limit_ms: 20_000, on_line: (text) => (line = text) });
  return line;
}

describe("hoist", function () {
  for (const { promise, code, result, becomes } of CASES) {
    it(promise, () => {
      const rewritten = hoist(code, "code.js");
      assert.equal(rewritten, becomes);
      const context: { result?: string } = {};
      runInNewContext(rewritten, context);
      assert.equal(context.result, result);
      assert.equal(hoist(rewritten, "code.js"), rewritten, "a second pass changes nothing");
    });

    if (espruinoMissing() === undefined) {
      it(`${promise}, on Espruino`, async () => assert.equal(await resultOnEspruino(hoist(code, "code.js")), result));
    } else {
      it(`${promise}, on Espruino (${espruinoMissing()})`);
    }
  }

  for (const [code, message] of REFUSED) {
    it(`refuses ${JSON.stringify(code)} by name and line`, () => {
      assert.throws(
        () => hoist(code, "code.js"),
        (error: unknown) => error instanceof BundleError && message.test(error.message),
      );
    });
  }
});
