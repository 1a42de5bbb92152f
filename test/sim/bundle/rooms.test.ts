import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleEspruino } from "../../../sim/bundle/espruino";
import { ROOM_CONSTANTS, ROOMS, withoutRooms, type Room } from "../../../sim/bundle/rooms";

const ROOT = join(__dirname, "..", "..", "..");
const FIRMWARE = join(ROOT, "firmware", "index.ts");

describe("rooms left out of a bundle", function () {
  this.timeout(120_000);

  it("are those of firmware/rooms.ts", () => {
    const source = readFileSync(join(ROOT, "firmware", "rooms.ts"), "utf8");
    const names = [...source.matchAll(/^export const (ROOM_\w+): boolean = true;$/gm)].map((match) => match[1]);
    assert.deepEqual(Object.values(ROOM_CONSTANTS), names);
  });

  it("take their code with them", async () => {
    const full = await bundleEspruino(FIRMWARE, { mangle_properties: false });
    const bare = await bundleEspruino(FIRMWARE, { mangle_properties: false, absent_rooms: ROOMS });
    // What only a card session says, and what every meter says.
    for (const text of ["unknown_card", "card_torn", "foreign_region"]) assert.ok(full.code.includes(text), text);
    for (const text of ["unknown_card", "foreign_region"]) assert.ok(!bare.code.includes(text), text);
    assert.ok(bare.code.includes("ERR SET"));
    assert.ok(full.size_bytes - bare.size_bytes > 15_000, `${full.size_bytes} and ${bare.size_bytes}`);
  });

  it("that are named wrongly, or twice, are refused", () => {
    assert.throws(
      () => withoutRooms("export var ROOM_CARD = true;", ["attic" as Room]),
      /to leave the room "attic" out/,
    );
    assert.throws(
      () => withoutRooms("export var OTHER = true;", ["card"]),
      /no ROOM_CARD to leave the room "card" out/,
    );
    assert.throws(() => withoutRooms("export var ROOM_CARD = true;", ["card", "card"]), /no ROOM_CARD/);
  });
});
