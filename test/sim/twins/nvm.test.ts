/** The faults of the nvm twin: each does what its header says, and only that. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { NvmResult } from "../../../hal/nvm";
import type { NvmOperation, NvmTwin } from "../../../sim/twins/nvm";
import { cloneNvm, createNvmTwin } from "../../../sim/twins/nvm";
import type { NvmDamage } from "../../../sim/twins/nvm_damage";
import { damage, NVM_DAMAGES, scribble, wearOut } from "../../../sim/twins/nvm_damage";
import { NVM_DEFAULT, NVM_GEOMETRIES, nvmGeometry } from "../../../sim/twins/nvm_parts";
import { createRandomNumbers } from "../../../sim/world/random_numbers";
import { bytesOf, textOf } from "../../byte_texts";

const SECTOR = 4096;
const PAGE = 256;
/** Where the tests program: in the middle of a page. */
const AT = 5 * PAGE + 64;
const RUN = Array.from({ length: 32 }, (_, place) => (place * 89 + 7) % 256);

function part(name = NVM_DEFAULT): NvmTwin {
  return createNvmTwin(nvmGeometry(name));
}

function read(twin: NvmTwin, address: number, length: number): number[] {
  return bytesOf(twin.port.read(address, length));
}

function program(twin: NvmTwin, address: number, bytes: number[]): NvmResult {
  return twin.port.program(address, textOf(bytes));
}

function all(twin: NvmTwin): number[] {
  return read(twin, 0, twin.geometry.size_bytes);
}

function blank(length: number): number[] {
  return new Array<number>(length).fill(255);
}

/** Does an operation that a cut of this kind ends. */
function cut(twin: NvmTwin, kind: NvmDamage, seed: number, operate: () => void): void {
  const before = twin.before;
  twin.before = (operation) => {
    damage(twin, operation, kind, createRandomNumbers(seed));
    twin.powered = false;
  };
  operate();
  twin.powered = true;
  twin.before = before;
}

/** A part with a full second sector, of which an erase is cut. */
function cutErase(kind: NvmDamage, seed: number, name = NVM_DEFAULT): NvmTwin {
  const twin = part(name);
  scribble(twin, SECTOR, textOf(new Array<number>(SECTOR).fill(0x5a)));
  cut(twin, kind, seed, () => assert.equal(twin.port.erase(1), "ok"));
  return twin;
}

/** A part of which a program is cut. */
function cutProgram(kind: NvmDamage, seed: number, name = NVM_DEFAULT): NvmTwin {
  const twin = part(name);
  cut(twin, kind, seed, () => assert.equal(program(twin, AT, RUN), "ok"));
  return twin;
}

const seeds = fc.integer({ min: 0, max: 2147483646 });

describe("nvm parts", () => {
  it("are at least five, with a name each, among them the default", () => {
    const names = NVM_GEOMETRIES.map(({ name }) => name);
    assert.ok(names.length >= 5 && names.includes(NVM_DEFAULT));
    assert.equal(new Set(names).size, names.length);
    assert.throws(() => nvmGeometry("core-memory"));
  });
});

describe("nvm twin", () => {
  it("counts the erases of each sector", () => {
    const twin = part();
    for (let times = 0; times < 3; times++) twin.port.erase(1);
    assert.deepEqual(
      twin.sectors.map((sector) => sector.erases),
      [0, 3, 0, 0, 0, 0, 0, 0],
    );
  });

  it("shows each operation before it takes effect, and counts it", () => {
    const twin = part();
    const seen: NvmOperation[] = [];
    twin.before = (operation) => {
      seen.push(operation);
      assert.deepEqual(read(twin, AT, 4), blank(4));
    };
    program(twin, AT, [1, 2, 3, 4]);
    read(twin, 0, 4);
    twin.before = (operation) => seen.push(operation);
    twin.port.erase(2);
    assert.deepEqual(seen, [
      { kind: "program", address: AT, bytes: textOf([1, 2, 3, 4]), sector: 0, number: 1 },
      { kind: "erase", address: 2 * SECTOR, bytes: "", sector: 2, number: 2 },
    ]);
    assert.equal(twin.operations, 2);
  });

  it("neither shows nor counts what it does not take up", () => {
    const twin = part("stm32-16x2k");
    program(twin, 0, blank(8));
    twin.before = () => assert.fail("this is no operation");
    assert.equal(program(twin, 1, blank(8)), "range");
    assert.equal(program(twin, 0, blank(8)), "refused");
    assert.equal(twin.port.erase(16), "range");
    twin.supply_low = true;
    assert.equal(program(twin, 8, blank(8)), "low_power");
    assert.equal(twin.operations, 1);
  });

  it("without power answers ok, changes nothing, and can be read", () => {
    const twin = part();
    program(twin, AT, RUN);
    twin.powered = false;
    twin.before = () => assert.fail("a zombie's operation is none");
    assert.equal(program(twin, AT, new Array<number>(32).fill(0)), "ok");
    assert.equal(twin.port.erase(0), "ok");
    assert.deepEqual(read(twin, AT, 32), RUN);
    assert.equal(twin.operations, 1);
    twin.powered = true;
    twin.before = () => undefined;
    assert.equal(program(twin, AT, RUN), "ok", "a zombie's program is not counted against the word");
  });

  it("with a low supply refuses programs and erases, and reads as it is told to", () => {
    const twin = part();
    program(twin, AT, RUN);
    twin.supply_low = true;
    assert.equal(program(twin, 0, RUN), "low_power");
    assert.equal(twin.port.erase(0), "low_power");
    assert.deepEqual(read(twin, AT, 32), RUN);
    twin.low_reads = "empty";
    assert.deepEqual(read(twin, AT, 32), []);
    twin.low_reads = "noisy";
    const reads = Array.from({ length: 20 }, () => read(twin, AT, 32).join());
    assert.ok(new Set(reads).size > 10, "a noisy read differs from the next");
    assert.ok(reads.every((read) => read.split(",").length === 32));
    twin.supply_low = false;
    assert.deepEqual(read(twin, AT, 32), RUN);
  });

  it("worn out: programs or erases of that sector alone have no effect, and answer ok", () => {
    const twin = part();
    wearOut(twin, 0, "program");
    assert.equal(program(twin, AT, RUN), "ok");
    assert.deepEqual(read(twin, AT, 32), blank(32));
    program(twin, SECTOR, RUN);
    wearOut(twin, 1, "erase");
    assert.equal(twin.port.erase(1), "ok");
    assert.deepEqual(read(twin, SECTOR, 32), RUN);
    assert.equal(twin.sectors[1].erases, 1);
    program(twin, 2 * SECTOR, RUN);
    assert.equal(twin.port.erase(2), "ok");
    assert.deepEqual(read(twin, 2 * SECTOR, 32), blank(32));
    for (const kind of NVM_DAMAGES) {
      cut(twin, kind, 1, () => program(twin, AT, RUN));
      cut(twin, kind, 1, () => twin.port.erase(1));
      assert.deepEqual([read(twin, AT, 32), read(twin, SECTOR, 32)], [blank(32), RUN], kind);
    }
  });

  it("a sector stays worn when others are erased, and when it is itself", () => {
    const twin = part();
    wearOut(twin, 0, "program");
    twin.port.erase(0);
    program(twin, AT, RUN);
    assert.deepEqual(read(twin, AT, 32), blank(32));
  });

  it("wears: erases beyond the limit have no effect, and only then", () => {
    for (const wears of [true, false]) {
      const twin = createNvmTwin({ ...nvmGeometry(NVM_DEFAULT), erase_limit: 3 });
      twin.wears = wears;
      for (let times = 0; times < 3; times++) {
        program(twin, AT, RUN);
        twin.port.erase(0);
        assert.deepEqual(read(twin, AT, 32), blank(32));
      }
      program(twin, AT, RUN);
      assert.equal(twin.port.erase(0), "ok");
      assert.deepEqual(read(twin, AT, 32), wears ? RUN : blank(32));
    }
  });

  it("can be filled with anything, across pages and sectors", () => {
    const twin = part();
    const bytes = Array.from({ length: 700 }, (_, place) => (place * 31) % 256);
    scribble(twin, SECTOR - 300, textOf(bytes));
    assert.deepEqual(read(twin, SECTOR - 300, 700), bytes);
    assert.deepEqual(read(twin, 0, SECTOR - 300), blank(SECTOR - 300));
  });
});

describe("a cut inside an operation", () => {
  it("none: leaves everything as it was", () => {
    assert.deepEqual(all(cutProgram("none", 1)), blank(32768));
    assert.deepEqual(read(cutErase("none", 1), SECTOR, SECTOR), new Array<number>(SECTOR).fill(0x5a));
  });

  it("whole: leaves everything done", () => {
    assert.deepEqual(read(cutProgram("whole", 1), AT, 32), RUN);
    const twin = cutErase("whole", 1);
    assert.deepEqual([all(twin), twin.sectors[1].erases], [blank(32768), 1]);
  });

  it("torn: a program changes only bits that should change, and nothing beside its run", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const left = all(cutProgram("torn", seed));
        RUN.forEach((byte, place) => {
          assert.equal(left[AT + place] & byte, byte, "no bit is cleared that should stay");
        });
        left.splice(AT, 32);
        assert.deepEqual(left, blank(32768 - 32));
      }),
      { numRuns: 50 },
    );
  });

  it("torn: any of the bits is left out at times, and at times the only one that is", () => {
    const should = RUN.reduce((bits, byte) => bits + ones(255 - byte), 0);
    const done = Array.from({ length: 2000 }, (_, seed) =>
      read(cutProgram("torn", seed * 7919), AT, 32).reduce((bits, byte) => bits + ones(255 - byte), 0),
    );
    assert.ok(done.some((bits) => bits === 0) && done.some((bits) => bits === should), "nothing, and all of it");
    assert.ok(
      done.some((bits) => bits === 1),
      "a bit alone",
    );
    assert.ok(
      done.some((bits) => bits === should - 1),
      "all but a bit",
    );
    assert.ok(new Set(done).size > 80);
    assert.ok(done.filter((bits) => bits > 0 && bits * 100 < should * 15).length > 200, "few bits, often");
    assert.ok(done.filter((bits) => bits < should && bits * 100 > should * 85).length > 200, "nearly all, often");
  });

  it("torn: an erase leaves any mixture of old and blank bits, in that sector alone, and counts", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const twin = cutErase("torn", seed);
        const left = all(twin);
        for (const byte of left.splice(SECTOR, SECTOR)) assert.equal(byte & 0x5a, 0x5a);
        assert.deepEqual(left, blank(32768 - SECTOR));
        assert.equal(twin.sectors[1].erases, 1);
      }),
      { numRuns: 30 },
    );
  });

  it("torn: words that were begun count as programmed, so that ECC flash refuses them until they are erased", () => {
    const twin = cutProgram("torn", 1, "stm32-16x2k");
    assert.equal(program(twin, AT, RUN), "refused");
    twin.port.erase(0);
    assert.equal(program(twin, AT, RUN), "ok");
    assert.deepEqual(read(twin, AT, 32), RUN);
  });

  it("torn: FRAM is left with bits of the old and of the new", () => {
    const twin = part("fram-32k");
    const old = RUN.map((byte) => 255 - byte);
    program(twin, AT, old);
    let set = false;
    for (let seed = 0; seed < 20; seed++) {
      scribble(twin, AT, textOf(old));
      cut(twin, "torn", seed, () => program(twin, AT, RUN));
      set ||= read(twin, AT, 32).some((byte, place) => (byte & RUN[place]) !== 0);
    }
    assert.ok(set, "a program of FRAM sets bits as well");
  });

  for (const [what, cutIt, at, length, old] of [
    ["a program", cutProgram, AT, 32, RUN.map(() => 255)],
    ["an erase", cutErase, SECTOR, SECTOR, new Array<number>(SECTOR).fill(0x5a)],
  ] as const) {
    it(`unstable: bits of ${what} in doubt read differently from one read to the next, until they are erased`, () => {
      const wanted = what === "a program" ? RUN : blank(SECTOR);
      const twin = cutIt("unstable", 5);
      const reads = Array.from({ length: 10 }, () => read(twin, at, length));
      assert.ok(new Set(reads.map((bytes) => bytes.join())).size > 5);
      for (const bytes of reads) {
        bytes.forEach((byte, place) => {
          assert.equal((byte ^ old[place]) & (255 - (old[place] ^ wanted[place])), 0, "other bits are certain");
        });
      }
      assert.deepEqual(
        [read(twin, at - 32, 32), read(twin, at + length, 32)],
        [blank(32), blank(32)],
        "what is beside is certain",
      );
      twin.port.erase(at === AT ? 0 : 1);
      assert.deepEqual(read(twin, at, length), blank(length));
    });
  }

  it("unstable: what is programmed to 0 on top of it is certain, the rest is not", () => {
    const twin = cutProgram("unstable", 5, "nor-8x4k");
    assert.equal(program(twin, AT, new Array<number>(16).fill(0)), "ok");
    const reads = Array.from({ length: 10 }, () => read(twin, AT, 32));
    for (const bytes of reads) assert.deepEqual(bytes.slice(0, 16), new Array<number>(16).fill(0));
    assert.ok(new Set(reads.map((bytes) => bytes.join())).size > 1);
  });

  it("disturbed: one byte of the page beside the run has another value, now and at every read", () => {
    const places = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const twin = cutProgram("disturbed", seed * 104729);
      const left = all(twin);
      const changed = left.flatMap((byte, place) => (byte === 255 || (place >= AT && place < AT + 32) ? [] : [place]));
      assert.equal(changed.length, 1);
      assert.equal(Math.floor(changed[0] / PAGE), Math.floor(AT / PAGE));
      assert.deepEqual(all(twin), left);
      places.add(changed[0]);
    }
    assert.ok(places.size > 50, "any byte of the page");
    const whole = part();
    cut(whole, "disturbed", 1, () => program(whole, PAGE, new Array<number>(PAGE).fill(0)));
    assert.deepEqual([read(whole, 0, PAGE), read(whole, 2 * PAGE, PAGE)], [blank(PAGE), blank(PAGE)]);
  });

  it("leaves the same behind for the same seed", () => {
    for (const kind of NVM_DAMAGES) {
      assert.deepEqual(all(cutProgram(kind, 77)), all(cutProgram(kind, 77)));
      assert.deepEqual(all(cutErase(kind, 77)), all(cutErase(kind, 77)));
    }
  });
});

describe("a clone of the nvm twin", () => {
  it("has the same contents, wear, doubts and switches, and nobody who looks", () => {
    const twin = cutProgram("unstable", 3);
    twin.port.erase(3);
    wearOut(twin, 2, "program");
    twin.wears = true;
    twin.low_reads = "empty";
    twin.before = () => assert.fail("nobody looks at the clone");
    read(twin, AT, 32);
    const clone = cloneNvm(twin);
    assert.deepEqual([clone.operations, clone.wears, clone.low_reads], [twin.operations, true, "empty"]);
    assert.deepEqual(
      clone.sectors.map(({ erases }) => erases),
      twin.sectors.map(({ erases }) => erases),
    );
    for (let times = 0; times < 3; times++) assert.deepEqual(all(clone), all(twin), "even what is in doubt");
    program(clone, 2 * SECTOR, RUN);
    assert.deepEqual(read(clone, 2 * SECTOR, 32), blank(32));
  });

  it("goes its own way, and so does its origin", () => {
    const origin = part();
    program(origin, AT, RUN);
    const clones = [cloneNvm(origin), cloneNvm(origin)];
    clones.push(cloneNvm(clones[1]));
    const before = all(origin);
    clones[0].port.erase(0);
    program(clones[1], AT + 32, RUN);
    wearOut(clones[1], 3, "program");
    program(origin, SECTOR, RUN);
    assert.deepEqual(all(clones[0]), blank(32768));
    assert.deepEqual(all(clones[2]), before);
    assert.deepEqual(read(clones[1], AT, 64), [...RUN, ...RUN]);
    assert.deepEqual(read(origin, AT, 64), [...RUN, ...blank(32)]);
    assert.deepEqual(read(clones[1], SECTOR, 32), blank(32));
    assert.deepEqual(
      [origin, ...clones].map((twin) => twin.sectors[3].program_worn),
      [false, false, true, false],
    );
    assert.deepEqual(
      [origin, ...clones].map((twin) => twin.sectors[0].erases),
      [0, 1, 0, 0],
    );
  });

  it("made before an operation takes effect holds the part as it was until then", () => {
    const twin = part();
    program(twin, AT, RUN);
    const clones: NvmTwin[] = [];
    twin.before = () => clones.push(cloneNvm(twin));
    program(twin, AT + 32, RUN);
    twin.port.erase(0);
    assert.deepEqual(read(clones[0], AT, 64), [...RUN, ...blank(32)]);
    assert.deepEqual(read(clones[1], AT, 64), [...RUN, ...RUN]);
    assert.deepEqual(all(twin), blank(32768));
  });

  it("keeps the count of programs of each word", () => {
    const twin = part();
    for (let times = 0; times < 2; times++) program(twin, 0, RUN);
    const clone = cloneNvm(twin);
    assert.equal(program(clone, 0, RUN), "refused");
    clone.port.erase(0);
    assert.equal(program(clone, 0, RUN), "ok");
    assert.equal(program(twin, 0, RUN), "refused");
  });
});

function ones(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}
