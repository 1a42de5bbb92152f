#!/usr/bin/env node
/**
 * The `curbstop` command: registers ts-node, then hands over to tools/cli.ts.
 *
 * Plain JavaScript, because it is what runs before TypeScript can. Types are not checked here (`npm run typecheck`
 * does), so that a command answers within a second.
 */
"use strict";

const path = require("node:path");

const root = path.resolve(__dirname, "..", "..");

try {
  require("ts-node").register({ transpileOnly: true, project: path.join(root, "tsconfig.json"), cwd: root });
} catch (error) {
  // Only a missing ts-node is answered with advice; anything else is a bug and keeps its stack.
  if (error.code !== "MODULE_NOT_FOUND") throw error;
  process.stderr.write(`curbstop: the npm packages are not installed (run \`npm ci\` in ${root})\n`);
  process.exit(2);
}

require("../cli.ts");
