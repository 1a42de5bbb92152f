import assert from "node:assert/strict";
import { readFields, writeFields } from "../../../firmware/journal/fields";
import { layoutOf } from "../../../firmware/journal/layout";
import {
  checkBlank,
  createWear,
  eraseSector,
  lifetime,
  wearFields,
  WEAR_SECTOR_BYTES_MAX,
} from "../../../firmware/journal/wear";
import { createTearingNvm, GEOMETRIES, seeded } from "./tearing_nvm";

const layout = layoutOf(GEOMETRIES["nor"])!;

describe("journal: wear", () => {
  it("erases, counts and finds the sector blank", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const wear = createWear(layout);
    nvm.bytes.fill(0, 4096, 8192);
    assert.equal(eraseSector(nvm.port, wear, 1), "ok");
    assert.equal(checkBlank(nvm.port, wear, 1), "ok");
    assert(nvm.bytes.every((byte) => byte === 255));
    assert.deepEqual(wear.erases, [0, 1, 0, 0, 0, 0, 0, 0]);
    assert(!wear.retired.includes(true));
  });

  it("finds a sector blank whatever its neighbours hold", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const wear = createWear(layout);
    nvm.bytes.fill(0);
    assert.equal(eraseSector(nvm.port, wear, 1), "ok");
    assert.equal(checkBlank(nvm.port, wear, 1), "ok");
  });

  it("finds the last sector blank when its bytes are no whole runs of a read", () => {
    const geometry = { ...GEOMETRIES["nor"], page_bytes: 264, sector_bytes: 264 * 9, size_bytes: 264 * 9 * 8 };
    const nvm = createTearingNvm(geometry, seeded(1));
    const wear = createWear(layoutOf(geometry)!);
    nvm.bytes.fill(0);
    for (const sector of [6, 7]) {
      assert.equal(eraseSector(nvm.port, wear, sector), "ok");
      assert.equal(checkBlank(nvm.port, wear, sector), "ok");
    }
    nvm.bytes[264 * 9 * 8 - 1] = 254;
    assert.equal(checkBlank(nvm.port, wear, 7), "retired");
  });

  it("retires a sector in which one bit, wherever it is, stays programmed", () => {
    for (let place = 0; place < 4096; place += 37) {
      const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
      const wear = createWear(layout);
      nvm.dead_erase.add(2);
      nvm.bytes[2 * 4096 + place] = 255 - 2 ** (place % 8);
      assert.equal(eraseSector(nvm.port, wear, 2), "ok");
      assert.equal(checkBlank(nvm.port, wear, 2), "retired", String(place));
      assert.deepEqual([wear.retired[2], wear.erases[2]], [true, 1]);
    }
  });

  it("retires a sector that refuses, and leaves one alone that has no power", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor"], seeded(1));
    const wear = createWear(layout);
    assert.equal(eraseSector({ ...nvm.port, erase: () => "low_power" }, wear, 3), "low_power");
    assert.deepEqual([wear.retired[3], wear.erases[3]], [false, 0]);
    assert.equal(eraseSector({ ...nvm.port, erase: () => "refused" }, wear, 3), "retired");
    assert.deepEqual([wear.retired[3], wear.erases[3]], [true, 1]);
    assert.throws(() => eraseSector(nvm.port, wear, 3), /only a good sector/);
  });

  it("asserts that it never erases behind the archives", () => {
    const nvm = createTearingNvm(GEOMETRIES["nor_large"], seeded(1));
    const large = layoutOf(GEOMETRIES["nor_large"])!;
    assert.throws(() => eraseSector(nvm.port, createWear(large), large.image_first), /only a good sector/);
    assert.equal(nvm.operations, 0);
  });

  it("keeps counts and retired sectors in a commit, in at most four bytes a sector", () => {
    const wear = createWear(layout);
    wear.erases = [0, 1, 63, 64, 9_999, 10_000_000, 0, 10_000_000];
    wear.retired = [false, true, false, true, false, false, true, true];
    const expected = structuredClone(wear);
    const fields = writeFields();
    wearFields(fields, wear);
    assert.deepEqual({ ...wear, text: "" }, expected, "writing changes nothing");
    const again = writeFields();
    wearFields(again, wear);
    assert.equal(again.text, fields.text, "and writes the same again");
    assert(fields.text.length <= WEAR_SECTOR_BYTES_MAX * 8);
    const found = createWear(layout);
    wearFields(readFields(fields.text), found);
    assert.deepEqual(found, expected);
  });

  it("tells the life of the sector that was erased most", () => {
    const wear = createWear(layout);
    assert.deepEqual(lifetime(wear, 10_000), { erases_max: 0, erase_limit: 10_000, used_permille: 0, retired: 0 });
    wear.erases[4] = 7_999;
    wear.erases[5] = 12;
    wear.retired[1] = true;
    assert.deepEqual(lifetime(wear, 10_000), { erases_max: 7999, erase_limit: 10_000, used_permille: 799, retired: 1 });
    wear.erases[4] = 8_000;
    assert.equal(lifetime(wear, 10_000).used_permille, 800);
  });

  it("stops counting at ten million erases, which FRAM may reach", () => {
    const nvm = createTearingNvm(GEOMETRIES["fram"], seeded(1));
    const wear = createWear(layout);
    wear.erases[0] = 10_000_000;
    eraseSector(nvm.port, wear, 0);
    assert.equal(wear.erases[0], 10_000_000);
  });
});
