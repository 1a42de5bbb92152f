/**
 * The boot file and an update by radio, in the real interpreter: staging writes into the flash of a board that is off, and
 * then the board starts.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { updateFrame, readUpdateFrame } from "../../../firmware/update/fragment";
import { contentOfA, frameA } from "../../../firmware/radio/frames";
import { manifestBytes } from "../../../firmware/update/manifest";
import {
  imageWhole,
  MARK_CONFIRMED,
  MARK_PENDING,
  MARK_TRIED,
  markTouched,
  readHead,
  setMark,
} from "../../../firmware/update/slot";
import { prepare, setPending, stepPreparation, takeUpdateFragment } from "../../../firmware/update/staging";
import { bytesText } from "../../../firmware/card/bytes";
import type { FirmwareSlots } from "../../../hal/firmware_slots";
import type { Nvm } from "../../../hal/nvm";
import type { BoardState } from "../../../tools/flash/board_state";
import { readBoardState } from "../../../tools/flash/board_state";
import { Console } from "../../../tools/flash/console";
import { Link } from "../../../tools/flash/link";
import { upload } from "../../../tools/flash/upload";
import { fragmentsOf, manifestOf, nameOf } from "../../../tools/update/making";
import { NODE_HASH } from "../../firmware/crypto/made_signatures";
import { wish } from "../../firmware/update/rig";
import { GATEWAY } from "../../firmware/radio/samples";
import { readBoard } from "../../../tools/build/board_file";
import { flashTo, sampleFirmware, sampleIdentity, StandIn, standInMissing } from "./stand_in";

/** Address of the first byte of the file that the interpreter keeps its flash in. */
const FLASH_START = 0x1000_0000;
const PAGE = 4096;

describe("boot file and updates", function () {
  let board: StandIn;
  let old: Buffer;
  let slots: NonNullable<BoardState["slots"]>;

  before(async function () {
    const missing = standInMissing();
    if (missing !== undefined) return this.skip();
    board = await StandIn.start();
    await flashTo(board.port, sampleFirmware("old", ""));
    await board.powerDown();
    slots = (await look()).state.slots ?? assert.fail("the boot file says where the slots are");
    old = readFileSync(flashFile());
  });
  after(async () => board?.stop());

  const flashFile = (): string => join(board.folder, "espruino.flash");

  /** Powers the board up and asks what it runs. */
  async function look(): Promise<{ identity: string; state: BoardState }> {
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

  /** A slot of the board that is off, as a memory. */
  function slotIn(flash: Buffer, slot: number): Nvm {
    const { address, size_bytes } = slots[slot];
    const first = address - FLASH_START;
    return {
      geometry: {
        size_bytes,
        sector_bytes: PAGE,
        page_bytes: 256,
        word_bytes: 4,
        programs_per_erase: 2,
        erase_limit: 10_000,
      },
      read: (at, length) => flash.toString("latin1", first + at, first + at + length),
      program: (at, bytes) => {
        for (let i = 0; i < bytes.length; i++) flash[first + at + i] &= bytes.charCodeAt(i);
        return "ok";
      },
      erase: (sector) => {
        flash.fill(0xff, first + sector * PAGE, first + (sector + 1) * PAGE);
        return "ok";
      },
      crc32: undefined,
    };
  }

  /** The old firmware's flash, with this image staged in the other slot by the firmware's own staging. */
  function stage(image: Buffer, sequence = 1): { flash: Buffer; spare: Nvm } {
    const flash = Buffer.from(old);
    const spare = slotIn(flash, 1);
    const port: FirmwareSlots = {
      running: slotIn(flash, 0),
      spare,
      sequence,
      spare_sha256: undefined,
      restart: () => undefined,
    };
    const manifest = manifestOf(wish({ fragment_bytes: 192 }), image);
    const signed = manifestBytes(manifest);
    const preparation = prepare(manifest, bytesText(signed));
    let staged = stepPreparation(port, NODE_HASH, preparation);
    while (staged === "working") staged = stepPreparation(port, NODE_HASH, preparation);
    assert.ok(typeof staged !== "string", "the slot is prepared");
    for (const [number, piece] of fragmentsOf(image, manifest.fragment_bytes).entries()) {
      const frame = frameA(updateFrame(GATEWAY, "600100", nameOf(Uint8Array.from(signed)), number, [...piece]));
      const fragment = readUpdateFrame(contentOfA(frame) ?? []);
      assert.ok(fragment !== undefined);
      assert.equal(takeUpdateFragment(port, NODE_HASH, staged, fragment), "taken");
    }
    assert.equal(staged.missing, 0);
    return { flash, spare };
  }

  const image = (name: string): Buffer => Buffer.from(sampleFirmware(name, ""), "latin1");
  const flashNow = (): Buffer => readFileSync(flashFile());

  it("passes over an image that is only collected", async () => {
    writeFileSync(flashFile(), stage(image("new")).flash);
    assert.equal((await look()).identity, sampleIdentity("old", ""));
  });

  it("tries a pending image once, and goes back when it does not confirm itself", async () => {
    const { flash, spare } = stage(image("new"));
    setMark(spare, MARK_PENDING);
    writeFileSync(flashFile(), flash);
    const first = await look();
    assert.equal(first.identity, sampleIdentity("new", ""));
    assert.deepEqual([first.state.running?.slot, first.state.running?.sequence], [1, 2]);
    assert.ok(markTouched(slotIn(flashNow(), 1), MARK_TRIED));
    assert.equal((await look()).identity, sampleIdentity("old", ""));
    assert.equal((await look()).identity, sampleIdentity("old", ""));
  });

  it("keeps an image that has confirmed itself, and the cable still finds its slot", async () => {
    const { flash, spare } = stage(image("new"));
    setPendingOf(spare);
    writeFileSync(flashFile(), flash);
    await look();
    const tried = flashNow();
    setMark(slotIn(tried, 1), MARK_CONFIRMED);
    writeFileSync(flashFile(), tried);
    assert.equal((await look()).identity, sampleIdentity("new", ""));
    assert.equal((await look()).identity, sampleIdentity("new", ""));
    const flashed = await flashTo(board.port, sampleFirmware("cable", ""));
    await board.powerDown();
    assert.equal(flashed.sequence, 3);
    assert.equal((await look()).identity, sampleIdentity("cable", ""));
  });

  it("a cable that comes in a trial does not take away what the trial goes back to", async () => {
    const { flash, spare } = stage(image("new"));
    setPendingOf(spare);
    writeFileSync(flashFile(), flash);
    // The stand-in is powered up by whoever connects: the trial begins with the flashing.
    await assert.rejects(
      flashTo(board.port, sampleFirmware("cable", "")),
      /the board tries an update .* \(turn it off and on/,
    );
    await board.powerDown();
    assert.equal((await look()).identity, sampleIdentity("old", ""), "it goes back");
    const flashed = await flashTo(board.port, sampleFirmware("cable", ""));
    await board.powerDown();
    assert.deepEqual([flashed.sequence, flashed.identity], [2, sampleIdentity("cable", "")]);
  });

  it("nor where that has come by radio too, unless it is not whole", async () => {
    const base = stage(image("base"), 4);
    setPendingOf(base.spare);
    setMark(base.spare, MARK_CONFIRMED);
    const { flash, spare } = stage(image("new"), 5);
    setPendingOf(spare);
    const [first, second] = slots.map(({ address }) => address - FLASH_START);
    base.flash.copy(flash, first, second, second + slots[1].size_bytes);
    for (const is_whole of [true, false]) {
      if (!is_whole) flash[first + 700] ^= 1;
      writeFileSync(flashFile(), flash);
      const flashing = flashTo(board.port, sampleFirmware("cable", ""));
      if (is_whole) await assert.rejects(flashing, /the board tries an update/);
      else assert.equal((await flashing).sequence, 7);
      await board.powerDown();
      assert.equal((await look()).identity, sampleIdentity(is_whole ? "base" : "cable", ""));
    }
  });

  it("a cable that comes in a trial takes the other slot where nothing whole is in it", async () => {
    const { flash, spare } = stage(image("new"));
    setPendingOf(spare);
    flash[slots[0].address - FLASH_START + 700] ^= 1;
    writeFileSync(flashFile(), flash);
    const flashed = await flashTo(board.port, sampleFirmware("cable", ""));
    await board.powerDown();
    assert.deepEqual([flashed.sequence, (await look()).identity], [3, sampleIdentity("cable", "")]);
  });

  it("a cable to a board that was started without its boot file leaves the only firmware, which came by radio", async () => {
    const base = stage(image("base"), 4);
    setPendingOf(base.spare);
    setMark(base.spare, MARK_CONFIRMED);
    const [first, second] = slots.map(({ address }) => address - FLASH_START);
    const flash = Buffer.from(base.flash).fill(0xff, second, second + slots[1].size_bytes);
    base.flash.copy(flash, first, second, second + slots[1].size_bytes);
    writeFileSync(flashFile(), flash);
    const link = await Link.open(board.port, 115_200);
    try {
      const console = new Console(link);
      assert.ok(await console.greet());
      // As with the button held: nothing has said what runs.
      await console.ask("1", "curbstop_boot=undefined;");
      const state = await readBoardState(console, undefined);
      const cable = sampleFirmware("cable", "");
      const written = await upload(console, state, readBoard("espruino-rak5010"), cable, () => undefined);
      assert.equal(written.sequence, 6);
    } finally {
      link.close();
      await board.powerDown();
    }
    const kept = slotIn(flashNow(), 0);
    const head = readHead(kept);
    assert.ok(head !== undefined && imageWhole(kept, head), "it is there still");
    assert.equal((await look()).identity, sampleIdentity("cable", ""));
  });

  it("runs the old firmware in the same start when the new one throws", async () => {
    const { flash, spare } = stage(Buffer.from(`throw new Error("no valve");`.padEnd(600)));
    setPendingOf(spare);
    writeFileSync(flashFile(), flash);
    assert.equal((await look()).identity, sampleIdentity("old", ""));
    assert.ok(markTouched(slotIn(flashNow(), 1), MARK_TRIED), "it was tried");
  });

  it("does not run an image of which one bit has changed, and runs what failed before nothing at all", async () => {
    const { flash, spare } = stage(image("new"));
    setPendingOf(spare);
    const spoilt = Buffer.from(flash);
    spoilt[slots[1].address - FLASH_START + 700] ^= 1;
    writeFileSync(flashFile(), spoilt);
    assert.equal((await look()).identity, sampleIdentity("old", ""));
    setMark(spare, MARK_TRIED);
    flash[slots[0].address - FLASH_START] = 0;
    writeFileSync(flashFile(), flash);
    assert.equal((await look()).identity, sampleIdentity("new", ""));
  });

  function setPendingOf(spare: Nvm): void {
    const port = { running: spare, spare, sequence: 1, spare_sha256: undefined, restart: () => undefined };
    assert.ok(setPending(port));
  }
});
