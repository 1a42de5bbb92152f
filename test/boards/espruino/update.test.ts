/** An update on its bindings, in the real interpreter: native SHA-256 and CRC, and the interpreter's own flash. */
import assert from "node:assert/strict";
import { espruinoMissing } from "../../../sim/engines/espruino";
import { imageOf, updateOf } from "../../firmware/update/rig";
import { signer, turn } from "../../firmware/radio/gateway";
import { runOnHardware } from "./interpreter";

describe("an update on Espruino's bindings", function () {
  before(function () {
    if (espruinoMissing() !== undefined) this.skip();
  });

  it("is verified, written, hashed and made pending; as the new firmware, it confirms itself", async () => {
    const region = await signer("the region's update key");
    const update = updateOf(region, imageOf("new", 3000), { issued_utc_s: 1 });
    const frames = [...turn(update.content), "pause" as const, ...update.frames];
    const lines = frames.map((frame) => (frame === "pause" ? frame : Buffer.from(frame).toString("hex")));
    assert.deepEqual(await runOnHardware("update", [region.region_key, ...lines, "end"].join("\n")), [
      "update_begun 2",
      "update_pending 2",
      "restarts 1",
      "pending 1",
      "update_trial 2",
      "update_confirmed 2",
      "confirmed 1",
    ]);
  });
});
