/** A Lua program in pieces means what it meant in one, and what could not is refused. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleLua, bundleLuaPieces } from "../../../sim/bundle/lua";
import { ROOT } from "../../../sim/bundle/project";
import { findOnPath, runChild } from "../../../sim/engines/child";

type Texts = Readonly<Record<string, string>>;

const HOST = "export interface Host { read_line(): string | undefined; write_line(line: string): void }\n";
const IMPORT_HOST = 'import type { Host } from "./host";\n';

/** A variable of a module that two others see. */
const STATE: Texts = {
  "count.ts": `
let count = 7;
let name: string | undefined = "first";
export let shown = 1;
export function more(): number { count += 1; shown = count * 2; return count; }
export function forget(): void { name = undefined; }
export function nameOf(): string { return name === undefined ? "none" : name; }
`,
  "entry.ts": `${IMPORT_HOST}
import { forget, more, nameOf, shown } from "./count";
import { digits } from "./digits";
export function runProgram(host: Host): void {
  host.write_line(digits(more()) + digits(shown) + nameOf());
  forget();
  host.write_line(digits(more()) + digits(shown) + nameOf());
}
`,
};

const DIGITS = `
const TEXTS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
export function digits(value: number): string {
  let text = "";
  let left = value;
  while (left > 0) { text = TEXTS[left % 10] + text; left = Math.floor(left / 10); }
  return text;
}
`;

/** Values that are made once, in the order of the modules, and names that are taken again within. */
const VALUES: Texts = {
  "log.ts":
    "export const log: string[] = [];\nexport function say(word: string): number { log.push(word); return log.length; }\n",
  "first.ts": `import { say } from "./log";
export const unused = { place: say("unused") };
export const first = { place: say("first") };
`,
  "entry.ts": `${IMPORT_HOST}
import { first } from "./first";
import { log, say } from "./log";
import { digits } from "./digits";
const UNIT = 1000;
const SIDE = UNIT * 3 - 1;
const MINUS = -UNIT;
const second = { place: say("second") };
const WORDS_BEFORE = log.length;
function twice(first: number): number { const SIDE = first + first; return SIDE; }
function each(log: string[], visit: (word: string, place: number) => void): void {
  for (let UNIT = 0; UNIT < log.length; UNIT++) { visit(log[UNIT], UNIT); }
}
export function runProgram(host: Host): void {
  host.write_line(digits(first.place) + digits(second.place) + digits(SIDE) + digits(SIDE + MINUS) + digits(twice(4)));
  each(log, function (word, place) { host.write_line(word + digits(place + 1)); });
  first.place = 9;
  log.push("third");
  host.write_line(digits(first.place) + digits(WORDS_BEFORE));
}
`,
};

/** More than a table of pieces keeps, called twice over. */
const MANY = 120;
const LARGE: Texts = {
  "entry.ts": `${IMPORT_HOST}
import { digits } from "./digits";
${Array.from({ length: MANY }, (_, index) => {
  const lines = Array.from(
    { length: 20 },
    (_line, line) => `  if (value > ${line + 5}) { sum += value * ${index + line}; }\n`,
  );
  return `function f${index}(value: number): number {\n  let sum = ${index};\n${lines.join("")}  return sum;\n}\n`;
}).join("")}
const ALL = [${Array.from({ length: MANY }, (_, index) => `f${index}(20)`).join(", ")}];
function all(value: number): number {
  return ${Array.from({ length: MANY }, (_, index) => `f${index}(value)`).join(" + ")};
}
/** Compared, before and after all others have taken its place. */
function rest(): number { return 1; }
let waiting: () => number = rest;
export function runProgram(host: Host): void {
  const before = waiting;
  host.write_line(digits(all(20)));
  host.write_line(before === rest && waiting === rest ? "rests" : "another");
  waiting = function () { return 2; };
  host.write_line(waiting === rest ? "rests" : "another");
  host.write_line(digits(all(21)));
  host.write_line(digits(ALL[5]));
}
`,
};

describe("a Lua program in pieces", function () {
  let folder: string;

  before(() => {
    mkdirSync(join(ROOT, "build"), { recursive: true });
    folder = mkdtempSync(join(ROOT, "build", "pieces-test-"));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Writes these modules; the entry among them. */
  function entryOf(name: string, texts: Texts): string {
    mkdirSync(join(folder, name), { recursive: true });
    const all = { "host.ts": HOST, "digits.ts": DIGITS, ...texts };
    for (const [file, text] of Object.entries(all)) writeFileSync(join(folder, name, file), text);
    return join(folder, name, "entry.ts");
  }

  async function run(bundle: string): Promise<string[]> {
    const lines: string[] = [];
    const driver = `
      local host = { write_line = function(line) io.write("@T", line, "\\n") end }
      assert(loadfile("bundle.lua"))("bundle.lua").runProgram(host)
      io.write("@Rok\\n")`;
    await runChild({
      engine: "lua5.3",
      command: findOnPath("lua5.3") ?? "lua5.3",
      arguments: ["driver.lua"],
      files: { "driver.lua": driver, "bundle.lua": bundle },
      run_limit_ms: 30_000,
      on_line: (line) => lines.push(line),
    });
    return lines;
  }

  /** A test where lua5.3 is. */
  function itRuns(promise: string, test: () => Promise<void>): void {
    if (findOnPath("lua5.3") === undefined) it(`${promise} (lua5.3 is not on PATH)`);
    else it(promise, test);
  }

  itRuns("keeps what is assigned to a variable of a module for all who see it, nothing too", async () => {
    const entry = entryOf("state", STATE);
    const expected = ["816first", "918none"];
    assert.deepEqual(await run(bundleLuaPieces(entry)), expected);
  });

  itRuns("makes each value once, in the order of the modules, and only what is named", async () => {
    const entry = entryOf("values", VALUES);
    const lines = await run(bundleLuaPieces(entry));
    assert.deepEqual(lines, ["12299919998", "first1", "second2", "92"]);
    // In one piece it is made whether it is named or not.
    assert.deepEqual((await run(bundleLua(entry, "5.3"))).slice(1, -1), ["unused1", "first2", "second3"]);
  });

  itRuns("runs what is more than it keeps, again and again, and knows a function that it compares", async () => {
    const entry = entryOf("large", LARGE);
    const lines = await run(bundleLuaPieces(entry));
    assert.deepEqual(lines, await run(bundleLua(entry, "5.3")));
    assert.deepEqual(lines.slice(1, 3), ["rests", "another"]);
  });

  itRuns("finds its pieces whatever stands before it in its file", async () => {
    const bundle = bundleLuaPieces(entryOf("values", VALUES));
    assert.deepEqual(await run(`--curbstop 1\nPROJECT = "other"\n${bundle}`), await run(bundle));
  });

  it("leaves out a function that only a branch needs which is never taken", () => {
    const text = (fitted: string): Texts => ({
      "fitted.ts": `export const FITTED = ${fitted};\n`,
      "entry.ts": `${IMPORT_HOST}
import { FITTED } from "./fitted";
function driver(): string { return "the driver"; }
export function runProgram(host: Host): void { if (FITTED) { host.write_line(driver()); } host.write_line("end"); }
`,
    });
    assert.match(bundleLuaPieces(entryOf("fitted", text("true as boolean"))), /the driver/);
    assert.doesNotMatch(bundleLuaPieces(entryOf("unfitted", text("false as boolean"))), /the driver/);
  });

  it("is the same to the byte, made twice", () => {
    const bundle = bundleLuaPieces(entryOf("values", VALUES));
    assert.equal(bundleLuaPieces(entryOf("again", VALUES)), bundle);
  });

  const refused = (promise: string, text: string, message: RegExp): void => {
    it(`refuses ${promise}, and says where`, () => {
      const entry = entryOf("refused", { "other.ts": "export const A = 1;\n", "entry.ts": text });
      assert.throws(() => bundleLuaPieces(entry), message);
    });
  };
  refused(
    "a module that does something when it is loaded",
    'export const words: string[] = [];\nwords.push("loaded");\n',
    /^BundleError: build\/.*refused\/entry\.ts:2: .*move it into a function/,
  );
  refused(
    "a value that is changed while it is defined",
    "export const record = { a: 1 };\nrecord.a = 2;\n",
    /^BundleError: build\/.*refused\/entry\.ts:2: .*move it into a function/,
  );
  refused(
    "`export *`",
    'export * from "./other";\nexport const B = 2;\n',
    /^BundleError: build\/.*refused\/entry\.ts: `export \*` .*by name/,
  );
  refused(
    "a variable that the entry exports",
    "export let count = 1;\nexport function more(): void { count += 1; }\n",
    /^BundleError: build\/.*refused\/entry\.ts: count: the entry exports a variable/,
  );
  refused(
    "`import *` as a record",
    'import * as other from "./other";\nexport function names(): { A: number } { return other; }\n',
    /^BundleError: build\/.*refused\/entry\.ts: names: .*by name/,
  );
});
