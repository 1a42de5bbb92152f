/** A modem on Espruino's bindings, in the real interpreter: its emulator at the end of a serial line of the board's. */
import assert from "node:assert/strict";
import { espruinoMissing } from "../../../sim/engines/espruino";
import { assertMobileTalk, assertModemTalk, modemProgram } from "../modem_talk";
import { runOnHardware } from "./interpreter";

describe("a modem on Espruino's bindings", function () {
  before(function () {
    if (espruinoMissing() !== undefined) this.skip();
  });

  it("is started with the nameplate's settings, sends the meter's telegram, and brings it a message", async () => {
    assert.deepEqual(assertModemTalk(await runOnHardware("modem", modemProgram())), [
      "start unprovisioned",
      "given ok",
      "line 57600 D16 D17",
      "radio=on radio=ok",
      "new books ok",
      "in service accepted",
      "locked 1",
      "locked 0",
    ]);
  });

  it("a BG96 that is off is switched on by its power key where the board has the pin, and publishes and hears", async () => {
    assert.deepEqual(assertMobileTalk(await runOnHardware("mobile", modemProgram())), [
      "start unprovisioned",
      "given ok",
      "line 115200 D8 D6, key 0",
      "radio=on radio=silent, key 0",
      "new books ok",
      "start unprovisioned",
      "given ok",
      "line 115200 D8 D6, key 1",
      "pulse D2 0 500",
      "radio=on radio=ok, key 1",
      "new books ok",
      "in service accepted",
      "locked 1",
      "locked 0",
    ]);
  });
});
