import assert from "node:assert/strict";
import { layoutOf } from "../../../firmware/journal/layout";
import { lanesAt, newestMark, noLanes, sealAgain, writeMark } from "../../../firmware/journal/marks";
import { createTearingNvm, GEOMETRIES, PowerCut, seeded, TEARS } from "./tearing_nvm";

const nor = GEOMETRIES["nor"];
const layout = layoutOf(nor)!;

describe("journal: marks", () => {
  it("are on flash byte by byte as specified, in two lanes by turns", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const lanes = lanesAt(nvm.port, layout, 4, 0x123456789ac5);
    for (const count of [0, 1, 0x1234, 65535]) assert.equal(writeMark(lanes, count), true);
    const hex = (from: number, to: number) => Buffer.from(nvm.bytes.slice(from, to)).toString("hex");
    assert.equal(hex(1024, 1048), "c50000a73affff58" + "c53412a73acbed58" + "ffffffffffffffff");
    assert.equal(hex(1280, 1304), "c50100a73afeff58" + "c5ffffa73a000058" + "ffffffffffffffff");
  });

  for (const [name, geometry] of Object.entries(GEOMETRIES)) {
    it(`the newest is found after each of all that fit, and then a commit is needed: ${name}`, () => {
      const here = layoutOf(geometry)!;
      const nvm = createTearingNvm(geometry, seeded(1));
      const lanes = lanesAt(nvm.port, here, 2, 300);
      const fresh = () => lanesAt(nvm.port, here, 2, 300);
      assert.equal(newestMark(fresh()), -1);
      const places = here.block_bytes / 4;
      for (let i = 1; i <= places; i++) {
        assert.equal(writeMark(lanes, i * 10), true);
        assert.equal(newestMark(fresh()), i * 10);
      }
      assert.equal(writeMark(lanes, 9999), false);
      assert.equal(newestMark(lanesAt(nvm.port, here, 2, 301)), -1, "marks of another commit do not count");
      const touched = nvm.bytes.findIndex((byte) => byte !== 255);
      assert.equal(touched, 2 * here.block_bytes);
      assert(nvm.bytes.slice(4 * here.block_bytes).every((byte) => byte === 255));
    });
  }

  it("what stands behind its lanes is none, nor are eight bytes that hold but bear another magic", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const lanes = lanesAt(nvm.port, layout, 4, 300);
    for (let i = 1; i <= 64; i++) assert.equal(writeMark(lanes, i), true);
    assert.equal(writeMark(lanesAt(nvm.port, layout, 6, 300), 9999), true);
    assert.equal(newestMark(lanesAt(nvm.port, layout, 4, 300)), 64);
    // A torn record may stand where lanes would be.
    nvm.bytes.set([5, 1, 0, 0xa6, 250, 254, 255, 0x59], 10 * 256);
    assert.equal(newestMark(lanesAt(nvm.port, layout, 10, 5)), -1);
  });

  it("a count beyond 65535 needs a commit, and without a commit there is no place", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const lanes = lanesAt(nvm.port, layout, 0, 1);
    assert.equal(writeMark(lanes, 65536), false);
    assert.equal(writeMark(lanes, 65535), true);
    assert.equal(writeMark(noLanes(nvm.port), 1), false);
    assert.throws(() => lanesAt(nvm.port, layout, 15, 1), /lanes end/);
    assert.equal(lanesAt(nvm.port, layout, 14, 1).places, 64);
  });

  it("a torn mark is never taken for another: all subsets of the bits of each pair, and random ones of all", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const random = seeded(9);
    for (const count of [0, 1, 2, 255, 256, 0x5a5a, 0xfffe, 65535]) {
      for (const sequence of [0, 1, 167, 255]) {
        const source = createTearingNvm(nor, seeded(1));
        writeMark(lanesAt(source.port, layout, 0, sequence), count);
        const whole = source.bytes.slice(0, 8);
        const check = (torn: Uint8Array) => {
          nvm.bytes.set(torn);
          const found = newestMark(lanesAt(nvm.port, layout, 0, sequence));
          const expected = torn.every((byte, place) => byte === whole[place]) ? count : -1;
          if (found !== expected) assert.fail(`${Buffer.from(torn).toString("hex")} reads ${found}`);
        };
        // `kept` are bits that were not cleared yet; a byte and its complement share out eight bits to clear.
        for (let pair = 0; pair < 4; pair++) {
          for (let kept = 0; kept < 256; kept++) {
            const torn = Uint8Array.from(whole);
            torn[pair] |= kept;
            torn[pair + 4] |= 255 - kept;
            check(torn);
            const less = Uint8Array.from(whole);
            less[pair] |= kept & (255 - whole[pair]);
            less[pair + 4] |= kept & whole[pair];
            check(less);
          }
        }
        for (let i = 0; i < 2000; i++) {
          check(whole.map((byte) => byte | (random() < 0.7 ? 0 : Math.floor(random() * 256))));
        }
      }
    }
  });

  it("a byte disturbed anywhere in a mark makes it none, never another", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    writeMark(lanesAt(nvm.port, layout, 0, 77), 0x1234);
    for (let place = 0; place < 8; place++) {
      const kept = nvm.bytes[place];
      for (let value = 0; value < 256; value++) {
        nvm.bytes[place] = value;
        assert.equal(newestMark(lanesAt(nvm.port, layout, 0, 77)), value === kept ? 0x1234 : -1);
      }
      nvm.bytes[place] = kept;
    }
  });

  it("a cut at any mark, with every kind of tear, loses at most that mark", () => {
    for (const geometry of Object.values(GEOMETRIES)) {
      const here = layoutOf(geometry)!;
      for (const tear of TEARS) {
        for (let cut_at = 0; cut_at < 64; cut_at++) {
          const nvm = createTearingNvm(geometry, seeded(cut_at * 7 + 1));
          nvm.tear = tear;
          nvm.cut_at = cut_at;
          const lanes = lanesAt(nvm.port, here, 1, 5);
          let done = -1;
          try {
            for (let i = 0; i < 64; i++) {
              writeMark(lanes, i * 11 + 3);
              done = i * 11 + 3;
            }
          } catch (error) {
            assert(error instanceof PowerCut);
          }
          nvm.powerUp();
          for (let again = 0; again < 3; again++) {
            const found = newestMark(lanesAt(nvm.port, here, 1, 5));
            const next = done < 0 ? 3 : done + 11;
            assert(found === done || found === next, `${tear} cut ${cut_at}: ${found}, not ${done} or ${next}`);
          }
        }
      }
    }
  });

  it("after a place that failed a commit is needed, also when the part silently does nothing", () => {
    const dead = createTearingNvm(nor, seeded(1));
    dead.dead_program.add(0);
    const lanes = lanesAt(dead.port, layout, 0, 1);
    assert.equal(writeMark(lanes, 1), false);
    dead.dead_program.clear();
    assert.equal(writeMark(lanes, 2), false);
    assert(lanes.used > 0, "its lanes count as taken");
    const low = createTearingNvm(nor, seeded(1));
    const others = lanesAt(low.port, layout, 0, 1);
    low.low_from = 0;
    assert.equal(writeMark(others, 1), false);
    low.low_from = Infinity;
    assert.equal(writeMark(others, 2), false);
  });

  it("a second seal lies in the other lane behind its first place, and tells as much as the first", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const fresh = () => lanesAt(nvm.port, layout, 4, 0xff);
    writeMark(fresh(), 0);
    assert.equal(sealAgain(fresh()), true);
    const seal = "ff0000a700ffff58";
    assert.equal(
      Buffer.from(nvm.bytes.slice(1280, 1304)).toString("hex"),
      "ffffffffffffffff" + seal + "ffffffffffffffff",
    );
    nvm.bytes.fill(0, 1024, 1032);
    assert.equal(newestMark(fresh()), 0);
  });

  // A word of the one is programmed once; of the other it could be programmed twice.
  for (const name of ["stm32l4", "nor"]) {
    it(`each session seals again in a place of its own, until none is left; a lack of power says so: ${name}`, () => {
      const nvm = createTearingNvm(GEOMETRIES[name], seeded(1));
      const here = layoutOf(nvm.port.geometry)!;
      const fresh = () => lanesAt(nvm.port, here, 0, 5);
      writeMark(fresh(), 0);
      for (let session = 1; session < 8; session++) {
        nvm.low_from = nvm.operations;
        assert.equal(sealAgain(fresh()), false);
        nvm.low_from = Infinity;
        assert.equal(sealAgain(fresh()), true);
        const places = Array.from({ length: 10 }, (_, place) => nvm.bytes[256 + place * 8 + 7] === 0x58);
        assert.deepEqual(
          places,
          Array.from({ length: 10 }, (_, place) => place >= 1 && place <= session),
        );
      }
      const operations = nvm.operations;
      assert.equal(sealAgain(fresh()), true);
      assert.equal(nvm.operations, operations);
      // The last of them is found even where those before it read blank.
      nvm.bytes.fill(255, 0, 8);
      nvm.bytes.fill(255, 256, 256 + 7 * 8);
      assert.equal(newestMark(fresh()), 0);
    });
  }
});
