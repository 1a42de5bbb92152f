/** The firmware on its bindings: a whole meter in the real interpreter, with its journal in the interpreter's flash. */
import assert from "node:assert/strict";
import { espruinoMissing } from "../../../sim/engines/espruino";
import { runOnHardware } from "./interpreter";

describe("a meter on Espruino's bindings", function () {
  before(function () {
    if (espruinoMissing() !== undefined) this.skip();
  });

  it("boots from its board's description, shuts its valve, counts, and has every litre after a power cut", async () => {
    assert.deepEqual(await runOnHardware("meter", "run"), [
      "boot ok ",
      "booted 0 closed",
      "counted 35 closed",
      "boot ok ",
      "again 35 closed",
      "on 40 closed",
    ]);
  });
});
