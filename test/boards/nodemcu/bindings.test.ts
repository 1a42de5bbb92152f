/** What boards/nodemcu makes of NodeMCU's modules, in a real Lua with these modules replaced. */
import assert from "node:assert/strict";
import { cryptoLines, keepBusesAndValve } from "../binding_lines";
import { luaMissing } from "../interpreter";
import { keepParts } from "../part_lines";
import { runOnNodemcu } from "./interpreter";

const saw = (scene: string): Promise<string[]> => runOnNodemcu("binding", scene);

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

  it("restart the board when the firmware no longer kicks, and never while it does", async () => {
    assert.deepEqual(await saw("watchdog"), ["kicked 0 caused no", "kept 0", "silent 1 caused yes"]);
  });
});
