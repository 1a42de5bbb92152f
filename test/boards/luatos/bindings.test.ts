/** What boards/luatos makes of LuatOS's modules, in a real Lua with these modules replaced. */
import assert from "node:assert/strict";
import { cryptoLines, keepBusesAndValve } from "../binding_lines";
import { luaMissing } from "../interpreter";
import { keepParts } from "../part_lines";
import { runOnLuatos } from "./interpreter";

const saw = (scene: string): Promise<string[]> => runOnLuatos("binding", scene);

describe("bindings for LuatOS", function () {
  before(function () {
    if (luaMissing() !== undefined) this.skip();
  });

  it("ring each timer's alarm once, never early, and none for a message that came too late", async () => {
    assert.deepEqual(await saw("timers"), [
      "alarm two seconds 2",
      "alarm past 3",
      "alarm one hour 3604",
      "alarm five hours 18000",
      "early no",
    ]);
  });

  it("ring a timer that has been armed for weeks", async () => {
    assert.deepEqual(await saw("often armed"), ["rang 1"]);
  });

  it("compute what Node computes, and give no random bytes when the module's noise fails", async () => {
    assert.deepEqual(await saw("chip"), [...cryptoLines(), "memory yes 256 0", "drawn 33", "failed 0"]);
  });

  it("open the bench to three Ctrl-C and an open case alone, for half an hour, lose nothing of a line, and shut USB", async () => {
    assert.deepEqual(await saw("line"), [
      "usb no",
      "shut 15 -",
      "two 15 -",
      "open 3 bench heard 11",
      "half 0 -",
      "rest 0 bench heard 11",
      "long 601 -",
      "later 12 -",
      "write ok OK",
      "full full",
    ]);
  });

  keepBusesAndValve(saw);
  keepParts((scene) => runOnLuatos("parts", scene));

  it("count a wheel's pulses in both directions, also where the system lost an edge", async () => {
    assert.deepEqual(await saw("flow"), ["wheel 30 10"]);
  });

  it("tell both edges where the chip can and one where it cannot, measure the module's supply, and wait", async () => {
    assert.deepEqual(await saw("pins"), ["edges LHhLHh", "waited yes", "supply 3712 3712", "fails 0"]);
  });

  it("find that a contact opened and closed on a pin that is told one kind of edge", async () => {
    assert.deepEqual(await saw("tamper"), ["tamper yes no"]);
  });

  it("feed a watchdog of the period that the chip takes, as long as the firmware kicks it", async () => {
    assert.deepEqual(await saw("watchdog"), ["period 20000", "fed yes stopped yes no", "caused yes"]);
  });
});
