/**
 * `npm run fuzz:cards -- --cases N --seed S [--from K]`: the fuzz of card sessions (sim/card_fuzz), as long as one likes.
 *
 * Prints one JSON object: cases, crashes, false_credits, violations, cases_per_s, and the first faults; exit 1 when there
 * is one. Where it is comes on stderr every 100,000 cases: a run that was stopped goes on with --from, and one case is
 * run again with --from K --cases 1.
 *
 * Plain JavaScript, because it is what runs before TypeScript can.
 */
"use strict";

const { parseArgs } = require("node:util");

const DEFAULT_CASES = "50000";

/** A whole number, or undefined. */
function whole(text) {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function options() {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { cases: text, seed: text, from: text } });
  const cases = whole(values.cases ?? DEFAULT_CASES);
  const seed = whole(values.seed ?? "1");
  const from = whole(values.from ?? "0");
  if (cases === undefined || seed === undefined || from === undefined) {
    throw new Error("--cases, --seed and --from are whole numbers");
  }
  return { cases, seed, from };
}

function main() {
  const { cases, seed, from } = options();
  require("../tools/load_typescript.js");
  const { runRange } = require("../sim/card_fuzz/run");
  const result = runRange(seed, from, cases, (next, violations) => {
    process.stderr.write(`next case ${next}, ${violations} violations\n`);
  });
  console.log(JSON.stringify(result, null, 2));
  process.exitCode = result.violations > 0 ? 1 : 0;
}

try {
  main();
} catch (error) {
  process.stderr.write(`fuzz:cards: ${error.message}\n`);
  process.exitCode = 2;
}
