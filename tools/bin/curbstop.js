#!/usr/bin/env node
/**
 * The `curbstop` command: hands over to tools/cli.ts.
 *
 * Plain JavaScript, because it is what runs before TypeScript can.
 */
"use strict";

const path = require("node:path");

const root = path.resolve(__dirname, "..", "..");

try {
  require("../load_typescript.js");
} catch (error) {
  // Only a missing package is answered with advice; anything else is a bug and keeps its stack.
  if (error.code !== "MODULE_NOT_FOUND") throw error;
  process.stderr.write(`curbstop: the npm packages are not installed (run \`npm ci\` in ${root})\n`);
  process.exit(2);
}

require("../cli.ts");
