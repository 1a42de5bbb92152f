import assert from "node:assert/strict";
import { CRC_START, crcEnd, crcText } from "../../../firmware/journal/crc";
import { wholeField, writeFields } from "../../../firmware/journal/fields";
import { beginImage, endImage, findImage, imageRoom, putImage } from "../../../firmware/journal/image";
import type { Image } from "../../../firmware/journal/image";
import type { Layout } from "../../../firmware/journal/layout";
import { layoutOf } from "../../../firmware/journal/layout";
import { KIND_EVENTS, KIND_IMAGE, writeRecord } from "../../../firmware/journal/record";
import type { Nvm } from "../../../hal/nvm";
import { textOf, withByte } from "../../byte_texts";
import { createTearingNvm, GEOMETRIES, PowerCut, seeded, TEARS, type TearingNvm } from "./tearing_nvm";

const PIECE_BYTES = 64;

function crcOf(bytes: string): number {
  return crcEnd(crcText(CRC_START, bytes));
}

function sample(id: number, length: number): { image: Image; bytes: string } {
  const random = seeded(id);
  const bytes = textOf(Array.from({ length }, () => Math.floor(random() * 256)));
  return { image: { id, length, crc: crcOf(bytes) }, bytes };
}

/** Pieces as a broadcast brings them: in any order. */
function pieces(bytes: string, order: () => number): [number, string][] {
  const all: [number, string][] = [];
  for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
    all.push([offset, bytes.substring(offset, offset + PIECE_BYTES)]);
  }
  return all.map((one) => ({ one, key: order() })).sort((a, b) => a.key - b.key).map(({ one }) => one); // prettier-ignore
}

/** All of it but its record. */
function put(nvm: TearingNvm, layout: Layout, id: number, length: number): Image {
  const { image, bytes } = sample(id, length);
  assert.equal(beginImage(nvm.port, layout, length), "ok");
  for (const [offset, piece] of pieces(bytes, seeded(id + 1000))) assert.ok(putImage(nvm.port, layout, offset, piece));
  return image;
}

function receive(nvm: TearingNvm, layout: Layout, id: number, length: number): void {
  const image = put(nvm, layout, id, length);
  assert.equal(endImage(nvm.port, layout, image), "ok");
}

/** Three sectors of 16 blocks for an image, less the block of its record. */
const SMALL = { ...GEOMETRIES["nor"], size_bytes: 16 * 4096 };
const SMALL_ROOM = (3 * 16 - 1) * 256;

function part(name: string, seed = 1): { nvm: TearingNvm; layout: Layout } {
  const geometry = name === "small" ? SMALL : GEOMETRIES[name];
  const layout = layoutOf(geometry);
  assert.ok(layout !== undefined);
  return { nvm: createTearingNvm(geometry, seeded(seed)), layout };
}

/** A record at the image's first block as no `endImage` writes it; the fields are those of an image. */
function forge(nvm: TearingNvm, layout: Layout, kind: number, values: number[]): void {
  const fields = writeFields();
  for (const value of values) wholeField(fields, value, -1, 2 ** 40);
  const header = { kind, anchor: 0, length: fields.text.length, sequence: 1 };
  assert.equal(writeRecord(nvm.port, layout, layout.image_first * layout.sector_blocks, header, fields.text), "ok");
}

describe("journal image", () => {
  it("has no room on a part that the journal fills", () => {
    const { nvm, layout } = part("nor");
    assert.equal(imageRoom(layout), 0);
    assert.equal(beginImage(nvm.port, layout, 1), "too_large");
    assert.equal(findImage(nvm.port, layout), undefined);
  });

  it("is found whole after all pieces came, in any order, and the next one takes its place", () => {
    const { nvm, layout } = part("nor_large");
    assert.equal(findImage(nvm.port, layout), undefined);
    receive(nvm, layout, 7, 20_000);
    assert.deepEqual(findImage(nvm.port, layout), sample(7, 20_000).image);
    receive(nvm, layout, 8, 500 * 64);
    assert.deepEqual(findImage(nvm.port, layout), sample(8, 32_000).image);
  });

  it("is incomplete while a piece is missing or wrong, and is not there then", () => {
    const { nvm, layout } = part("nor_large");
    const { image, bytes } = sample(3, 640);
    beginImage(nvm.port, layout, 640);
    for (const [offset, piece] of pieces(bytes, seeded(5)).slice(1)) putImage(nvm.port, layout, offset, piece);
    assert.equal(endImage(nvm.port, layout, image), "incomplete");
    assert.equal(endImage(nvm.port, layout, { ...image, length: 641 }), "incomplete");
    assert.equal(endImage(nvm.port, layout, { ...image, length: imageRoom(layout) + 1 }), "incomplete");
    assert.equal(findImage(nvm.port, layout), undefined);
  });

  it("is no longer found when a byte of it has changed", () => {
    const { nvm, layout } = part("nor_large");
    receive(nvm, layout, 7, 1024);
    const place = (layout.image_first * layout.sector_blocks + 1) * layout.block_bytes + 777;
    nvm.bytes[place] ^= 4;
    assert.equal(findImage(nvm.port, layout), undefined);
  });

  it("has all the room behind the archives but one block, and no more than 16 MiB", () => {
    assert.equal(imageRoom(part("small").layout), SMALL_ROOM);
    assert.equal(imageRoom(part("nor_large").layout), (51 * 16 - 1) * 256);
    assert.equal(imageRoom(layoutOf({ ...SMALL, size_bytes: 32 * 1024 * 1024 })!), 16 * 1024 * 1024);
  });

  it("erases just the sectors that its length and its record need", () => {
    const needs: [number, number[]][] = [
      [1, [1, 0, 0]],
      [15 * 256, [1, 0, 0]],
      [15 * 256 + 1, [1, 1, 0]],
      [31 * 256, [1, 1, 0]],
      [31 * 256 + 1, [1, 1, 1]],
      [SMALL_ROOM, [1, 1, 1]],
    ];
    for (const [length, erased] of needs) {
      const { nvm, layout } = part("small");
      assert.equal(beginImage(nvm.port, layout, length), "ok");
      assert.deepEqual(nvm.erases.slice(layout.image_first), erased, String(length));
      assert(
        nvm.erases.slice(0, layout.image_first).every((count) => count === 0),
        "only its own sectors",
      );
    }
  });

  it("is not begun, and nothing is erased, when it has no byte or one too many", () => {
    const { nvm, layout } = part("small");
    receive(nvm, layout, 7, 1);
    for (const length of [-1, 0, SMALL_ROOM + 1]) {
      assert.equal(beginImage(nvm.port, layout, length), "too_large");
    }
    assert.deepEqual(findImage(nvm.port, layout), sample(7, 1).image);
  });

  it("may fill its room to the last byte", () => {
    const { nvm, layout } = part("small");
    receive(nvm, layout, 7, SMALL_ROOM);
    assert.deepEqual(findImage(nvm.port, layout), sample(7, SMALL_ROOM).image);
  });

  it("is gone as soon as the next one is begun", () => {
    const { nvm, layout } = part("small");
    receive(nvm, layout, 7, 640);
    assert.equal(beginImage(nvm.port, layout, 640), "ok");
    assert.equal(findImage(nvm.port, layout), undefined);
  });

  it("is not begun where an erase is refused, and tells whether the supply or the part is to blame", () => {
    for (const answer of ["low_power", "refused", "range"] as const) {
      for (let erases = 0; erases < 3; erases++) {
        const { nvm, layout } = part("small");
        receive(nvm, layout, 7, 640);
        const operations = nvm.operations;
        const erase = (sector: number) => (nvm.operations - operations < erases ? nvm.port.erase(sector) : answer);
        const result = beginImage({ ...nvm.port, erase }, layout, SMALL_ROOM);
        assert.equal(result, answer === "low_power" ? "low_power" : "failed");
        assert.equal(nvm.operations - operations, erases, "no sector is erased after one that was refused");
        // The sector of the record goes first: the image before is there as long as nothing was erased.
        assert.deepEqual(findImage(nvm.port, layout), erases === 0 ? sample(7, 640).image : undefined);
      }
    }
  });

  it("refuses a piece that reaches past its room", () => {
    const { nvm, layout } = part("small");
    const piece = sample(1, 64).bytes;
    beginImage(nvm.port, layout, SMALL_ROOM);
    const operations = nvm.operations;
    assert.equal(putImage(nvm.port, layout, SMALL_ROOM - 32, piece), false);
    assert.equal(putImage(nvm.port, layout, SMALL_ROOM, textOf([1])), false);
    assert.equal(nvm.operations, operations, "nothing was written");
    assert.equal(putImage(nvm.port, layout, SMALL_ROOM - 64, piece), true);
    assert.equal(textOf(nvm.bytes.slice(-64)), piece);
  });

  it("does not take a piece for written that reads back with any byte wrong", () => {
    const piece = sample(1, 64).bytes;
    for (let wrong = 0; wrong < 64; wrong++) {
      const { nvm, layout } = part("small");
      beginImage(nvm.port, layout, 640);
      const program: Nvm["program"] = (address, bytes) =>
        nvm.port.program(address, withByte(bytes, wrong, bytes.charCodeAt(wrong) ^ 16));
      assert.equal(putImage({ ...nvm.port, program }, layout, 128, piece), false, String(wrong));
    }
    const { nvm, layout } = part("small");
    nvm.dead_program.add(layout.image_first);
    assert.equal(putImage(nvm.port, layout, 128, piece), false, "a worn sector");
  });

  it("does not take a piece for written that the part did not take, though the bytes stand there", () => {
    const { nvm, layout } = part("small");
    const piece = sample(1, 64).bytes;
    beginImage(nvm.port, layout, 640);
    assert.equal(putImage(nvm.port, layout, 0, piece), true);
    nvm.low_from = nvm.operations;
    assert.equal(putImage(nvm.port, layout, 0, piece), false);
    for (const answer of ["refused", "range"] as const) {
      assert.equal(putImage({ ...nvm.port, program: () => answer }, layout, 0, piece), false);
    }
  });

  it("does not end without a byte", () => {
    const { nvm, layout } = part("small");
    beginImage(nvm.port, layout, 640);
    assert.equal(endImage(nvm.port, layout, { id: 1, length: 0, crc: crcOf("") }), "incomplete");
    assert.equal(endImage(nvm.port, layout, { id: 1, length: -64, crc: crcOf("") }), "incomplete");
    assert.equal(findImage(nvm.port, layout), undefined);
  });

  it("does not end while the supply is low, and ends when it is back", () => {
    const { nvm, layout } = part("small");
    const image = put(nvm, layout, 7, 640);
    nvm.low_from = nvm.operations;
    assert.equal(endImage(nvm.port, layout, image), "low_power");
    assert.equal(findImage(nvm.port, layout), undefined);
    nvm.low_from = Infinity;
    assert.equal(endImage(nvm.port, layout, image), "ok");
    assert.deepEqual(findImage(nvm.port, layout), image);
  });

  it("blames the supply also when it fails half way through the record", () => {
    const { nvm, layout } = part("stm32l4");
    const bytes = sample(7, 8).bytes;
    beginImage(nvm.port, layout, 8);
    assert.equal(putImage(nvm.port, layout, 0, bytes), true);
    nvm.low_from = nvm.operations + 1;
    assert.equal(endImage(nvm.port, layout, sample(7, 8).image), "low_power");
    nvm.low_from = Infinity;
    assert.equal(findImage(nvm.port, layout), undefined);
  });

  it("fails to end where the record does not come out as written, or is refused", () => {
    for (const program of [() => "ok", () => "refused"] as Nvm["program"][]) {
      const { nvm, layout } = part("small");
      const image = put(nvm, layout, 7, 640);
      assert.equal(endImage({ ...nvm.port, program }, layout, image), "failed");
      assert.equal(findImage(nvm.port, layout), undefined);
    }
  });

  it("is not what a record of another kind says", () => {
    for (const kind of [KIND_EVENTS, KIND_IMAGE]) {
      const { nvm, layout } = part("small");
      const image = put(nvm, layout, 7, 640);
      forge(nvm, layout, kind, [image.id, image.length, image.crc]);
      assert.deepEqual(findImage(nvm.port, layout), kind === KIND_IMAGE ? image : undefined);
    }
  });

  it("is not what a record says whose fields are missing or out of range", () => {
    // Bytes of checksum 0, which is what a checksum is taken for that cannot be read.
    const bytes = textOf([0x9d, 0x0a, 0xd9, 0x6d]);
    assert.equal(crcOf(bytes), 0);
    for (const values of [
      [7, 4],
      [7, 4, -1],
      [7, 4, 2 ** 31],
      [7, 4, 0],
    ]) {
      // prettier-ignore
      const { nvm, layout } = part("small");
      beginImage(nvm.port, layout, 4);
      putImage(nvm.port, layout, 0, bytes);
      forge(nvm, layout, KIND_IMAGE, values);
      const whole = values.length === 3 && values[2] === 0;
      assert.deepEqual(findImage(nvm.port, layout), whole ? { id: 7, length: 4, crc: 0 } : undefined, values.join());
    }
  });

  it("is not what a record says that names more bytes than there is room for", () => {
    const { nvm, layout } = part("small");
    put(nvm, layout, 7, SMALL_ROOM);
    forge(nvm, layout, KIND_IMAGE, [7, SMALL_ROOM + 1, 0]);
    assert.equal(findImage(nvm.port, layout), undefined);
  });

  it("refuses pieces outside its room, and answers a low supply", () => {
    const { nvm, layout } = part("nor_large");
    assert.equal(putImage(nvm.port, layout, -64, textOf([1])), false);
    assert.equal(putImage(nvm.port, layout, imageRoom(layout), textOf([1])), false);
    nvm.low_from = 0;
    assert.equal(putImage(nvm.port, layout, 0, textOf([1])), false);
  });

  for (const tear of TEARS) {
    it(`a cut anywhere leaves the old image, none, or the new one whole: ${tear}`, () => {
      const length = 4096 + 640;
      for (let cut = 0; cut < 90; cut++) {
        const { nvm, layout } = part("nor_large", cut);
        receive(nvm, layout, 1, length);
        nvm.tear = tear;
        nvm.cut_at = nvm.operations + cut;
        let done = false;
        try {
          receive(nvm, layout, 2, length);
          done = true;
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
        }
        nvm.powerUp();
        const found = findImage(nvm.port, layout);
        if (done) assert.deepEqual(found, sample(2, length).image);
        else assert.ok(found === undefined || found.id <= 2);
        if (found !== undefined) assert.deepEqual(found, sample(found.id, length).image);
        nvm.tear = "none";
        receive(nvm, layout, 3, length);
        assert.deepEqual(findImage(nvm.port, layout), sample(3, length).image);
      }
    });
  }
});
