/** A modem on Espruino's bindings, in the real interpreter: its emulator at the end of a serial line of the board's. */
import assert from "node:assert/strict";
import { espruinoMissing } from "../../../sim/engines/espruino";
import { assertModemTalk, modemProgram } from "../modem_talk";
import { runOnHardware } from "./interpreter";

describe("a modem on Espruino's bindings", function () {
  this.timeout(240_000);

  before(function () {
    if (espruinoMissing() !== undefined) this.skip();
  });

  it("is started with the nameplate's settings, sends the meter's telegram, and brings it a message", async () => {
    assert.deepEqual(assertModemTalk(await runOnHardware("modem_entry.ts", modemProgram())), [
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
});
