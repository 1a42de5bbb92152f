/**
 * Mocha reporter of `npm test`: a dot per test, failures in full at the end, and the counts as JSON in the file that
 * CURBSTOP_MOCHA_REPORT names, with the names of what failed and what was skipped, for test/run.js to add up. Works with
 * mocha --parallel: it uses the runner's events only.
 */
"use strict";

const fs = require("node:fs");
const mocha = require("mocha");

const LINE_MAX = 200;

/** Of an error what fits on a line: the rest stands where the tests that failed are told in full. */
function inOneLine(error) {
  return String(error?.message ?? error)
    .split("\n")[0]
    .slice(0, LINE_MAX);
}

class Counting extends mocha.reporters.Dot {
  constructor(runner, options) {
    super(runner, options);
    const counts = { passed: 0, failed: 0, skipped: 0, pending: [], failures: [] };
    runner.on("pass", () => (counts.passed += 1));
    runner.on("fail", (test, error) => {
      counts.failed += 1;
      counts.failures.push(`${test.fullTitle()}: ${inOneLine(error)}`);
    });
    runner.on("pending", (test) => {
      counts.skipped += 1;
      counts.pending.push(test.fullTitle());
    });
    runner.once("end", () => {
      const file = process.env.CURBSTOP_MOCHA_REPORT;
      if (file !== undefined) fs.writeFileSync(file, JSON.stringify(counts));
    });
  }
}

module.exports = Counting;
