import assert from "node:assert/strict";
import { openRing, prepareRing } from "../../../firmware/journal/ring";
import { createWear } from "../../../firmware/journal/wear";
import { fillSector, layout, nor, open, put } from "./ring_bench";
import { createTearingNvm, seeded } from "./tearing_nvm";

describe("journal: ring, when supply or part fail", () => {
  it("opens the next sector where a commit could not be sealed, though the supply is not good", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    fillSector(ring);
    for (let i = 0; i < 5; i++) {
      nvm.low_from = nvm.operations + 1;
      assert.equal(put(ring, "unsealed"), "low_power");
    }
    nvm.low_from = Infinity;
    assert.deepEqual([ring.sector, ring.place], [1, 15]);
    nvm.supply_good = false;
    assert.equal(put(ring, "sealed", false), "ok");
    assert.deepEqual([ring.sector, open(nvm).payload], [2, "sealed"]);
  });

  it("makes no erase while the supply is not good: neither the first ones nor a later one", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const ring = open(nvm);
    nvm.supply_good = false;
    assert.equal(put(ring, "a", false), "low_power");
    assert.equal(nvm.operations, 0);
    nvm.supply_good = true;
    put(ring, "a");
    nvm.supply_good = false;
    let made = 1;
    while (put(ring, "a", false) === "ok") made += 1;
    // Of each of the four sectors all sixteen blocks, but for the two in which the first commit is sealed.
    assert.equal(made, 4 * 14);
    assert.equal(put(ring, "a", false), "low_power");
    assert.deepEqual(nvm.erases.slice(0, 4), [1, 1, 1, 1]);
    nvm.supply_good = true;
    assert.equal(put(ring, "b"), "ok");
    assert.deepEqual([ring.sector, open(nvm).payload], [0, "b"]);
  });

  it("makes an erase later that the part put off for want of power, and writes nothing before", () => {
    for (const landed of [false, true]) {
      for (let sector = 0; sector < 4; sector++) {
        const nvm = createTearingNvm(nor, seeded(1));
        let low = -1;
        const erase = (one: number) => (one === low ? "low_power" : nvm.port.erase(one));
        nvm.bytes.fill(0, 0, 4 * 4096);
        nvm.powerUp();
        const ring = openRing({ ...nvm.port, erase }, layout, createWear(layout));
        // Once round, so that each sector is full and has to be erased in its turn.
        for (let i = 0; landed && (i < 60 || ring.sector !== (sector + 3) % 4 || ring.place < 14); i++) put(ring, "a");
        const erases = [...nvm.erases];
        low = sector;
        assert.equal(put(ring, "b"), "low_power");
        if (landed) assert.deepEqual(nvm.erases, erases);
        else assert(nvm.bytes.every((byte) => byte === 0 || byte === 255), "nothing was written"); // prettier-ignore
        low = -1;
        assert.equal(put(ring, "b"), "ok");
        assert.equal(ring.sector, landed ? sector : 0);
        assert(!ring.wear.retired.includes(true));
        assert.equal(nvm.erases[sector], erases[sector] + 1);
      }
    }
  });

  it("gives up a sector that fails, of the erase as of the program, and takes the next", () => {
    for (const fault of ["dead_erase", "dead_program", "refused"] as const) {
      const nvm = createTearingNvm(nor, seeded(1));
      if (fault === "dead_erase") nvm.bytes[4096 + 4000] = 0;
      if (fault !== "refused") nvm[fault].add(1);
      const erase = (sector: number) => (fault === "refused" && sector === 1 ? "refused" : nvm.port.erase(sector));
      const ring = openRing({ ...nvm.port, erase }, layout, createWear(layout));
      fillSector(ring);
      if (fault === "dead_program") assert.equal(put(ring, "after"), "failed");
      assert.equal(put(ring, "after"), "ok");
      assert.deepEqual([ring.sector, open(nvm).payload], [2, "after"]);
      assert.deepEqual(ring.wear.retired.slice(0, 4), [false, true, false, false]);
      for (let i = 0; i < 100; i++) {
        assert.equal(put(ring, `after ${i}`), "ok");
        assert.notEqual(ring.sector, 1);
      }
      assert.equal(open(nvm).payload, "after 99");
    }
  });

  it("makes its first commit at once where one sector is left that can be erased, whichever it is", () => {
    for (let good = 0; good < 4; good++) {
      const nvm = createTearingNvm(nor, seeded(1));
      const erase = (sector: number) => (sector === good ? nvm.port.erase(sector) : "refused");
      const ring = openRing({ ...nvm.port, erase }, layout, createWear(layout));
      assert.equal(put(ring, "a"), "ok");
      assert.deepEqual([ring.sector, open(nvm).payload], [good, "a"]);
    }
  });

  it("makes its first commit in the last sector where that is the only good one, and is worn out without one", () => {
    for (const good of [3, -1]) {
      const nvm = createTearingNvm(nor, seeded(1));
      const ring = open(nvm);
      for (let sector = 0; sector < 4; sector++) if (sector !== good) nvm.dead_program.add(sector);
      for (let i = 0; i < (good < 0 ? 4 : 3); i++) assert.equal(put(ring, "a"), "failed");
      assert.equal(put(ring, "a"), good < 0 ? "worn_out" : "ok");
      const operations = nvm.operations;
      // Nothing is left to erase ahead; this does nothing.
      for (let i = 0; i < 3; i++) prepareRing(ring, true);
      assert.equal(nvm.operations, operations);
      if (good < 0) continue;
      while (put(ring, "b") === "ok");
      assert.equal(put(ring, "c"), "worn_out");
      prepareRing(ring, true);
      assert.equal(open(nvm).payload, "b");
    }
  });

  it("goes on behind a commit that stopped half way, and in its place when nothing was written", () => {
    const long = "x".repeat(300);
    for (let programs = 0; programs < 5; programs++) {
      const nvm = createTearingNvm(nor, seeded(1));
      const ring = open(nvm);
      put(ring, "before");
      const { place, sequence } = ring;
      nvm.low_from = nvm.operations + programs;
      assert.equal(put(ring, long), "low_power");
      nvm.low_from = Infinity;
      assert.equal(open(nvm).payload, "before");
      assert.equal(put(ring, "after"), "ok");
      assert.equal(open(nvm).payload, "after");
      // Before: the lanes of the first commit, which hold its seal.
      const passed = programs === 0 ? 2 : 4;
      assert.deepEqual([ring.place, ring.sequence], [place + passed + 1, sequence + (programs === 0 ? 1 : 2)]);
    }
  });
});
