/** What the scenes of binding_scenes.ts must have written, whatever the engine. */
import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { crc32 } from "node:zlib";

const numbers = (bytes: Iterable<number>): string => [...bytes].join(" ");

export function cryptoLines(): string[] {
  const key = Buffer.from(Array.from({ length: 16 }, (_, place) => place));
  const initial = Buffer.from(Array.from({ length: 16 }, (_, place) => 255 - place));
  const data = Buffer.from(Array.from({ length: 32 }, (_, place) => (place * 17) % 256));
  const aes = createCipheriv("aes-128-cbc", key, initial).setAutoPadding(false);
  return [
    `sealed ${numbers(Buffer.concat([aes.update(data), aes.final()]))}`,
    `opened ${numbers(data)}`,
    "none 0",
    `sha256 ${numbers(createHash("sha256").update("abc").digest())}`,
    `crc ${crc32("123456789")}`,
  ];
}

const I2C_LINES = ["absent no 0", "alone 0", "there yes ab", "read xy c", "bare xyz 0"];

const W25Q_LINES = [
  "program range 255 255",
  "bytes ok 1 254 85 0 255 16 255",
  "long 3000",
  "erase ok 255 255",
  "absent refused",
];

const VALVE_LINES = ["open started 0 1", "between", "closed 0 0", "cut 0 0"];

/** What every board on Lua promises of its buses and its valve; `saw` plays a scene. Inside a `describe`. */
export function keepBusesAndValve(saw: (scene: string) => Promise<string[]>): void {
  it("write, read and erase a W25Q over the SPI, and say when it does not answer", async () => {
    assert.deepEqual(await saw("cells"), W25Q_LINES);
  });

  it("drive the valve's bridge, read its ends, and cut a drive that reaches none", async () => {
    assert.deepEqual(await saw("valve"), VALVE_LINES);
  });

  it("say of an I2C chip whether it answers", async () => {
    assert.deepEqual(await saw("buses"), I2C_LINES);
  });
}
