/**
 * Updates by radio and the cable on one board: staging fills a slot file of a board that is off, then the board starts with
 * init.lua as it is flashed, and `curbstop flash` comes before and after it.
 */
import assert from "node:assert/strict";
import { bytesText } from "../../../../firmware/card/bytes";
import { readUpdateFrame, updateFrame } from "../../../../firmware/update/fragment";
import { manifestBytes, manifestFault } from "../../../../firmware/update/manifest";
import { MARK_CONFIRMED, MARK_PENDING, MARK_TRIED, markTouched, setMark } from "../../../../firmware/update/slot";
import { prepare, stepPreparation, takeUpdateFragment } from "../../../../firmware/update/staging";
import { contentOfA, frameA } from "../../../../firmware/radio/frames";
import type { FirmwareSlots } from "../../../../hal/firmware_slots";
import type { Nvm } from "../../../../hal/nvm";
import { readBoard } from "../../../../tools/build/board_file";
import { bundleBoard } from "../../../../tools/build/bundle";
import { BOOT_FILE, bootFileText } from "../../../../tools/flash/nodemcu/boot_file";
import { SECTOR_BYTES, slotText, UPDATE_SLOT_BYTES } from "../../../../tools/flash/nodemcu/slot_file";
import { fragmentsOf, manifestOf, nameOf } from "../../../../tools/update/making";
import { FRAGMENT_USUAL_BYTES } from "../../../../tools/update/sizes";
import { NODE_HASH } from "../../../firmware/crypto/made_signatures";
import { GATEWAY } from "../../../firmware/radio/samples";
import { wish } from "../../../firmware/update/rig";
import type { StandIn } from "../stand_in";
import { bootedAnswer, filesOf, flashTo, nodemcuMissing, putFiles, sampleAnswer, sampleLua, startNodemcu } from "./rig";

const OLD = sampleAnswer("old", "");
const NEW = sampleAnswer("new", "");

/** A slot file as a memory. */
function memoryOf(cells: Buffer): Nvm {
  return {
    geometry: {
      size_bytes: cells.length,
      sector_bytes: SECTOR_BYTES,
      page_bytes: 256,
      word_bytes: 1,
      programs_per_erase: 2,
      erase_limit: 10_000,
    },
    read: (at, length) => cells.toString("latin1", at, at + length),
    program: (at, bytes) => {
      cells.write(bytes, at, "latin1");
      return "ok";
    },
    erase: (sector) => {
      cells.fill(0xff, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
      return "ok";
    },
    crc32: undefined,
  };
}

/** A slot that the firmware's own staging has filled with this image. */
function staged(image: string, sequence = 2): { cells: Buffer; spare: Nvm } {
  const cells = Buffer.alloc(UPDATE_SLOT_BYTES, 0xff);
  const spare = memoryOf(cells);
  const running = memoryOf(Buffer.from(slotText("", sequence - 1), "latin1"));
  const port: FirmwareSlots = {
    running,
    spare,
    sequence: sequence - 1,
    spare_sha256: undefined,
    restart: () => undefined,
  };
  const bytes = Buffer.from(image, "latin1");
  const manifest = manifestOf(wish({ fragment_bytes: FRAGMENT_USUAL_BYTES, board: "lua-esp32" }), bytes);
  assert.equal(manifestFault(manifest), "");
  const signed = manifestBytes(manifest);
  const preparation = prepare(manifest, bytesText(signed));
  let step = stepPreparation(port, NODE_HASH, preparation);
  while (step === "working") step = stepPreparation(port, NODE_HASH, preparation);
  assert.ok(typeof step !== "string", "the slot is prepared");
  for (const [number, piece] of fragmentsOf(bytes, manifest.fragment_bytes).entries()) {
    const frame = frameA(updateFrame(GATEWAY, "600100", nameOf(Uint8Array.from(signed)), number, [...piece]));
    const fragment = readUpdateFrame(contentOfA(frame) ?? []);
    assert.ok(fragment !== undefined);
    assert.equal(takeUpdateFragment(port, NODE_HASH, step, fragment), "taken");
  }
  assert.equal(step.missing, 0);
  return { cells, spare };
}

describe("the boot file of NodeMCU and updates by radio", function () {
  let board: StandIn;

  before(async function () {
    if (nodemcuMissing() !== undefined) return this.skip();
    board = await startNodemcu();
  });
  after(async () => board?.stop());

  /** The old firmware by cable in the first slot, these cells in the second. */
  function put(cells: Buffer, bundle = sampleLua("old", "")): void {
    putFiles(board, {
      [BOOT_FILE]: bootFileText("lua-esp32"),
      "curbstop.a": slotText(bundle, 1),
      "curbstop.b": cells.toString("latin1"),
    });
  }

  const slotNow = (): Nvm => memoryOf(Buffer.from(filesOf(board)["curbstop.b"], "latin1"));

  /** Marks the second slot of the board that is off. */
  function mark(mark_at: number): void {
    const files = filesOf(board);
    const cells = Buffer.from(files["curbstop.b"], "latin1");
    assert.ok(setMark(memoryOf(cells), mark_at));
    putFiles(board, { ...files, "curbstop.b": cells.toString("latin1") });
  }

  it("passes over an image that is only collected", async () => {
    put(staged(sampleLua("new", "")).cells);
    assert.equal(await bootedAnswer(board), OLD);
    assert.ok(!markTouched(slotNow(), MARK_TRIED));
  });

  it("tries a pending image once, and goes back when it does not confirm itself", async () => {
    put(staged(sampleLua("new", "")).cells);
    mark(MARK_PENDING);
    assert.equal(await bootedAnswer(board), NEW);
    assert.ok(markTouched(slotNow(), MARK_TRIED));
    assert.equal(await bootedAnswer(board), OLD);
    assert.equal(await bootedAnswer(board), OLD);
  });

  it("a cable that comes in a trial does not take away what the trial goes back to", async () => {
    put(staged(sampleLua("new", "")).cells);
    mark(MARK_PENDING);
    await assert.rejects(flashTo(board, sampleLua("cable", "")), /the board tries an update .* \(turn it off and on/);
    assert.equal(await bootedAnswer(board), OLD, "it goes back");
    const flashed = await flashTo(board, sampleLua("cable", ""));
    assert.equal(flashed.identity, sampleAnswer("cable", ""));
    put(staged(sampleLua("new", "")).cells);
    mark(MARK_PENDING);
    const files = filesOf(board);
    putFiles(board, { ...files, "curbstop.a": files["curbstop.a"].slice(0, -1) });
    assert.equal((await flashTo(board, sampleLua("cable", ""))).sequence, 3, "nothing whole is lost");
    assert.equal(await bootedAnswer(board), sampleAnswer("cable", ""));
  });

  it("runs what is confirmed, and a cable flash after it goes to the other slot and above it", async () => {
    put(staged(sampleLua("new", "")).cells);
    mark(MARK_PENDING);
    assert.equal(await bootedAnswer(board), NEW);
    mark(MARK_CONFIRMED);
    assert.equal(await bootedAnswer(board), NEW);
    const flashed = await flashTo(board, sampleLua("cable", ""));
    assert.equal(flashed.sequence, 3);
    assert.equal(flashed.before.running_sequence, 2);
    assert.ok("curbstop.b" in filesOf(board), "what ran stays");
    assert.equal(await bootedAnswer(board), sampleAnswer("cable", ""));
  });

  it("gives way to a cable while it is only collected, and an update then follows the cable", async () => {
    put(staged(sampleLua("half", "")).cells);
    const flashed = await flashTo(board, sampleLua("cable", ""));
    assert.equal(flashed.sequence, 2);
    assert.equal(await bootedAnswer(board), sampleAnswer("cable", ""));
    const { cells, spare } = staged(sampleLua("new", ""), 3);
    setMark(spare, MARK_PENDING);
    putFiles(board, { ...filesOf(board), "curbstop.a": cells.toString("latin1") });
    assert.equal(await bootedAnswer(board), NEW);
  });

  it("takes the place of an earlier form of itself when a cable comes, and keeps the slot that runs", async () => {
    putFiles(board, {
      [BOOT_FILE]: `--curbstop boot 1\n${bootFileText("lua-esp32").replace(/^.*\n/, "")}`,
      "curbstop.a": slotText(sampleLua("old", ""), 1),
    });
    const flashed = await flashTo(board, sampleLua("cable", ""));
    assert.equal(flashed.sequence, 2);
    assert.equal(filesOf(board)[BOOT_FILE], bootFileText("lua-esp32"));
    assert.equal(await bootedAnswer(board), sampleAnswer("cable", ""));
  });

  it("runs the old firmware in the place of a new one of which a bit of image, head or manifest has changed", async () => {
    const { cells, spare } = staged(sampleLua("new", ""));
    setMark(spare, MARK_PENDING);
    for (const place of [2, 9, 17, 30, 256, 700, UPDATE_SLOT_BYTES - 4096 + 3, UPDATE_SLOT_BYTES - 4096 + 120]) {
      const spoilt = Buffer.from(cells);
      spoilt[place] ^= 1;
      put(spoilt);
      assert.equal(await bootedAnswer(board), OLD, `byte ${place}`);
      assert.ok(!markTouched(slotNow(), MARK_TRIED), `byte ${place}: it is not tried`);
    }
  });

  it("runs what failed in its trial rather than nothing at all", async () => {
    const { cells, spare } = staged(sampleLua("new", ""));
    setMark(spare, MARK_PENDING);
    setMark(spare, MARK_TRIED);
    put(cells);
    const files = filesOf(board);
    putFiles(board, { ...files, "curbstop.a": files["curbstop.a"].slice(0, -1) });
    assert.equal(await bootedAnswer(board), NEW);
  });

  it("starts the whole build of lua-esp32 out of a slot that an update has filled, with its pieces", async () => {
    const { code } = await bundleBoard(readBoard("lua-esp32"));
    const { cells, spare } = staged(code);
    setMark(spare, MARK_PENDING);
    put(cells);
    assert.match(await bootedAnswer(board), /^firmware=\S+ .*meter=none unprovisioned/);
  });
});
