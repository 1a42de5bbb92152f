/** Bundles without the function around them: the same program, as globals that keep out of people's way. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { nameAt, NO_NAMES } from "../../../sim/bundle/compact";
import { bundleEspruino } from "../../../sim/bundle/espruino";
import { ROOT } from "../../../sim/bundle/project";
import { unwrap } from "../../../sim/bundle/unwrap";

const SAMPLE = join(ROOT, "test", "sim", "engines", "sample", "main.ts");
/** What a script leaves among the globals. */
function globalsOf(code: string): Record<string, unknown> {
  const globals: Record<string, unknown> = {};
  runInContext(code, createContext(globals));
  return globals;
}

function exported(code: string): Record<string, unknown> {
  return { ...(globalsOf(code)["curbstop"] as object) };
}

describe("a bundle without the function around it", function () {
  it("exports what it exported, and its functions still find each other and what they share", () => {
    const body = "var n=1;function e(r){return t(r)+n}function t(n){return n*2}n=5;r.run=e;return r";
    const { run } = exported(unwrap(`var curbstop=function(r){${body}}({});`, "curbstop", "it")) as {
      run: (value: number) => number;
    };
    assert.equal(run(4), 13);
  });

  it("leaves alone what has the same name in a function, or as a property", () => {
    const inner = "function e(r){var t=function(n){return n+r};return{n:t(1),r:r.r}}";
    const body = `var n=7;${inner}r.run=function(){return e({r:n,toString:function(){return"x"}})};return r`;
    const { run } = exported(unwrap(`var curbstop=function(r){${body}}({});`, "curbstop", "it")) as {
      run: () => unknown;
    };
    assert.deepEqual({ ...(run() as object) }, { n: "1x", r: 7 });
  });

  it("gives no global the name of one letter, of a pin, or a keyword", () => {
    const places = Array.from({ length: 54 * 65 }, (_, place) => nameAt(place));
    const names = places.filter((name) => !NO_NAMES.includes(name) && name !== "r");
    assert(names.includes("A1") && names.includes("e"));
    const functions = names.map((name, index) => `function ${name}(){return ${index}}`).join("");
    const calls = names.map((name) => `${name}()`).join(",");
    const all = `r.sum=function(){return [${calls}].reduce(function(n,e){return n+e})};return r`;
    const globals = globalsOf(unwrap(`var curbstop=function(r){${functions}${all}}({});`, "curbstop", "it"));
    const own = Object.keys(globals).filter((name) => name !== "curbstop");
    assert.equal(own.length, names.length);
    assert.deepEqual(
      own.filter((name) => name.length < 2 || /^[A-H]\d+$/.test(name) || NO_NAMES.includes(name)),
      [],
    );
    const { sum } = globals["curbstop"] as { sum: () => number };
    assert.equal(sum(), (names.length * (names.length - 1)) / 2);
  });

  it("is the same program as with it", async () => {
    const [inside, outside] = await Promise.all(
      (["function", "global"] as const).map((scope) =>
        bundleEspruino(SAMPLE, { scope, tokens: false, source_map: true }),
      ),
    );
    const traceOf = (code: string): string[] => {
      const lines: string[] = [];
      const program = ["integers 5", "closures 3", "records 4", "strings x"];
      const { runProgram } = globalsOf(code)["curbstop"] as { runProgram: (host: object) => void };
      runProgram({ read_line: () => program.shift(), write_line: (line: string) => lines.push(line) });
      return lines;
    };
    assert.deepEqual(traceOf(outside.code), traceOf(inside.code));
    assert(traceOf(outside.code).length > 0);
    assert.notEqual(outside.source_map, undefined);
  });

  it("of another form is refused", () => {
    const refused: readonly [string, RegExp][] = [
      ["var a=1;", /no function of one parameter/],
      ["var a=function(){return 1}();", /no function of one parameter/],
      ["var a=function(r){return r}({});var b=1;", /no function of one parameter/],
      ["var a=function(r){r.a=1}({});", /does not end with its exports/],
      ["var a=function(r){var n=1;return n}({});", /does not end with its exports/],
    ];
    for (const [code, message] of refused) assert.throws(() => unwrap(code, "a", "it"), message);
  });
});
