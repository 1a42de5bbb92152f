import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Console } from "../../../tools/flash/console";
import { Link } from "../../../tools/flash/link";
import { createRandomNumbers, randomBelow } from "../../../sim/world/random_numbers";
import { uploadAndKill } from "./kill";
import { flashTo, sampleFirmware, sampleIdentity, StandIn, standInMissing } from "./stand_in";

/** About as long as a first flashing of the sample takes. */
const FIRST_MS = 4000;
const TIMES = process.env["CURBSTOP_LONG"] === "1" ? 50 : 3;

const IDENTITY =
  'typeof curbstop!="undefined"?curbstop.identity():' +
  'typeof curbstop_boot=="undefined"?"no boot file":curbstop_boot.fault';

/** What a board runs after a power-up. */
async function bootedIdentity(board: StandIn): Promise<string> {
  const link = await Link.open(board.port, 115_200);
  try {
    const console = new Console(link);
    assert.ok(await console.greet(), "the interpreter answers");
    return await console.ask(IDENTITY);
  } finally {
    link.close();
    await board.powerDown();
  }
}

describe("a cable pulled, or the power cut, in the middle of an upload", function () {
  this.timeout(600_000 + TIMES * 60_000);
  let board: StandIn;

  before(async function () {
    const missing = standInMissing();
    if (missing !== undefined) return this.skip();
    board = await StandIn.start();
  });
  after(async () => board?.stop());

  it(`leaves the old firmware or the new one, and never a part of one, ${TIMES} times of ${TIMES}`, async () => {
    const seed = Number(process.env["CURBSTOP_SEED"] ?? randomInt(1, 2 ** 31));
    console.log(`      CURBSTOP_SEED=${seed}`);
    const random = createRandomNumbers(seed);
    await flashTo(board.port, sampleFirmware("v0", ""));
    await board.powerDown();
    const upload_ms = await measureUpload(board);
    let standing = sampleIdentity("v1", "");
    const outcomes = { old: 0, new: 0 };
    for (let time = 1; time <= TIMES; time++) {
      const version = `v${time + 1}`;
      const file = join(board.folder, "bundle.js");
      writeFileSync(file, sampleFirmware(version, ""));
      await uploadAndKill(board, file, randomBelow(random, Math.ceil(upload_ms)), time % 2 === 0);
      const found = await bootedIdentity(board);
      const fresh = sampleIdentity(version, "");
      assert.ok(found === standing || found === fresh, `time ${time}: the board runs neither, but: ${found}`);
      outcomes[found === fresh ? "new" : "old"] += 1;
      standing = found;
    }
    console.log(`      the old one ${outcomes.old} times, the new one ${outcomes.new} times`);
    const last = await flashTo(board.port, sampleFirmware("last", ""));
    assert.equal(last.identity, sampleIdentity("last", ""), "and after all that it can be flashed");
  });

  it("at the very first flashing leaves a board that boots and can be flashed", async () => {
    const seed = Number(process.env["CURBSTOP_SEED"] ?? randomInt(1, 2 ** 31));
    console.log(`      CURBSTOP_SEED=${seed}`);
    const random = createRandomNumbers(seed);
    for (let time = 1; time <= Math.ceil(TIMES / 5); time++) {
      rmSync(join(board.folder, "espruino.flash"));
      const file = join(board.folder, "bundle.js");
      writeFileSync(file, sampleFirmware("first", ""));
      await uploadAndKill(board, file, randomBelow(random, FIRST_MS), time % 2 === 0);
      const found = await bootedIdentity(board);
      const whole = [sampleIdentity("first", ""), "no firmware", "no boot file"];
      assert.ok(whole.includes(found), `time ${time}: ${found}`);
      const again = await flashTo(board.port, sampleFirmware("again", ""));
      assert.equal(again.identity, sampleIdentity("again", ""));
      await board.powerDown();
    }
  });
});

/** How long it takes from the first step of an update to the restart. */
async function measureUpload(board: StandIn): Promise<number> {
  let from_ms: number | undefined;
  let to_ms = 0;
  const step = (doing: string): void => {
    from_ms ??= performance.now();
    if (doing === "restarting") to_ms = performance.now();
  };
  await flashTo(board.port, sampleFirmware("v1", ""), { step });
  await board.powerDown();
  return to_ms - (from_ms ?? to_ms);
}
