import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { joinDeclarations, numberMessages, shortestNames, shortForms } from "../../../sim/bundle/compact";

const FORMS: readonly [string, string, string][] = [
  [
    "comparisons",
    "var a;result = [1 === 2, 'a' !== 'b', a === undefined];",
    "var a;result = [1 == 2, 'a' != 'b', a == null];",
  ],
  ["a bare return", "result = (function(){return undefined;})();", "result = (function(){return ;})();"],
  [
    "a branch of one statement",
    "function f(a){if(a){return 1;}else{return 2;}}result = f(0);",
    "function f(a){if(a) return 1;else return 2;}result = f(0);",
  ],
  [
    "no branch whose `if` would take the `else`",
    "result=3;if(false){if(true){result=1;}}else{result=2;}",
    "result=3;if(false){if(true) result=1;}else result=2;",
  ],
];

const JOINED: readonly [string, string, string][] = [
  ["declarations", "var a;var b=1;var c=2;result=a===undefined?b+c:0;", "var a,b=1,c=2;result=a===undefined?b+c:0;"],
  ["an assignment to a name just declared", "var a,b;a=3;result=a+(b?1:0);", "var b,a=3;result=a+(b?1:0);"],
  [
    "no assignment that an inner function could see",
    "var a;a=f();function f(){return a;}result=a;",
    "var a;a=f();function f(){return a;}result=a;",
  ],
  ["no value that mentions a name before its turn", "var a;var b=a;result=b;", "var a;var b=a;result=b;"],
];

describe("compact forms", () => {
  const passes: [typeof FORMS, (code: string) => string][] = [
    [FORMS, (code) => shortForms(code, "a test")],
    [JOINED, (code) => joinDeclarations(code, "a test")],
  ];
  for (const [cases, pass] of passes) {
    for (const [what, code, becomes] of cases) {
      it(`shorten ${what}, and nothing comes out differently`, () => {
        assert.equal(pass(code).replace(/ {2,}/g, " "), becomes);
        const results = [code, becomes].map((text) => {
          const context: Record<string, unknown> = { result: 0 };
          runInNewContext(text, context);
          return JSON.stringify(context["result"]);
        });
        assert.equal(results[0], results[1]);
      });
    }
  }

  it("give the shortest name to the property that is written most often, and no name that is kept", () => {
    const names = shortestNames("x.often=x.often+x.often;x.once=x.kept;", "a test", new Set(["kept", "a"]));
    assert.deepEqual(
      [...names],
      [
        ["often", "b"],
        ["once", "c"],
      ],
    );
  });

  it("give as many different names as there are properties", () => {
    const code = Array.from({ length: 5000 }, (_, place) => `x.property_${place}=1;`).join("");
    const names = [...shortestNames(code, "a test", new Set()).values()];
    assert.equal(new Set(names).size, 5000);
    assert.ok(names.every((name) => /^[a-zA-Z$_][a-zA-Z0-9$_]*$/.test(name)));
  });

  it("put numbers for what assertions say, the same for the same, and assert what was asserted", () => {
    const bundle = (why: string, once: string): string =>
      `var b=(function(){function assert(a,m){if(!a){throw new Error(m);}}` +
      `assert(x>0,${why});assert(x>1,${once});assert(x>2,${why});return 1;})();`;
    const { code, messages } = numberMessages(bundle('"why"', '"once"'), "a test");
    assert.equal(code, bundle("0", "1"));
    assert.deepEqual(messages, ["why", "once"]);
    assert.throws(() => runInNewContext(code, { x: 1 }), /Error: 1/);
  });
});
