/**
 * `npm run fuzz:radio -- --cases N --seed S`: the fuzz of the radio (sim/radio_fuzz), as long as one likes.
 *
 * Prints one JSON object; exit 1 when there is a violation, 2 for a wrong option. Where it is comes on stderr every
 * 100,000 cases.
 *
 * Plain JavaScript, because it is what runs before TypeScript can.
 */
"use strict";

const { parseArgs } = require("node:util");

const DEFAULT_CASES = "20000";

/** A whole number, or undefined. */
function whole(text) {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function main() {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { cases: text, seed: text } });
  const cases = whole(values.cases ?? DEFAULT_CASES);
  const seed = whole(values.seed ?? "1");
  if (cases === undefined || seed === undefined) throw new Error("--cases and --seed are whole numbers");
  require("../tools/load_typescript.js");
  const { fuzzRadio } = require("../sim/radio_fuzz/run");
  const result = fuzzRadio(seed, cases, (line) => process.stderr.write(`${line}\n`));
  console.log(JSON.stringify(result, null, 2));
  process.exitCode = result.violations > 0 ? 1 : 0;
}

try {
  main();
} catch (error) {
  process.stderr.write(`fuzz:radio: ${error.message}\n`);
  process.exitCode = 2;
}
