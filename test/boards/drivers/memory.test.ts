/** The memory drivers on their chips: the contract, and what each promises beyond it. */
import assert from "node:assert/strict";
import { REPROGRAMS_MAX } from "../../../boards/drivers/guarded_nvm";
import type { Nvm } from "../../../hal/nvm";
import { armCut, makeBusy, restorePower } from "../../../sim/bus/w25q_chip";
import { describePortContract } from "../../hal/contract";
import type { Supply } from "./memory_rigs";
import { ECC, flashRig, FRAM, framI2cRig, framSpiRig, LARGE_FRAM, NOR, NRF52, w25qRig } from "./memory_rigs";

const RUN = "\u0001\u00fe\u0055\u00aa\u0000\u00ff\u000f\u00f0";
const blank = (length: number): string => "\u00ff".repeat(length);
const zeros = (length: number): string => "\u0000".repeat(length);

const RIGS: [string, () => { boot: () => Nvm; supply: Supply }][] = [
  ["W25Q driver", w25qRig],
  ["MCU flash driver, words of 4 bytes twice", () => flashRig(NRF52)],
  ["MCU flash driver, ECC words once", () => flashRig(ECC)],
  ["MB85RC driver", framI2cRig],
  ["FM25 driver", () => framSpiRig(FRAM)],
  ["FM25 driver of a megabit", () => framSpiRig(LARGE_FRAM)],
];

for (const [name, make] of RIGS) {
  describePortContract("nvm", name, () => ({ port: make().boot(), pass: () => undefined }));

  describe(`the ${name}`, () => {
    it("keeps what was programmed through a boot", () => {
      const rig = make();
      const before = rig.boot();
      before.erase(3);
      assert.equal(before.program(3 * before.geometry.sector_bytes, RUN), "ok");
      assert.equal(rig.boot().read(3 * before.geometry.sector_bytes, RUN.length), RUN);
    });

    it("reads across pages and sectors as they lie", () => {
      const port = make().boot();
      const { sector_bytes } = port.geometry;
      port.erase(0);
      port.erase(1);
      port.program(sector_bytes - 8, RUN);
      port.program(sector_bytes, RUN);
      assert.equal(port.read(sector_bytes - 12, 24), blank(4) + RUN + RUN + blank(4));
      assert.equal(port.read(0, 2 * sector_bytes).length, 2 * sector_bytes);
    });

    it("programs and erases the last byte of its last sector, and nothing else", () => {
      const port = make().boot();
      const { size_bytes, sector_bytes, word_bytes } = port.geometry;
      const last = size_bytes / sector_bytes - 1;
      for (const sector of [0, last]) port.erase(sector);
      assert.equal(port.program(size_bytes - word_bytes, zeros(word_bytes)), "ok");
      assert.equal(port.read(size_bytes - word_bytes, word_bytes), zeros(word_bytes));
      assert.equal(port.read(0, 64), blank(64), "an address that wraps would have met the first sector");
    });

    it("answers low_power while the supply is low, and changes nothing", () => {
      const rig = make();
      const port = rig.boot();
      port.erase(0);
      port.program(0, RUN);
      rig.supply.good = false;
      assert.deepEqual([port.program(8, RUN), port.erase(0)], ["low_power", "low_power"]);
      assert.equal(port.read(0, 16), RUN + blank(8));
      rig.supply.good = true;
      assert.equal(port.program(8, RUN), "ok");
    });
  });
}

describe("memories whose programs are limited", () => {
  it("take an ECC word for programmed after a boot too", () => {
    const rig = flashRig(ECC);
    const port = rig.boot();
    port.erase(0);
    port.program(0, RUN);
    assert.deepEqual([rig.boot().program(0, zeros(8)), rig.boot().read(0, 8)], ["refused", RUN]);
  });

  it(`remember ${REPROGRAMS_MAX} words programmed twice, refuse another, and forget them with their sector`, () => {
    const port = w25qRig().boot();
    port.erase(0);
    port.erase(1);
    for (let word = 0; word <= REPROGRAMS_MAX; word++) port.program(word, "\u000f");
    for (let word = 0; word < REPROGRAMS_MAX; word++) assert.equal(port.program(word, "\u0003"), "ok");
    assert.equal(port.program(REPROGRAMS_MAX, "\u0003"), "refused");
    assert.equal(port.program(4096, "\u0003"), "ok", "a first program needs no place");
    port.erase(1);
    assert.equal(port.program(REPROGRAMS_MAX, "\u0003"), "refused", "another sector's erase frees nothing");
    port.erase(0);
    assert.equal(port.program(0, "\u000f"), "ok");
    assert.equal(port.program(0, "\u0003"), "ok");
  });
});

describe("the W25Q driver and its chip", () => {
  it("is awake after boot, however the chip was left", () => {
    const rig = w25qRig();
    assert.equal(rig.chip.asleep, true);
    assert.equal(rig.boot().erase(0), "ok");
    assert.equal(rig.chip.operations, 1);
  });

  it("waits for an erase that a reset of the meter left under way", () => {
    const rig = w25qRig();
    makeBusy(rig.chip, 300_000);
    const port = rig.boot();
    assert.equal(rig.chip.time.now_us >= 300_000, true);
    assert.equal(port.program(0, RUN), "ok");
    assert.equal(port.read(0, 8), RUN);
  });

  it("gives up on a chip that is busy for ever, in bounded time, and refuses", () => {
    const rig = w25qRig();
    const port = rig.boot();
    rig.chip.hung = true;
    const before_us = rig.chip.time.now_us;
    assert.deepEqual([port.erase(0), port.program(0, RUN)], ["refused", "refused"]);
    rig.boot();
    assert.ok(rig.chip.time.now_us - before_us < 2_000_000);
  });

  it("refuses when the chip does not take the write enable", () => {
    const rig = w25qRig();
    const port = rig.boot();
    rig.chip.write_protected = true;
    assert.deepEqual([port.program(0, RUN), port.erase(0), rig.chip.operations], ["refused", "refused", 0]);
  });

  it("does not take a bus without a chip for blank flash, whatever it floats to", () => {
    for (const floats of [255, 0]) {
      const rig = w25qRig();
      const port = rig.boot();
      port.program(0, RUN);
      rig.chip.floats = floats;
      rig.chip.absent = true;
      for (const driver of [port, rig.boot()]) {
        assert.equal(driver.read(0, 8), "");
        assert.equal(driver.read(4096, 256), "");
        assert.deepEqual([driver.program(8, RUN), driver.erase(0)], ["refused", "refused"]);
      }
      rig.chip.absent = false;
      assert.equal(port.read(0, 16), RUN + blank(8));
    }
  });

  it("does not take a chip that is too small", () => {
    const rig = w25qRig();
    const port = rig.boot();
    rig.chip.capacity_power = 15;
    assert.equal(port.read(0, 8), "");
    rig.chip.capacity_power = 16;
    assert.equal(port.read(0, 8), blank(8));
  });

  it("leaves a prefix behind when the plug is pulled in a program, at every byte", () => {
    for (let after = 0; after <= RUN.length; after++) {
      const rig = w25qRig();
      const port = rig.boot();
      armCut(rig.chip, after);
      port.program(0, RUN);
      assert.equal(port.read(0, 8), "", "without power nothing is read");
      restorePower(rig.chip);
      assert.equal(rig.boot().read(0, 8), RUN.substring(0, after) + blank(8 - after));
    }
  });

  it("takes programs again after a plug pulled in an erase", () => {
    const rig = w25qRig();
    const port = rig.boot();
    for (let page = 0; page < 16; page++) port.program(page * 256, RUN);
    armCut(rig.chip, 2048);
    port.erase(0);
    restorePower(rig.chip);
    const next = rig.boot();
    assert.deepEqual([next.read(0, 8), next.read(2048, 8)], [blank(8), RUN]);
    assert.equal(next.erase(0), "ok");
    assert.equal(next.read(0, NOR.sector_bytes), blank(NOR.sector_bytes));
  });
});

describe("the FRAM drivers and their chips", () => {
  it("repeat a transfer that noise broke off, twice", () => {
    for (const noise of [1, 2]) {
      const rig = framI2cRig();
      const port = rig.boot();
      rig.bus.noise = noise;
      assert.equal(port.program(16, RUN), "ok");
      rig.bus.noise = noise;
      assert.equal(port.read(16, 8), RUN);
    }
  });

  it("answer a read that stays disturbed with an empty text, not with blank bytes", () => {
    const rig = framI2cRig();
    const port = rig.boot();
    rig.bus.noise = 3;
    assert.equal(port.read(0, 8), "");
  });

  it("refuse on a stuck bus, and work once it is free", () => {
    const rig = framI2cRig();
    const port = rig.boot();
    port.program(0, RUN);
    rig.bus.stuck_clocks = 9;
    assert.deepEqual([port.program(0, zeros(8)), port.erase(0), port.read(0, 8)], ["refused", "refused", ""]);
    rig.bus.stuck_clocks = 0;
    assert.equal(port.read(0, 8), RUN);
  });

  it("leave a prefix behind when the plug is pulled in a write, at every byte (I2C)", () => {
    for (let after = 0; after <= RUN.length; after++) {
      const rig = framI2cRig();
      const port = rig.boot();
      port.erase(0);
      rig.bus.cut_armed = true;
      rig.bus.cut_after = 2 + after;
      assert.equal(port.program(0, RUN), "ok", "what was begun is not refused");
      rig.bus.powered = true;
      assert.equal(rig.boot().read(0, 8), RUN.substring(0, after) + blank(8 - after));
    }
  });

  it("leave a prefix behind when the plug is pulled in a write, at every byte (SPI)", () => {
    for (let after = 0; after < RUN.length; after++) {
      const rig = framSpiRig(FRAM);
      const port = rig.boot();
      port.erase(0);
      rig.chip.cut_armed = true;
      rig.chip.cut_after = after;
      assert.equal(port.program(0, RUN), "ok");
      assert.equal(port.read(0, 8), "");
      rig.chip.absent = false;
      assert.equal(rig.boot().read(0, 8), RUN.substring(0, after) + blank(8 - after));
    }
  });

  it("do not take a bus without a chip for a blank part, whatever it floats to (SPI)", () => {
    for (const floats of [255, 0]) {
      const rig = framSpiRig(FRAM);
      const port = rig.boot();
      rig.chip.floats = floats;
      rig.chip.absent = true;
      assert.deepEqual([port.read(0, 8), port.program(0, RUN), port.erase(0)], ["", "refused", "refused"]);
    }
  });

  it("refuse when the write enable latch does not set", () => {
    const rig = framSpiRig(FRAM);
    const port = rig.boot();
    rig.chip.write_protected = true;
    assert.deepEqual([port.program(0, RUN), port.erase(0)], ["refused", "refused"]);
    assert.equal(port.read(1, 8), "", "new parts hold zeros, as a dead bus does");
    rig.chip.write_protected = false;
    assert.equal(port.read(1, 8), zeros(8));
  });
});

describe("the MCU flash driver", () => {
  it("stays within its own pages: what lies before them is never touched", () => {
    const rig = flashRig(NRF52);
    rig.twin.pages.write(0, zeros(16));
    rig.twin.pages.write(8 * 4096 - 16, zeros(16));
    const port = rig.boot();
    for (let sector = 0; sector < 8; sector++) assert.equal(port.erase(sector), "ok");
    assert.equal(port.program(0, RUN), "ok");
    assert.equal(rig.twin.pages.read(0, 16) + rig.twin.pages.read(8 * 4096 - 16, 16), zeros(32));
    assert.equal(rig.twin.pages.read(8 * 4096, 8), RUN);
  });

  it("leaves a prefix behind when the plug is pulled in a program, at every byte", () => {
    for (let after = 0; after <= RUN.length; after++) {
      const rig = flashRig(NRF52);
      const port = rig.boot();
      rig.twin.cut_armed = true;
      rig.twin.cut_after = after;
      port.program(0, RUN);
      rig.twin.powered = true;
      assert.equal(rig.boot().read(0, 8), RUN.substring(0, after) + blank(8 - after));
    }
  });
});
