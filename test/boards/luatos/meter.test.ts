/** The firmware on its bindings: a whole meter in a real Lua, with its journal on a W25Q. */
import assert from "node:assert/strict";
import { luaMissing } from "../interpreter";
import { runOnLuatos } from "./interpreter";

describe("a meter on LuatOS's bindings", function () {
  before(function () {
    if (luaMissing() !== undefined) this.skip();
  });

  it("is nobody's until it has its nameplate, shuts its valve, counts, and has every litre after a power cut", async () => {
    assert.deepEqual(await runOnLuatos("meter", "run"), [
      "start unprovisioned",
      "line meter=none",
      "shut meter=none",
      "open bench 1 none",
      "who bench 2 system=LuatOS-SoC_V1114_EC618 chip=EC618 serial=01234543363138FE",
      "spoilt error no nameplate",
      "given bench 8 ok",
      "stored yes",
      "counted volume_l=25 closed 1",
      "again error a meter runs, error",
      "watchdog 20000",
      "start ok=",
      "after volume_l=25 meter=600100000000000017",
      "on volume_l=30",
      "bench is shut again error",
      "new books bench 6 ok",
      "restarts once",
      "start unprovisioned",
      "whose meter=none",
    ]);
  });
});
