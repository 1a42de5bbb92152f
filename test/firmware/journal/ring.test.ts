import assert from "node:assert/strict";
import { layoutOf } from "../../../firmware/journal/layout";
import { writeMark } from "../../../firmware/journal/marks";
import { blocksOf, KIND_COMMIT, KIND_EVENTS, SEQUENCE_MAX, writeRecord } from "../../../firmware/journal/record";
import { commitRing, openRing, prepareRing, readyRing } from "../../../firmware/journal/ring";
import { createWear } from "../../../firmware/journal/wear";
import { withByte } from "../../byte_texts";
import { fillSector, layout, nor, open, put } from "./ring_bench";
import { createTearingNvm, GEOMETRIES, PowerCut, seeded } from "./tearing_nvm";
import { commit, createModel, mark, reboot } from "./torture_model";

const LONG = process.env["CURBSTOP_LONG"] !== undefined;

describe("journal: ring", () => {
  it("is blank at first, also when its very first commit was torn anywhere", () => {
    const first = "first".repeat(60);
    for (let cut_at = 0; ; cut_at++) {
      const nvm = createTearingNvm(nor, seeded(cut_at));
      assert.equal(open(nvm).found, "blank");
      nvm.cut_at = cut_at;
      nvm.tear = cut_at % 2 === 0 ? "subset" : "noise";
      try {
        const ring = openRing(nvm.port, layout, createWear(layout));
        assert.equal(put(ring, first), "ok");
        break;
      } catch (error) {
        assert(error instanceof PowerCut);
      }
      const ring = open(nvm);
      assert.equal(ring.found, ring.payload === first ? "commit" : "blank", String(cut_at));
    }
  });

  it("is damaged when something is there but no commit, wherever it is", () => {
    for (let block = 1; block < 4 * 16; block++) {
      const nvm = createTearingNvm(nor, seeded(1));
      nvm.bytes[block * 256 + (block % 8)] = 0;
      assert.equal(open(nvm).found, "damaged", String(block));
    }
    const nvm = createTearingNvm(nor, seeded(1));
    nvm.bytes[4 * 4096] = 0;
    assert.equal(open(nvm).found, "blank", "the archives are no part of the ring");
  });

  it("takes for a commit neither what stands behind the ring nor a record of another kind", () => {
    const behind = createTearingNvm(nor, seeded(1));
    const header = { kind: KIND_COMMIT, anchor: 0, length: 5, sequence: 7 };
    writeRecord(behind.port, layout, 4 * 16, header, "wrong");
    const blank = open(behind);
    assert.deepEqual([blank.found, blank.payload, blank.marked], ["blank", "", 0]);
    for (const lies of [false, true]) {
      const nvm = createTearingNvm(nor, seeded(1));
      writeRecord(nvm.port, layout, 20, { ...header, kind: KIND_EVENTS }, "wrong");
      // Flash in doubt: at the first look it reads as a commit.
      let looks = lies ? 0 : 1;
      const read = (address: number, length: number) => {
        const bytes = nvm.port.read(address, length);
        const lie = address === 20 * 256 && length === 12 && looks++ === 0;
        return lie ? withByte(bytes, 2, KIND_COMMIT) : bytes;
      };
      const ring = openRing({ ...nvm.port, read }, layout, createWear(layout));
      assert.deepEqual([ring.found, ring.payload, ring.marked], ["damaged", "", 0]);
    }
  });

  it("finds a commit near the end of its sector, where no lanes fit, and keeps its sector", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    put(ring, "0");
    for (let block = 3; block < 16; block++) {
      assert.equal(put(ring, String(block), false), "ok");
      assert.deepEqual([ring.place, open(nvm).payload], [block + 1, String(block)]);
    }
    assert.equal(writeMark(ring.lanes, 1), false);
    const again = open(nvm);
    assert.deepEqual([again.found, again.payload, again.marked], ["commit", "15", 0]);
    const erases = nvm.erases[0];
    assert.equal(put(again, "after"), "ok");
    assert.equal(nvm.erases[0], erases);
  });

  it("has lanes after every commit while the supply is good, also where they just fit", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    for (let i = 0; i < 13; i++) {
      const before = [ring.sector, ring.place];
      assert.equal(put(ring, "a"), "ok");
      assert.equal(ring.lanes.places, 64, before.join());
    }
    assert.equal(ring.sector, 1);
    const last = open(createTearingNvm(nor, seeded(1)));
    for (let i = 0; i < 12; i++) put(last, "a");
    assert.deepEqual([last.sector, last.place], [0, 14]);
    assert.equal(writeMark(last.lanes, 9), true);
    assert.equal(openRing(last.nvm, layout, createWear(layout)).marked, 9);
  });

  it("finds the newest of all commits, and reading writes nothing", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    for (let i = 0; i < 200; i++) {
      const payload = `commit ${i}`.repeat(1 + (i % 40));
      assert.equal(put(ring, payload), "ok");
      if (i % 5 === 0) writeMark(ring.lanes, i + 1);
      const operations = nvm.operations;
      const found = open(nvm);
      assert.deepEqual([found.found, found.payload], ["commit", payload]);
      assert.equal(found.marked, i % 5 === 0 && ring.lanes.places > 0 ? i + 1 : 0);
      assert.equal(nvm.operations, operations);
    }
  });

  it("falls back to the commit before when the newest is spoilt", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    put(ring, "older");
    put(ring, "newer");
    assert.equal(open(nvm).payload, "newer");
    nvm.bytes[3 * 256 + 13] ^= 64;
    assert.equal(open(nvm).payload, "older");
  });

  it("after a boot erases all sectors but that of the newest commit before its first commit", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    put(ring, "a");
    assert.deepEqual(nvm.erases, [1, 1, 1, 1, 0, 0, 0, 0]);
    assert.equal(put(open(nvm), "b"), "ok");
    assert.deepEqual(nvm.erases, [1, 2, 2, 2, 0, 0, 0, 0]);
    assert.equal(open(nvm).payload, "b");
    assert.equal(nvm.bytes[4096], 0xc5, "the next sector holds the new commit");
    const third = open(nvm);
    assert.equal(third.sector, 1);
    assert.equal(put(third, "c"), "ok");
    assert.deepEqual(nvm.erases, [2, 2, 3, 3, 0, 0, 0, 0]);
  });

  it("keeps the sector before as well while the newest commit is not sealed", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    fillSector(ring);
    assert.equal(ring.sector, 0);
    // Two programs make the record; the third, the seal, is refused.
    nvm.low_from = nvm.operations + 1;
    assert.equal(put(ring, "unsealed"), "low_power");
    nvm.low_from = Infinity;
    const again = open(nvm);
    assert.deepEqual([again.payload, again.newest, again.anchor], ["unsealed", 1, 0]);
    const erases = [...nvm.erases];
    put(again, "after");
    const made = nvm.erases.map((count, sector) => count - erases[sector]);
    assert.deepEqual(made, [0, 0, 1, 1, 0, 0, 0, 0]);
    const lanes = nvm.bytes.slice(17 * 256, 19 * 256);
    assert(
      lanes.every((byte) => byte === 255),
      "what may be torn is not sealed",
    );
  });

  it("keeps the sector of an earlier session's sealed commit while a newer one is not sealed", () => {
    for (let turn = 0; turn < 4; turn++) {
      const nvm = createTearingNvm(nor, seeded(1));
      for (let i = 0; i <= turn; i++) assert.equal(put(open(nvm), "sealed"), "ok");
      const ring = open(nvm);
      assert.deepEqual([ring.newest, ring.anchor], [turn, turn]);
      const place = nvm.bytes.slice(turn * 4096, turn * 4096 + 256);
      // Behind the second seal and the erases of the other three sectors: the record, and no more.
      nvm.low_from = nvm.operations + 5;
      assert.equal(put(ring, "unsealed"), "low_power");
      nvm.low_from = Infinity;
      const again = open(nvm);
      assert.deepEqual([again.payload, again.newest, again.anchor], ["unsealed", (turn + 1) % 4, turn]);
      assert.equal(put(again, "after"), "ok");
      assert.deepEqual(nvm.bytes.slice(turn * 4096, turn * 4096 + 256), place);
      assert.equal(again.sector, (turn + 2) % 4);
    }
  });

  it("seals again only what nothing but its seal tells to be whole", () => {
    for (const commits of [1, 2]) {
      const nvm = createTearingNvm(nor, seeded(1));
      const ring = open(nvm);
      for (let i = 0; i < commits; i++) assert.equal(put(ring, "a"), "ok");
      assert.equal(writeMark(ring.lanes, commits === 1 ? 5 : 0), true);
      const before = nvm.bytes.slice(0, 4096);
      assert.equal(put(open(nvm), "b"), "ok");
      assert.deepEqual(nvm.bytes.slice(0, 4096), before);
    }
  });

  it("keeps the answered commit however many after it cannot be sealed, and goes on with the first that can", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    fillSector(ring);
    const erases = nvm.erases[0];
    for (let i = 0; i < 40; i++) {
      assert.equal(readyRing(ring, 8, true), "ok");
      assert.notEqual(ring.sector, 0);
      nvm.low_from = nvm.operations + 1;
      assert.equal(commitRing(ring, "unsealed"), "low_power");
      nvm.low_from = Infinity;
    }
    assert.equal(nvm.erases[0], erases);
    assert.equal(put(ring, "sealed"), "ok");
    assert.equal(open(nvm).payload, "sealed");
  });

  it("uses the last of all sequences, and is worn out then", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const header = { kind: KIND_COMMIT, anchor: 0, length: 1, sequence: SEQUENCE_MAX - 65536 };
    writeRecord(nvm.port, layout, 0, header, "a");
    const ring = open(nvm);
    assert.equal(put(ring, "last"), "ok");
    assert.equal(open(nvm).payload, "last");
    assert.equal(put(ring, "none"), "worn_out");
    assert.equal(open(nvm).payload, "last");
  });

  it("goes on after a commit that could not be sealed, in the same session, and keeps the one before until then", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    fillSector(ring);
    nvm.low_from = nvm.operations + 1;
    assert.equal(put(ring, "unsealed"), "low_power");
    assert.equal(writeMark(ring.lanes, 1), false);
    nvm.low_from = Infinity;
    assert.deepEqual([ring.newest, ring.anchor], [0, 0]);
    assert.equal(put(ring, "sealed"), "ok");
    assert.deepEqual([ring.newest, ring.anchor, open(nvm).payload], [1, 1, "sealed"]);
  });

  it("does not use the block again in which a seal came out half", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    let half = true;
    const program = (address: number, bytes: string) => {
      const seal = half && bytes.length === 8;
      return nvm.port.program(address, seal ? bytes.slice(0, 4) : bytes);
    };
    nvm.powerUp();
    const ring = openRing({ ...nvm.port, program }, layout, createWear(layout));
    assert.equal(put(ring, "not sealed"), "low_power");
    half = false;
    assert.equal(put(ring, "sealed"), "ok");
    assert.deepEqual([ring.sector, ring.wear.retired.includes(true), open(nvm).payload], [0, false, "sealed"]);
  });

  it("erases ahead only while the supply is good, only when room gets short, and never the newest commit's sector", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    prepareRing(ring, false);
    assert.equal(nvm.operations, 0);
    put(ring, "x".repeat(300));
    ring.clean = ["no", "no", "no", "no"];
    const before = nvm.erases.reduce((sum, one) => sum + one);
    prepareRing(ring, true);
    assert.equal(
      nvm.erases.reduce((sum, one) => sum + one),
      before,
      "12 blocks are enough for two and their lanes",
    );
    // 16 blocks: two of the record, two lanes; eight left after two more, and less after three.
    for (let i = 0; i < 2; i++) put(ring, "x".repeat(300));
    prepareRing(ring, true);
    assert.equal(
      nvm.erases.reduce((sum, one) => sum + one),
      before,
      "8 blocks are just enough",
    );
    put(ring, "x".repeat(300));
    prepareRing(ring, false);
    assert.equal(
      nvm.erases.reduce((sum, one) => sum + one),
      before,
    );
    prepareRing(ring, true);
    prepareRing(ring, true);
    assert.equal(
      nvm.erases.reduce((sum, one) => sum + one),
      before + 1,
    );
    assert.deepEqual(ring.clean, ["no", "blank", "no", "no"]);
  });

  it("seals the found commit again before it erases anything, also when it erases ahead", () => {
    for (const ahead of [true, false]) {
      const nvm = createTearingNvm(nor, seeded(1));
      put(open(nvm), "a");
      const ring = open(nvm);
      // The very first operation is the seal: a cut in it leaves nothing erased.
      nvm.cut_at = nvm.operations;
      const erases = [...nvm.erases];
      assert.throws(() => (ahead ? prepareRing(ring, true) : put(ring, "b")), PowerCut);
      assert.deepEqual(nvm.erases, erases);
      const again = open(nvm);
      if (ahead) prepareRing(again, true);
      else put(again, "b");
      assert.equal(nvm.bytes[2 * 256 + 8 + 7], 0x58);
      assert.equal(nvm.erases[0], erases[0]);
      assert.equal(nvm.erases[1], erases[1] + 1);
    }
  });

  it("erases nothing while the found commit cannot be sealed again", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    put(open(nvm), "a");
    const ring = open(nvm);
    const erases = [...nvm.erases];
    nvm.low_from = nvm.operations;
    prepareRing(ring, true);
    assert.equal(put(ring, "b"), "low_power");
    assert.deepEqual(nvm.erases, erases);
    nvm.low_from = Infinity;
    prepareRing(ring, true);
    assert.equal(nvm.bytes[2 * 256 + 8 + 7], 0x58);
    assert.deepEqual(ring.clean, ["no", "blank", "erased", "erased"]);
  });

  it("asserts that a commit and its lanes fit in a sector", () => {
    const ring = open(createTearingNvm(nor, seeded(1)));
    assert.throws(() => readyRing(ring, 14 * 256 - 15, true), /fit in a sector/);
    assert.equal(blocksOf(layout, 14 * 256 - 16), 14);
    assert.equal(readyRing(ring, 14 * 256 - 16, true), "ok");
  });

  /**
   * The cruellest: what was torn reads whole at one boot and is gone at the next. All cuts near the end of a sector,
   * then in up to three recoveries in a row, with all that is torn reading either way at each boot.
   */
  for (const name of ["nor_small", "stm32l4_row", "nor"]) {
    it(`a torn commit that comes and goes never takes an answered one with it: ${name}`, () => {
      const geometry = GEOMETRIES[name];
      const sector_blocks = layoutOf(geometry)!.sector_blocks;
      const life = (cuts: number[], ways: boolean[]): boolean => {
        const script = seeded(3);
        const nvm = createTearingNvm(geometry, seeded(4));
        const model = createModel(nvm, script, 1);
        nvm.tear = "flip";
        // The seal takes two blocks; stop two commits before the sector is full.
        for (let i = 0; i < sector_blocks - 5; i++) commit(model);
        let all = true;
        cuts.forEach((cut, i) => {
          nvm.cut_at = nvm.operations + cut;
          try {
            for (let j = 0; j < 5; j++) commit(model);
            mark(model);
            for (let j = 0; j < 3; j++) commit(model);
            all = false;
          } catch (error) {
            if (!(error instanceof PowerCut)) throw error;
          }
          nvm.reads_after = ways[i];
          reboot(model, false);
        });
        // Everything torn so far shows itself once more, after an answered commit.
        if (commit(model) !== "ok") return all;
        nvm.reads_after = true;
        reboot(model, false);
        nvm.reads_after = false;
        reboot(model, false);
        return all;
      };
      const most = 26;
      for (let first = 0; first < 16; first++) {
        for (let second = first % 3; second < most; second += 3) {
          for (let ways = 0; ways < 4; ways++) life([first, second], [ways % 2 === 1, ways >= 2]);
        }
      }
      const random = seeded(77);
      const pick = (below: number) => Math.floor(random() * below);
      for (let i = 0; i < (LONG ? 100_000 : 800); i++) {
        const cuts = [pick(16), pick(12), pick(12), pick(12), pick(20)].slice(0, 3 + pick(3));
        life(
          cuts,
          cuts.map(() => random() < 0.5),
        );
      }
    }).timeout(LONG ? 3_600_000 : 900_000);
  }
});
