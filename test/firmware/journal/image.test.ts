import assert from "node:assert/strict";
import { CRC_START, crcEnd, crcText } from "../../../firmware/journal/crc";
import { beginImage, endImage, findImage, imageRoom, putImage } from "../../../firmware/journal/image";
import type { Image } from "../../../firmware/journal/image";
import type { Layout } from "../../../firmware/journal/layout";
import { layoutOf } from "../../../firmware/journal/layout";
import { createTearingNvm, GEOMETRIES, PowerCut, seeded, TEARS, type TearingNvm } from "./tearing_nvm";

const PIECE_BYTES = 64;

function sample(id: number, length: number): { image: Image; bytes: number[] } {
  const random = seeded(id);
  const bytes = Array.from({ length }, () => Math.floor(random() * 256));
  return { image: { id, length, crc: crcEnd(crcText(CRC_START, String.fromCharCode(...bytes))) }, bytes };
}

/** Pieces as a broadcast brings them: in any order. */
function pieces(bytes: number[], order: () => number): [number, number[]][] {
  const all: [number, number[]][] = [];
  for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
    all.push([offset, bytes.slice(offset, offset + PIECE_BYTES)]);
  }
  return all.map((one) => ({ one, key: order() })).sort((a, b) => a.key - b.key).map(({ one }) => one); // prettier-ignore
}

function receive(nvm: TearingNvm, layout: Layout, id: number, length: number): void {
  const { image, bytes } = sample(id, length);
  assert.equal(beginImage(nvm.port, layout, length), "ok");
  for (const [offset, piece] of pieces(bytes, seeded(id + 1000))) assert.ok(putImage(nvm.port, layout, offset, piece));
  assert.equal(endImage(nvm.port, layout, image), "ok");
}

function part(name: string, seed = 1): { nvm: TearingNvm; layout: Layout } {
  const layout = layoutOf(GEOMETRIES[name]);
  assert.ok(layout !== undefined);
  return { nvm: createTearingNvm(GEOMETRIES[name], seeded(seed)), layout };
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

  it("refuses pieces outside its room, and answers a low supply", () => {
    const { nvm, layout } = part("nor_large");
    assert.equal(putImage(nvm.port, layout, -64, [1]), false);
    assert.equal(putImage(nvm.port, layout, imageRoom(layout), [1]), false);
    nvm.low_from = 0;
    assert.equal(putImage(nvm.port, layout, 0, [1]), false);
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
