import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { inlineConstants } from "../../../sim/bundle/inline";

/** The statements inside the function that a bundle is, with the result left in `result`. */
function bundle(body: string): string {
  return `var bundle=(function(exports){${body}return exports;})({});`;
}

interface Case {
  readonly promise: string;
  readonly body: string;
  readonly becomes: string;
}

const CASES: readonly Case[] = [
  {
    promise: "numbers and truth values go where they are used",
    body: "var A = 60;var B = true;exports.result = function(a){return B ? a * A : 0;}(2);",
    becomes: "exports.result = function(a){return true ? a * 60 : 0;}(2);",
  },
  {
    promise: "a constant made of constants is calculated",
    body: "var A = 60;var B = 24 * 60 * A;var C = -(B - 1);exports.result = B + C;",
    becomes: "exports.result = 86400 + (-86399);",
  },
  {
    promise: "a long number that is written often keeps one name for all that have it, a seldom one none",
    body: "var A = 4503599627370496;var B = 4503599627370496;var C = 1099511627776;exports.result = [A,B,A,B,A,B,A,B,C].join();",
    becomes: "var A=4503599627370496;exports.result = [A,A,A,A,A,A,A,A,1099511627776].join();",
  },
  {
    promise: "a sum past 2^53 is left to the engine",
    body: "var A = 9007199254740991 + 2;exports.result = A;",
    becomes: "var A = 9007199254740991 + 2;exports.result = A;",
  },
  {
    promise: "a text used once moves, a text used twice keeps its name",
    body: "var A = 'once';var B = 'twice';exports.result = A + B + B;",
    becomes: "var B = 'twice';exports.result = \"once\" + B + B;",
  },
  {
    promise: "a variable that is assigned stays, in whatever way",
    body: "var A = 1;var B = 2;var C = 3;A = 2;B++;for(C in {x:1}){}exports.result = A + B + C;",
    becomes: "var A = 1;var B = 2;var C = 3;A = 2;B++;for(C in {x:1}){}exports.result = A + B + C;",
  },
  {
    promise: "a name that a parameter or an inner variable also has stays",
    body: "var A = 1;var B = 2;exports.result = function(A){var B = 5;return A + B;}(7) + A + B;",
    becomes: "var A = 1;var B = 2;exports.result = function(A){var B = 5;return A + B;}(7) + A + B;",
  },
  {
    promise: "a property of the same name is no use of the constant",
    body: "var A = 3;exports.result = {A: A}.A + A;",
    becomes: "exports.result = {A: 3}.A + 3;",
  },
  {
    promise: "Math.floor gets a name when it is used more than once",
    body: "exports.result = Math.floor(2.5) + Math.floor(3.5) + Math.max(1, 2);",
    becomes: "var Math_floor=Math.floor;exports.result = Math_floor(2.5) + Math_floor(3.5) + Math.max(1, 2);",
  },
  {
    promise: "a guard is called only when it fails, with its message",
    body: "function guard(a, b){if(!a){throw b;}}function f(a){guard(a > 1, 'small');return a;}try{f(1);}catch(e){exports.result = e + f(2);}",
    becomes:
      "function guard(a, b){if(!a){throw b;}}function f(a){if(!(a > 1))guard(false,'small');return a;}try{f(1);}catch(e){exports.result = e + f(2);}",
  },
  {
    promise: "a guard alone in a branch keeps its form, so that no `else` changes sides",
    body: "function guard(a){if(!a)throw 1;}if(exports.none)guard(false);else exports.result = 2;",
    becomes: "function guard(a){if(!a)throw 1;}if(exports.none)guard(false);else exports.result = 2;",
  },
  {
    promise: "a guard whose message is worked out keeps its form",
    body: "function guard(a, b){if(!a)throw b;}function g(){return 1;}guard(true, g());exports.result = 3;",
    becomes: "function guard(a, b){if(!a)throw b;}function g(){return 1;}guard(true, g());exports.result = 3;",
  },
  {
    promise: "a function that does more than throw is no guard",
    body: "var n = 0;function guard(a){if(!a)throw 1;n++;}guard(true);exports.result = n;",
    becomes: "var n = 0;function guard(a){if(!a)throw 1;n++;}guard(true);exports.result = n;",
  },
];

describe("inline constants", () => {
  for (const { promise, body, becomes } of CASES) {
    it(promise, () => {
      const rewritten = inlineConstants(bundle(body), "code.js");
      assert.equal(rewritten, bundle(becomes));
      const results = [bundle(body), rewritten].map((code) => {
        const context: { bundle?: { result: unknown } } = {};
        runInNewContext(code, context);
        return context.bundle?.result;
      });
      assert.equal(results[0], results[1]);
    });
  }

  it("leaves code alone that is no bundle", () => {
    assert.equal(inlineConstants("var A = 1;f(A);", "code.js"), "var A = 1;f(A);");
  });
});
