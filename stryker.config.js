/**
 * Mutation testing: Stryker changes the rooms that hold the books, one small change at a time, and a test must fail.
 *
 *   npm run mutation                                        all rooms
 *   npm run mutation -- --mutate "firmware/credit/*.ts"     one of them
 *
 * It is no part of `npm test`: it takes minutes. The score must stay at 90 % or more; reports/mutation/mutation.html
 * shows each survivor, and test/mutation/README.md says of each why no test can tell it from the code.
 */
"use strict";

const path = require("node:path");

const MOCHA_12 = path.join(__dirname, "test", "mutation", "mocha_12.js");
require(MOCHA_12);

module.exports = {
  mutate: ["firmware/credit/*.ts", "firmware/journal/*.ts"],
  plugins: ["@stryker-mutator/mocha-runner", "./test/mutation/assert_messages.js"],
  // Only the words of an assertion, which no promise is about; the condition is mutated, and so are all other texts.
  ignorers: ["assert-messages"],

  testRunner: "mocha",
  testRunnerNodeArgs: ["--require", MOCHA_12],
  // There is no checker, but Stryker loads the plugins for one all the same.
  checkerNodeArgs: ["--require", MOCHA_12],
  mochaOptions: {
    // Only the tests that judge these rooms: a mutant that lives because a far test is missing here is a missing test.
    spec: ["test/firmware/credit/*.test.ts", "test/firmware/journal/*.test.ts"],
    // It bundles the room for other engines, and has no opinion of its own on what the room does.
    ignore: ["test/firmware/journal/engines.test.ts"],
    // Every geometry and the long random runs would take hours, and kill what the others kill.
    grep: "^(?!.*(random cuts|comes and goes|wears its ring|nor_large|nor_small|stm32l4_row|fram|nrf52|all subsets))",
    require: ["./tools/load_typescript.js", "./test/mutation/one_seed.js"],
  },
  coverageAnalysis: "perTest",
  concurrency: 2,
  // A mutant hangs that takes this much longer than half as long again as its tests. Few hang, and a busy machine must
  // not make a slow one look killed: so it is long.
  timeoutMS: 20000,
  timeoutFactor: 1.5,

  thresholds: { high: 95, low: 90, break: 90 },
  reporters: ["clear-text", "progress", "html", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  ignorePatterns: ["build", "coverage", "reports"],
  tempDirName: ".stryker-tmp",
};
