import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readBoardState, type BoardState } from "../../../tools/flash/board_state";
import { Console } from "../../../tools/flash/console";
import { FlashError } from "../../../tools/flash/flash_error";
import { Link } from "../../../tools/flash/link";
import { HEADER_BYTES } from "../../../tools/flash/slots";
import { flashTo, sampleFirmware, sampleIdentity, StandIn, standInMissing } from "./stand_in";

/** Address of the first byte of the file that the interpreter keeps its flash in. */
const FLASH_START = 0x1000_0000;

describe("boot file", function () {
  let board: StandIn;
  let both: Buffer;
  let slots: NonNullable<BoardState["slots"]>;

  /** Powers the board up and asks what it runs. */
  async function running(): Promise<{ identity: string; state: BoardState }> {
    const link = await Link.open(board.port, 115_200);
    try {
      const console = new Console(link);
      assert.ok(await console.greet());
      return {
        identity: await console.ask('typeof curbstop=="undefined"?curbstop_boot.fault:curbstop.identity()'),
        state: await readBoardState(console, undefined),
      };
    } finally {
      link.close();
      await board.powerDown();
    }
  }

  /** The flash with the old firmware in the first slot, the new in the second, and these bytes spoilt. */
  function spoil(...addresses: number[]): void {
    const flash = Buffer.from(both);
    for (const address of addresses) flash[address - FLASH_START] = 0;
    writeFileSync(join(board.folder, "espruino.flash"), flash);
  }

  before(async function () {
    const missing = standInMissing();
    if (missing !== undefined) return this.skip();
    board = await StandIn.start();
    await flashTo(board.port, sampleFirmware("old", ""));
    await board.powerDown();
    const flashed = await flashTo(board.port, sampleFirmware("new", ""));
    assert.ok(flashed.before.slots !== undefined);
    slots = flashed.before.slots;
    await board.powerDown();
    both = readFileSync(join(board.folder, "espruino.flash"));
  });
  after(async () => board?.stop());

  it("runs the newer of two that are whole", async () => {
    spoil();
    const { identity, state } = await running();
    assert.equal(identity, sampleIdentity("new", ""));
    assert.deepEqual(
      state.headers.map((header) => header?.sequence),
      [1, 2],
    );
  });

  it("has what byte arrays have in common before the firmware's names, which it would be looked for behind", async () => {
    spoil();
    const link = await Link.open(board.port, 115_200);
    try {
      const console = new Console(link);
      assert.ok(await console.greet());
      const names = (await console.ask("Object.keys(global).join()")).split(",");
      for (const name of ["Array", "Uint8Array", "ArrayBufferView"]) {
        assert.ok(names.includes(name) && names.indexOf(name) < names.indexOf("curbstop"), names.join(" "));
      }
    } finally {
      link.close();
      await board.powerDown();
    }
  });

  it("runs the old one when any byte of the new one's header or bundle is torn", async () => {
    const new_bytes = sampleFirmware("new", "").length;
    const [, second] = slots;
    const places = [0, 9, 17, 25, 35, HEADER_BYTES, HEADER_BYTES + 1000, HEADER_BYTES + new_bytes - 1];
    for (const place of places) {
      spoil(second.address + place);
      const { identity, state } = await running();
      assert.equal(identity, sampleIdentity("old", ""), `byte ${place}`);
      assert.equal(state.headers[1], undefined, `byte ${place}`);
    }
  });

  it("waits for an upload, and takes it, when neither is whole", async () => {
    spoil(slots[0].address, slots[1].address);
    assert.equal((await running()).identity, "no firmware");
    assert.equal((await flashTo(board.port, sampleFirmware("third", ""))).identity, sampleIdentity("third", ""));
    await board.powerDown();
  });

  it("goes back to the old firmware when the new one throws, and the upload says so", async () => {
    spoil();
    await assert.rejects(flashTo(board.port, `throw new Error("no valve");`), (error) => {
      assert.ok(error instanceof FlashError);
      assert.match(error.message, /does not run the new firmware .*it has the old one/);
      return true;
    });
    await board.powerDown();
    assert.equal((await running()).identity, sampleIdentity("new", ""));
  });

  it("that is torn itself is written anew by the next flashing", async () => {
    const flash = Buffer.from(both);
    const from = flash.indexOf("//curbstop boot ");
    assert.ok(from > 0);
    flash.fill(0xff, from + 700, from + 1200);
    writeFileSync(join(board.folder, "espruino.flash"), flash);
    assert.equal((await flashTo(board.port, sampleFirmware("mended", ""))).identity, sampleIdentity("mended", ""));
    await board.powerDown();
  });

  it("leaves nothing of a firmware that throws half way: no global, no timer, no listener", async () => {
    spoil();
    const left = "var ab=[1,2,3];function cd(){return ab.length}setInterval(function(){global.ef=1},20);";
    const listens = 'Serial1.on("data",function(){ab=undefined});setWatch(cd,D1,{repeat:true,edge:"both"});';
    await assert.rejects(flashTo(board.port, `${left}${listens}throw new Error("no valve");`), FlashError);
    await board.powerDown();
    const link = await Link.open(board.port, 115_200);
    try {
      const console = new Console(link);
      assert.ok(await console.greet());
      assert.equal(await console.ask("curbstop.identity()"), sampleIdentity("new", ""));
      const names = ["ab", "cd", "ef", "curbstop_clear", "curbstop_known", "curbstop_count", "curbstop_next"];
      assert.equal(
        await console.ask(`[${names.map((name) => `typeof ${name}`).join(",")}].join()`),
        "undefined,".repeat(7).slice(0, -1),
      );
      assert.equal(await console.ask('Serial1["#ondata"]===undefined'), "true");
    } finally {
      link.close();
      await board.powerDown();
    }
  });
});
