/** A modem on NodeMCU's bindings, in a real Lua: its emulator at the end of the chip's own second line. */
import assert from "node:assert/strict";
import { luaMissing } from "../interpreter";
import { assertMobileTalk, assertModemTalk, modemProgram } from "../modem_talk";
import { runOnNodemcu } from "./interpreter";

describe("a modem on NodeMCU's bindings", function () {
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

  it("a BG96 that is off is switched on by its power key where the board has the pin, and publishes and hears", async () => {
    assert.deepEqual(assertMobileTalk(await runOnNodemcu("mobile", modemProgram())), [
      "start unprovisioned",
      "given ok",
      "line 115200 16 17, key 0",
      "radio=on radio=silent, key 0",
      "start unprovisioned",
      "given ok",
      "line 115200 16 17, key 1",
      "pressed for 500 ms",
      "radio=on radio=ok, key 1",
      "in service accepted",
      "locked 1",
      "locked 0",
    ]);
  });
});
