/** The module's own modem on LuatOS's bindings, in a real Lua: the network's modules replaced, a broker behind them. */
import assert from "node:assert/strict";
import { luaMissing } from "../interpreter";
import { assertPublished, modemProgram } from "../modem_talk";
import { runOnLuatos } from "./interpreter";

describe("a module's own modem on LuatOS's bindings", function () {
  before(function () {
    if (luaMissing() !== undefined) this.skip();
  });

  it("connects under its certificate alone, publishes the meter's telegram, brings it a message, and comes back", async () => {
    const lines = await runOnLuatos("modem", modemProgram());
    const start = ["flymode true", "apn iot.example meters well 1", "flymode false"];
    const client = ["client broker.example 8883 by -----BEGIN PEM", "keepalive 600"];
    assert.deepEqual(assertPublished(lines), [
      "start unprovisioned",
      ...start,
      "given ok",
      "without 0 of 0 radio=on radio=ok",
      "unknown radio=on radio=silent",
      "wrong 0 of 0",
      "new books ok",
      ...start,
      ...client,
      "with 1 of 1 radio=on radio=ok",
      "in service accepted",
      "locked 1",
      "locked 0",
      ...client,
      "anew 1 of 2",
      "hour 1 of 2",
      ...client,
      "forbidden 0 of 3",
    ]);
  });
});
