/**
 * What is made from the board files: boards/board.schema.json, boards/WIRING.md, the support table in boards/README.md.
 *
 *   node tools/boards.js           writes them
 *   node tools/boards.js --check   exits 1, with one line, when one is stale
 */
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.join(__dirname, "..");

function main(args) {
  if (args.length > 1 || (args.length === 1 && args[0] !== "--check")) {
    console.error("usage: node tools/boards.js [--check]");
    return 2;
  }
  require("./load_typescript.js");
  const { boardJsonSchema } = require("./build/board_schema.ts");
  const { withTable } = require("./build/support_table.ts");
  const { wiringPage } = require("./build/wiring.ts");
  const readme = path.join(ROOT, "boards", "README.md");
  const made = [
    [path.join(ROOT, "boards", "board.schema.json"), boardJsonSchema()],
    [path.join(ROOT, "boards", "WIRING.md"), wiringPage()],
    [readme, withTable(fs.readFileSync(readme, "utf8"))],
  ];
  for (const [file, text] of made) {
    const stale = !fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text;
    if (stale && args.length === 1) {
      console.error(`${path.relative(ROOT, file)} is stale (write it: node tools/boards.js)`);
      return 1;
    }
    if (stale) fs.writeFileSync(file, text);
  }
  return 0;
}

process.exitCode = main(process.argv.slice(2));
