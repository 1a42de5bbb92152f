import assert from "node:assert/strict";
import { createSha256Run } from "../../../firmware/crypto/sha256";
import {
  bytesOfFragment,
  MANIFEST_MAX_BYTES,
  manifestBytes,
  manifestFault,
  manifestLength,
  readManifest,
  tableFragments,
  type Manifest,
} from "../../../firmware/update/manifest";
import { readUpdateFrame, updateFrame, UPDATE_OVERHEAD_BYTES } from "../../../firmware/update/fragment";
import { readUpdateBooks, updateBooksText } from "../../../firmware/update/update_books";
import { createRandomNumbers, randomBelow } from "../../../sim/world/random_numbers";
import { fragmentCountOf, fragmentsOf, manifestOf } from "../../../tools/update/making";
import { GATEWAY } from "../radio/samples";
import { NODE_HASH } from "../crypto/made_signatures";
import { imageOf, wish } from "./rig";

const IMAGE = imageOf("sample", 5003);

/** The hash of bytes that are taken in so many at a time. */
function hashedIn(bytes: Buffer, piece_bytes: number): number[] {
  const run = createSha256Run();
  let at = 0;
  for (; bytes.length - at >= 64; at += Math.min(piece_bytes, Math.floor((bytes.length - at) / 64) * 64))
    run.absorb(bytes.toString("latin1", at, at + Math.min(piece_bytes, Math.floor((bytes.length - at) / 64) * 64)));
  return run.finish(bytes.toString("latin1", at));
}

describe("manifest of an update", () => {
  it("has every field where its header says", () => {
    const manifest = manifestOf(
      wish({ start_utc_s: 258, version: 3, allow_down: true, scope: "group", group: 5 }),
      IMAGE,
    );
    const bytes = Buffer.from(manifestBytes(manifest));
    assert.equal(bytes.subarray(0, 16).toString("hex"), "02" + "0007" + "600100" + "01" + "00000003" + "0000000102");
    assert.equal(bytes.subarray(16, 26).toString("hex"), "01" + "00000000000000" + "0005");
    assert.equal(bytes.readUInt32BE(26), manifest.issued_utc_s);
    assert.equal(bytes[30], 1);
    assert.equal(bytes.toString("latin1", 32, 32 + bytes[31]), "espruino-rak5010");
    const ids = 32 + bytes[31];
    assert.deepEqual([...bytes.subarray(ids + 32, ids + 64)], NODE_HASH.sha256([...IMAGE]));
    assert.equal(bytes.readUInt32BE(ids + 64), IMAGE.length);
    assert.equal(bytes[ids + 72], 128);
    assert.equal(bytes.length, ids + 73 + 8 * tableFragments(IMAGE.length, 128));
  });

  it("is read back as it was, and in one form only", () => {
    const shapes: Partial<Manifest>[] = [
      {},
      { scope: "meter", meter: "600100000000000017" },
      { scope: "group", group: 65535 },
      { allow_down: true, fragment_bytes: 200, version: 2147483647 },
      { fragment_bytes: 32, board: "a" },
    ];
    for (const shape of shapes) {
      const manifest = manifestOf(wish(shape), IMAGE.subarray(0, 4000));
      const bytes = manifestBytes(manifest);
      assert.deepEqual(readManifest(bytes), manifest);
      assert.ok(bytes.length <= MANIFEST_MAX_BYTES);
      assert.equal(manifestLength([...bytes, 1, 2, 3]), bytes.length);
      for (let length = 0; length < bytes.length; length++)
        assert.equal(readManifest(bytes.slice(0, length)), undefined);
      assert.equal(readManifest([...bytes, 0]), undefined);
    }
  });

  it("that was mutated is another manifest without fault, or none: never a crash", () => {
    const seed = Number(process.env["CURBSTOP_SEED"] ?? 11);
    const random = createRandomNumbers(seed);
    const bytes = manifestBytes(manifestOf(wish(), IMAGE));
    let read = 0;
    for (let times = 0; times < 20_000; times++) {
      const changed = [...bytes];
      for (let flips = 1 + randomBelow(random, 4); flips > 0; flips--)
        changed[randomBelow(random, changed.length)] = randomBelow(random, 256);
      const manifest = readManifest(changed);
      if (manifest === undefined) continue;
      read += 1;
      assert.equal(manifestFault(manifest), "", `CURBSTOP_SEED=${seed}`);
      assert.deepEqual(manifestBytes(manifest), changed, `CURBSTOP_SEED=${seed}`);
    }
    assert.ok(read > 0);
  });

  it("counts fragments that give the image back, filled with spaces up to a word", () => {
    const manifest = manifestOf(wish(), IMAGE);
    const pieces = fragmentsOf(IMAGE, 128);
    assert.equal(pieces.length, fragmentCountOf(manifest));
    pieces.forEach((piece, number) =>
      assert.equal(piece.length, bytesOfFragment(manifest, number), `fragment ${number}`),
    );
    const table_count = tableFragments(IMAGE.length, 128);
    const whole = Buffer.concat(pieces.slice(table_count));
    assert.equal(whole.length, 5008);
    assert.equal(whole.toString("latin1"), IMAGE.toString("latin1") + " ".repeat(5));
  });

  it("does not take a frame of another kind for a fragment", () => {
    const frame = updateFrame(GATEWAY, "600100", [1, 2, 3, 4], 300, new Array<number>(64).fill(5));
    assert.deepEqual(readUpdateFrame(frame), {
      region: "600100",
      name: [1, 2, 3, 4],
      number: 300,
      text: "\x05".repeat(64),
    });
    for (let place = 10; place < 13; place++) {
      const changed = [...frame];
      changed[place] += 1;
      assert.equal(readUpdateFrame(changed), undefined);
    }
    for (let length = 0; length < UPDATE_OVERHEAD_BYTES + 8; length++)
      assert.equal(readUpdateFrame(frame.slice(0, length)), undefined);
  });

  it("books of updates are read back, and no others", () => {
    const books = { version: 7, issued_utc_s: 4294967295, refused: 12 };
    assert.deepEqual(readUpdateBooks(updateBooksText(books)), books);
    assert.deepEqual(readUpdateBooks(""), { version: 0, issued_utc_s: 0, refused: 0 });
    assert.ok(updateBooksText({ version: 2147483647, issued_utc_s: 4294967295, refused: 1000000 }).length <= 24);
    assert.equal(readUpdateBooks("x"), undefined);
  });
});

describe("SHA-256 piece by piece", () => {
  it("is the hash of the whole, wherever it is cut and however long it is", () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000]) {
      const bytes = IMAGE.subarray(0, length);
      for (const blocks of [1, 3]) assert.deepEqual(hashedIn(bytes, 64 * blocks), NODE_HASH.sha256([...bytes]));
    }
  });
});
