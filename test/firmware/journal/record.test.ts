import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { layoutOf } from "../../../firmware/journal/layout";
import {
  blocksOf,
  KIND_COMMIT,
  KIND_EVENTS,
  KIND_HOURS,
  KIND_MONTHS,
  KIND_TARIFF,
  readHeader,
  readRecord,
  SEQUENCE_MAX,
  writeRecord,
} from "../../../firmware/journal/record";
import { textOf, withByte } from "../../byte_texts";
import { createTearingNvm, GEOMETRIES, PowerCut, seeded, TEARS } from "./tearing_nvm";

const nor = GEOMETRIES["nor"];
const layout = layoutOf(nor)!;
const headerOf = (payload: string, sequence = 1) => ({
  kind: KIND_COMMIT,
  anchor: 0,
  length: payload.length,
  sequence,
});

describe("journal: record", () => {
  it("is on flash byte by byte as specified", () => {
    const nvm = createTearingNvm(GEOMETRIES["stm32l4"], seeded(1));
    const known = { kind: KIND_TARIFF, anchor: 0, length: 9, sequence: 0x060504030201 };
    assert.equal(writeRecord(nvm.port, layoutOf(nvm.port.geometry)!, 3, known, "123456789"), "ok");
    // The checksum was computed outside of this project, by Python's zlib.
    const expected = "c50104000900010203040506313233343536373839" + "fc992150" + "ffffffffffffff";
    assert.equal(Buffer.from(nvm.bytes.slice(768, 800)).toString("hex"), expected);
    assert(nvm.bytes.every((byte, place) => (place >= 768 && place < 800) || byte === 255));
    assert.deepEqual([KIND_COMMIT, KIND_EVENTS, KIND_HOURS, KIND_MONTHS, KIND_TARIFF], [0, 1, 2, 3, 4]);
  });

  for (const [name, geometry] of Object.entries(GEOMETRIES)) {
    it(`reads back what was written, any payload that fits, at any block: ${name}`, () => {
      const here = layoutOf(geometry)!;
      const longest = geometry.sector_bytes - 16;
      fc.assert(
        fc.property(
          fc.oneof(fc.nat({ max: 600 }), fc.nat({ max: longest })),
          fc.nat(),
          fc.maxSafeInteger().map((whole) => Math.abs(whole) % (SEQUENCE_MAX + 1)),
          fc.constantFrom(0, 1, 2, 3, 4, 5),
          (length, where, sequence, kind) => {
            const nvm = createTearingNvm(geometry, seeded(1));
            const payload = Array.from({ length }, (_, i) => String.fromCharCode((i * 37 + where) % 256)).join("");
            const room = here.sector_blocks - blocksOf(here, length) + 1;
            const block = here.sector_blocks + (where % room);
            const header = { kind, anchor: 2, length, sequence };
            assert.equal(writeRecord(nvm.port, here, block, header, payload), "ok");
            assert.deepEqual(readHeader(nvm.port, here, block), header);
            assert.deepEqual(readRecord(nvm.port, here, block), { header, payload });
            assert.equal(readRecord(nvm.port, here, block + 1), undefined);
          },
        ),
        { numRuns: 40 },
      );
    });
  }

  it("programs no run across the end of a page, also where pages are no multiple of 64 bytes", () => {
    // As on data flash: 264 bytes a page; and pages of 24 bytes, eleven of which make a block.
    for (const page_bytes of [264, 24]) {
      const geometry = { ...nor, page_bytes, sector_bytes: 264 * 8, size_bytes: 264 * 64 };
      const here = layoutOf(geometry)!;
      const nvm = createTearingNvm(geometry, seeded(1));
      const payload = "0123456789".repeat(150);
      assert.equal(writeRecord(nvm.port, here, 9, headerOf(payload), payload), "ok");
      assert.equal(readRecord(nvm.port, here, 9)?.payload, payload);
    }
  });

  it("is the same bytes with the board's own CRC-32 and with the firmware's, and each reads the other's", () => {
    const native = (bytes: string) => crc32(Buffer.from(bytes, "latin1"));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => {
        const payload = textOf(bytes);
        const header = headerOf(payload, 77);
        const [board, portable] = [native, undefined].map((crc32_of) => {
          const nvm = createTearingNvm(nor, seeded(1));
          return { nvm, port: { ...nvm.port, crc32: crc32_of } };
        });
        for (const { port } of [board, portable]) assert.equal(writeRecord(port, layout, 3, header, payload), "ok");
        assert.deepEqual(board.nvm.bytes, portable.nvm.bytes);
        assert.deepEqual(readRecord({ ...board.port, crc32: undefined }, layout, 3), { header, payload });
        assert.deepEqual(readRecord({ ...portable.port, crc32: native }, layout, 3), { header, payload });
      }),
    );
  });

  it("takes as many blocks as header, payload and checksum need", () => {
    assert.deepEqual(
      [0, 240, 241, 496, 497, 4080].map((length) => blocksOf(layout, length)),
      [1, 1, 2, 2, 3, 16],
    );
  });

  it("is not a record any more once one bit of it changed, whichever it is", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const payload = "what the meter knows";
    writeRecord(nvm.port, layout, 5, headerOf(payload), payload);
    for (let bit = 0; bit < (12 + payload.length + 4) * 8; bit++) {
      const place = 5 * 256 + Math.floor(bit / 8);
      nvm.bytes[place] ^= 1 << (bit % 8);
      assert.equal(readRecord(nvm.port, layout, 5), undefined, String(bit));
      nvm.bytes[place] ^= 1 << (bit % 8);
    }
    assert.notEqual(readRecord(nvm.port, layout, 5), undefined);
  });

  it("is whole or not there after a cut at every program, with every kind of tear", () => {
    const payload = "0123456789".repeat(40);
    for (const geometry of Object.values(GEOMETRIES)) {
      const here = layoutOf(geometry)!;
      for (const tear of TEARS) {
        for (let cut_at = 0; ; cut_at++) {
          const nvm = createTearingNvm(geometry, seeded(cut_at));
          nvm.tear = tear;
          nvm.cut_at = cut_at;
          let finished = false;
          try {
            writeRecord(nvm.port, here, 1, headerOf(payload), payload);
            finished = true;
          } catch (error) {
            assert(error instanceof PowerCut);
          }
          if (finished) break;
          nvm.powerUp();
          for (let again = 0; again < 4; again++) {
            const found = readRecord(nvm.port, here, 1);
            if (found !== undefined) assert.equal(found.payload, payload);
          }
          // Blocks that it does not cover are as they were.
          const after = (1 + blocksOf(here, payload.length)) * here.block_bytes;
          assert(nvm.bytes.every((byte, place) => (place >= here.block_bytes && place < after) || byte === 255));
        }
      }
    }
  });

  it("says whether anything was programmed when the supply forbids, and when the part fails", () => {
    const payload = "0123456789".repeat(40);
    const results = [0, 1, 3].map((low_from) => {
      const nvm = createTearingNvm(nor, seeded(1));
      nvm.low_from = low_from;
      return writeRecord(nvm.port, layout, 0, headerOf(payload), payload);
    });
    assert.deepEqual(results, ["low_power", "unfinished", "unfinished"]);
    const dead = createTearingNvm(nor, seeded(1));
    dead.dead_program.add(0);
    assert.equal(writeRecord(dead.port, layout, 0, headerOf(payload), payload), "failed");
    const twice = createTearingNvm(GEOMETRIES["stm32l4"], seeded(1));
    const there = layoutOf(twice.port.geometry)!;
    assert.equal(writeRecord(twice.port, there, 0, headerOf(payload), payload), "ok");
    assert.equal(writeRecord(twice.port, there, 0, headerOf(payload), payload), "failed");
    const dirty = createTearingNvm(nor, seeded(1));
    dirty.bytes[20] = 0;
    assert.equal(writeRecord(dirty.port, layout, 0, headerOf(payload), payload), "failed");
  });

  it("is not there when its header reads differently the second time, whatever the checksum says", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    writeRecord(nvm.port, layout, 0, headerOf("abc", 6), "abc");
    let reads = 0;
    const read = (address: number, length: number) => {
      const bytes = nvm.port.read(address, length);
      reads += 1;
      return reads === 1 ? withByte(bytes, 6, 7) : bytes;
    };
    assert.equal(readRecord({ ...nvm.port, read }, layout, 0), undefined);
    assert.equal(readRecord({ ...nvm.port, read }, layout, 0)?.header.sequence, 6);
  });

  it("reads no record that would leave its sector, of another version or of an unknown kind", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const payload = "x".repeat(300);
    writeRecord(nvm.port, layout, 14, headerOf(payload), payload);
    assert.notEqual(readHeader(nvm.port, layout, 14), undefined);
    nvm.bytes.copyWithin(15 * 256, 14 * 256, 14 * 256 + 256);
    assert.equal(readHeader(nvm.port, layout, 15), undefined);
    for (const [place, value] of [
      [0, 0xc4],
      [1, 0],
      [1, 2],
      [2, 6],
    ] as const) {
      const kept = nvm.bytes[14 * 256 + place];
      nvm.bytes[14 * 256 + place] = value;
      assert.equal(readHeader(nvm.port, layout, 14), undefined);
      nvm.bytes[14 * 256 + place] = kept;
    }
  });

  it("asserts that a record fits in its sector and that its header tells its length", () => {
    const nvm = createTearingNvm(nor, seeded(1));
    const payload = "x".repeat(241);
    assert.throws(() => writeRecord(nvm.port, layout, 15, headerOf(payload), payload), /ends in the sector/);
    assert.throws(() => writeRecord(nvm.port, layout, 0, headerOf("x"), payload), /length of its payload/);
    // Two bytes tell the length, whatever the sector holds.
    const geometry = { ...nor, sector_bytes: 0x20000, size_bytes: 0x20000 * 8 };
    const large = createTearingNvm(geometry, seeded(1));
    const longest = "x".repeat(65535);
    assert.equal(writeRecord(large.port, layoutOf(geometry)!, 0, headerOf(longest), longest), "ok");
    const longer = longest + "x";
    assert.throws(
      () => writeRecord(large.port, layoutOf(geometry)!, 512, headerOf(longer), longer),
      /length of its payload/,
    );
  });
});
