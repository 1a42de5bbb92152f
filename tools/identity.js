/**
 * Identity of the legally relevant software: writes METROLOGY_CHECKSUM into firmware/metrology/identity.ts.
 *
 *   node tools/identity.js           writes it
 *   node tools/identity.js --check   exits 1, with one line, when it is stale
 *
 * The checksum is the CRC-32 (ISO-HDLC, that of zip: polynomial EDB88320 reflected, start and end inverted), as 8
 * upper-case hexadecimal digits, over firmware/metrology/*.ts without identity.ts and firmware/credit/*.ts, sorted by
 * path; each file counts as path + NUL + text + NUL, in UTF-8, with "/" in paths.
 */
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.join(__dirname, "..");
const IDENTITY = "firmware/metrology/identity.ts";
const ROOMS = ["firmware/credit", "firmware/metrology"];
const LINE = /(METROLOGY_CHECKSUM = ")([^"]*)(")/;

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The files that the checksum covers, by path from the root. */
function coveredFiles(root = ROOT) {
  const files = ROOMS.flatMap((room) => fs.readdirSync(path.join(root, room)).map((name) => `${room}/${name}`));
  return files.filter((file) => file.endsWith(".ts") && file !== IDENTITY).sort();
}

function checksum(root = ROOT) {
  const parts = coveredFiles(root).map((file) => `${file}\0${fs.readFileSync(path.join(root, file), "utf8")}\0`);
  return crc32(Buffer.from(parts.join(""), "utf8"))
    .toString(16)
    .toUpperCase()
    .padStart(8, "0");
}

function writtenChecksum(root = ROOT) {
  const found = LINE.exec(fs.readFileSync(path.join(root, IDENTITY), "utf8"));
  return found === null ? "" : found[2];
}

function main(args) {
  const now = checksum();
  const written = writtenChecksum();
  if (args.length > 1 || (args.length === 1 && args[0] !== "--check")) {
    console.error("usage: node tools/identity.js [--check]");
    return 2;
  }
  if (args[0] === "--check") {
    if (now === written) return 0;
    console.error(`${IDENTITY}: checksum ${written} is stale, the files give ${now} (write it: npm run identity)`);
    return 1;
  }
  const file = path.join(ROOT, IDENTITY);
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(LINE, `$1${now}$3`));
  return 0;
}

module.exports = { checksum, coveredFiles, crc32, writtenChecksum };

if (require.main === module) process.exitCode = main(process.argv.slice(2));
