/** A modem on NodeMCU's bindings, in a real Lua: its emulator at the end of the chip's own second line. */
import assert from "node:assert/strict";
import { luaMissing } from "../interpreter";
import { assertModemTalk, modemProgram } from "../modem_talk";
import { runOnNodemcu } from "./interpreter";

describe("a modem on NodeMCU's bindings", function () {
  this.timeout(300_000);

  before(function () {
    if (luaMissing() !== undefined) this.skip();
  });

  it("is started with the nameplate's settings, sends the meter's telegram, and brings it a message", async () => {
    assert.deepEqual(assertModemTalk(await runOnNodemcu("modem", modemProgram())), [
      "start unprovisioned",
      "given ok",
      "line 57600 16 17",
      "radio=on radio=ok",
      "in service accepted",
      "locked 1",
      "locked 0",
    ]);
  });
});
