/** What boards/nodemcu makes of NodeMCU's modules, in a real Lua with these modules replaced. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cryptoLines, keepBusesAndValve } from "../binding_lines";
import { luaMissing } from "../interpreter";
import { keepParts } from "../part_lines";
import { runOnNodemcu } from "./interpreter";

const saw = (scene: string): Promise<string[]> => runOnNodemcu("binding", scene);

describe("bindings for NodeMCU", function () {
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
    assert.deepEqual(await saw("chip"), [...cryptoLines(), "memory yes", "radio no", "drawn 32 radio yes"]);
  });

  it("take the line from the interpreter, and give it back to whoever may have it, for half an hour or until it is taken back", async () => {
    assert.deepEqual(await saw("line"), [
      "taken yes",
      "heard 105 100 console no",
      "open console yes",
      "taken back 105 100 55 console no",
      "again console yes",
      "later console no",
      "written OK",
    ]);
  });

  keepBusesAndValve(saw);
  keepParts((scene) => runOnNodemcu("parts", scene));

  it("count pulses in hardware across its wrap, tell edges, measure and wait, and let the system idle in long waits", async () => {
    assert.deepEqual(await saw("pins"), ["edges 0 1", "pulses 40000", "volts 3441", "waited yes", "idled 1"]);
  });

  it("make a memory of each slot file, blank behind its end, which an erase makes of what came by cable", async () => {
    const hash = (bytes: Buffer): string => [...createHash("sha256").update(bytes).digest().subarray(0, 4)].join(" ");
    const long = Buffer.concat([Buffer.from("bc"), Buffer.alloc(4998, 0xff)]);
    assert.deepEqual(await saw("slots"), [
      "without a boot file yes",
      "without a firmware yes",
      "with an old boot file yes",
      "absent 7 255 255 45 45",
      "cable  108 101 65 ok 255 255 255",
      "end ok 255 ok",
      "gap  255 90 255 255 255",
      "over okok 255 97 98 120 121 255",
      "first ok ok 97 98 99 255 255 255",
      "range range range range",
      `hash ${hash(Buffer.from("abc"))} ${hash(long)}`,
      "low low_power low_power 97",
      "running 45 45 114 117 110 115 255",
      "restarts 1",
    ]);
  });

  it("restart the board when the firmware no longer kicks, and never while it does", async () => {
    assert.deepEqual(await saw("watchdog"), ["kicked 0 caused no", "kept 0", "silent 1 caused yes"]);
  });
});
