/** A flashing's last step, on a board that starts anew late, or whose words are lost while it does. */
import assert from "node:assert/strict";
import { flashTo, sampleFirmware, sampleIdentity, StandIn, standInMissing } from "./stand_in";

/** As a board that is busy: what it has heard meanwhile is still answered by the firmware from before. */
const LATE =
  "var curbstop_load=load;global.load=function(){setTimeout(function(){curbstop_load();},1500);};" +
  sampleFirmware("1.0.0", "");
/** What is printed of the boot file for the first time is lost. */
const LOSING =
  sampleFirmware("2.0.0", "") +
  "var curbstop_print=print,curbstop_lost=0;" +
  'global.print=function(s){if(s.indexOf(" "+curbstop_boot.crc+" ")>0&&!curbstop_lost++)return;curbstop_print(s);};';

describe("a board that was flashed", function () {
  let board: StandIn;

  before(async function () {
    if (standInMissing() !== undefined) return this.skip();
    board = await StandIn.start();
    await flashTo(board.port, LATE);
    await board.powerDown();
  });
  after(async () => board?.stop());
  afterEach(async () => board?.powerDown());

  it("is asked what runs behind its restart, however late that is", async () => {
    const { identity } = await flashTo(board.port, sampleFirmware("1.5.0", ""));
    assert.equal(identity, sampleIdentity("1.5.0", ""));
  });

  it("is asked again when its answer is lost", async () => {
    const { identity, sequence } = await flashTo(board.port, LOSING);
    assert.deepEqual([identity, sequence], [sampleIdentity("2.0.0", ""), 3]);
  });
});
