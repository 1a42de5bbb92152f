/** The firmware on its bindings: a whole meter in a real Lua, with its journal on a W25Q. */
import assert from "node:assert/strict";
import { luaMissing } from "../interpreter";
import { runOnNodemcu } from "./interpreter";

describe("a meter on NodeMCU's bindings", function () {
  before(function () {
    if (luaMissing() !== undefined) this.skip();
  });

  it("is nobody's until it has its nameplate, shuts its valve, counts, and has every litre after a power cut", async () => {
    assert.deepEqual(await runOnNodemcu("meter", "run"), [
      "start unprovisioned",
      "line meter=none",
      "spoilt error no nameplate",
      "given ok",
      "counted volume_l=25 closed 1",
      "again error a meter runs",
      "start ok=",
      "after volume_l=25 meter=600100000000000017",
      "on volume_l=30",
      "new books ok",
      "restarts once",
      "start unprovisioned",
      "whose meter=none",
    ]);
  });
});
