/** What boards/nodemcu makes of NodeMCU's modules, in a real Lua with these modules replaced. */
import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { luaMissing, runOnNodemcu } from "./interpreter";

const saw = (scene: string): Promise<string[]> => runOnNodemcu("binding_entry.ts", scene);
const numbers = (bytes: Uint8Array, count: number): string => [...bytes.subarray(0, count)].join(" ");

describe("bindings for NodeMCU", function () {
  this.timeout(120_000);

  before(function () {
    if (luaMissing() !== undefined) this.skip();
  });

  it("ring each timer's alarm once, never early, also beyond what tmr can count", async () => {
    assert.deepEqual(await saw("timers"), [
      "alarm two seconds 2",
      "alarm past 3",
      "alarm five hours 18000",
      "early no",
    ]);
  });

  it("compute what Node computes, and draw random bytes only with the radio on", async () => {
    const key = Buffer.from(Array.from({ length: 16 }, (_, place) => place));
    const block = Buffer.from(Array.from({ length: 16 }, (_, place) => place * 17));
    const aes = createCipheriv("aes-128-cbc", key, Buffer.alloc(16)).setAutoPadding(false);
    assert.deepEqual(await saw("chip"), [
      `sha256 ${numbers(createHash("sha256").update("abc").digest(), 4)}`,
      `aes ${numbers(aes.update(block), 4)}`,
      "back 0 17 34",
      `crc ${crc32("123456789")}`,
      "memory yes",
      "radio no",
      "drawn 32 radio yes",
    ]);
  });

  it("take the line from the interpreter, and give it back to whoever may have it, for half an hour", async () => {
    assert.deepEqual(await saw("line"), [
      "taken yes",
      "heard 105 100 console no",
      "open console yes",
      "later console no",
      "written OK",
    ]);
  });

  it("write, read and erase a W25Q over the SPI, and say when it does not answer", async () => {
    assert.deepEqual(await saw("cells"), [
      "program range 255 255",
      "bytes ok 1 254 85 0 255 16 255",
      "long 3000",
      "erase ok 255 255",
      "absent refused",
    ]);
  });

  it("drive the valve's bridge, read its ends, and cut a drive that reaches none", async () => {
    assert.deepEqual(await saw("valve"), ["open started 0 1", "between", "closed 0 0", "cut 0 0"]);
  });

  it("say of an I2C chip whether it answers", async () => {
    assert.deepEqual(await saw("buses"), ["absent no 0", "there yes ab", "read xy c"]);
  });

  it("count pulses in hardware across its wrap, tell edges, measure and wait, and let the system idle in long waits", async () => {
    assert.deepEqual(await saw("pins"), ["edges 0 1", "pulses 40000", "volts 3900", "waited yes", "idled 1"]);
  });

  it("restart the board when the firmware no longer kicks, and never while it does", async () => {
    assert.deepEqual(await saw("watchdog"), ["kicked 0 caused no", "kept 0", "silent 1 caused yes"]);
  });
});
