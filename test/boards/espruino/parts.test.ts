/** The parts of Espruino's boards inside the real interpreter: wiring, drivers and bindings together. */
import assert from "node:assert/strict";
import { createHt1621 } from "../../../boards/drivers/ht1621";
import { createHt1621Chip } from "../../../sim/bus/ht1621_chip";
import { espruinoMissing } from "../../../sim/engines/espruino";
import { keepParts } from "../part_lines";
import { runOnHardware } from "./interpreter";

const saw = (scene: string): Promise<string[]> => runOnHardware("parts", scene);

describe("parts on Espruino's bindings", function () {
  before(function () {
    if (espruinoMissing() !== undefined) this.skip();
  });

  keepParts(saw);

  it("show on a glass at the ends of three wires what the driver shows on the chip itself", async () => {
    const chip = createHt1621Chip();
    const port = createHt1621(chip.line);
    const shown = (text: string, annunciators: string): string => {
      port.show(text, annunciators);
      return `lit yes ${chip.memory.join(" ")}`;
    };
    assert.deepEqual(await saw("glass"), [shown("   -1.49", "VB"), shown("BAL", "")]);
  });

  it("know the time again after a boot, from either clock chip", async () => {
    assert.deepEqual(await saw("clock"), ["unset 0", "later 10", "unset 0", "later 10"]);
  });

  it("count a wheel forward and back, and go on when a watch was removed", async () => {
    assert.deepEqual(await saw("wheel"), ["forward 7 0", "back 8 3"]);
  });
});
