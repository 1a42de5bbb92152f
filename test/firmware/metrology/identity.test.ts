import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { METROLOGY_CHECKSUM, METROLOGY_VERSION } from "../../../firmware/metrology/identity";

const ROOT = join(__dirname, "..", "..", "..");

const TABLE = Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 by table, independent of tools/identity.js. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text, "utf8")) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** What the checksum covers: each file as path, NUL, text, NUL. */
function covered(): string {
  const files = ["firmware/credit", "firmware/metrology"].flatMap((room) =>
    readdirSync(join(ROOT, room)).map((name) => `${room}/${name}`),
  );
  return files
    .filter((file) => file.endsWith(".ts") && !file.endsWith("/identity.ts"))
    .sort()
    .map((file) => `${file}\0${readFileSync(join(ROOT, file), "utf8")}\0`)
    .join("");
}

describe("identity of the legally relevant software", () => {
  it("uses the CRC-32 of the check value", () => {
    assert.equal(crc32("123456789"), 0xcbf43926);
  });

  it("is the checksum over the files it stands for (npm run identity writes it)", () => {
    const checksum = crc32(covered()).toString(16).toUpperCase().padStart(8, "0");
    assert.equal(METROLOGY_CHECKSUM, checksum);
  });

  it("fits the display: eight digits of checksum, a version of at most five characters", () => {
    assert.match(METROLOGY_CHECKSUM, /^[0-9A-F]{8}$/);
    assert.match(METROLOGY_VERSION, /^\d\.\d\.\d$/);
  });

  it("is checked by the tool in the same way", () => {
    const run = spawnSync(process.execPath, [join(ROOT, "tools", "identity.js"), "--check"], { encoding: "utf8" });
    assert.deepEqual([run.status, run.stderr], [0, ""]);
  });

  it("is written by a tool that refuses what it does not know in one line", () => {
    const run = spawnSync(process.execPath, [join(ROOT, "tools", "identity.js"), "--chek"], { encoding: "utf8" });
    assert.equal(run.status, 2);
    assert.equal(run.stderr.trimEnd().split("\n").length, 1);
  });
});
