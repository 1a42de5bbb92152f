import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import type { boot as bootMeter } from "../../../firmware/index";
import { ENGINE_ARITHMETIC } from "../../../firmware/self_check";
import { noTokens, type TokenSettings } from "../../../firmware/token/settings";
import type { Hal } from "../../../hal/hal";
import { bundleEspruino } from "../../../sim/bundle/espruino";
import { ROOM_CONSTANTS, ROOMS, withoutRooms, type Room } from "../../../sim/bundle/rooms";
import { settings, tariff } from "../../firmware/samples";

const ROOT = join(__dirname, "..", "..", "..");
const ENTRY = join(__dirname, "rooms_entry.ts");

const made = new Map<string, ReturnType<typeof bundleEspruino>>();

/** A bundle that Node can run too, without these rooms; each is made once. */
function bundleWithout(rooms: readonly Room[]): ReturnType<typeof bundleEspruino> {
  const name = rooms.join();
  const bundle =
    made.get(name) ?? bundleEspruino(ENTRY, { mangle_properties: false, tokens: false, absent_rooms: rooms });
  made.set(name, bundle);
  return bundle;
}

describe("rooms left out of a bundle", function () {
  it("are those of firmware/rooms.ts", () => {
    const source = readFileSync(join(ROOT, "firmware", "rooms.ts"), "utf8");
    const names = [...source.matchAll(/^export const (ROOM_\w+): boolean = true;$/gm)].map((match) => match[1]);
    assert.deepEqual(Object.values(ROOM_CONSTANTS), names);
  });

  it("take their code with them", async () => {
    const full = await bundleWithout([]);
    const bare = await bundleWithout(ROOMS);
    // What only a card session says, and what every meter says.
    for (const text of ["unknown_card", "card_torn", "foreign_region"]) assert.ok(full.code.includes(text), text);
    for (const text of ["unknown_card", "foreign_region"]) assert.ok(!bare.code.includes(text), text);
    assert.ok(bare.code.includes("ERR SET"));
    assert.ok(full.size_bytes - bare.size_bytes > 40_000, `${full.size_bytes} and ${bare.size_bytes}`);
  });

  it("each can be left out alone, and takes what only it says", async () => {
    const says: Record<Room, readonly string[]> = {
      card: ["card_come", "commissioned_before"],
      token: ["token_key_type", "token_key_expiry"],
      radio: ["listen_minute", "radio_settings"],
    };
    for (const room of ROOMS) {
      const without = await bundleWithout([room]);
      for (const other of ROOMS) {
        for (const text of says[other]) assert.equal(without.code.includes(text), other !== room, `${room}: ${text}`);
      }
    }
  });

  it("of tokens leaves a meter that refuses to boot with a key for them, and boots without", async () => {
    const without = await bundleWithout(["token"]);
    const whole = await bundleWithout([]);
    const booted = (code: string, own: Partial<TokenSettings>): string => {
      const { boot } = runInNewContext(`${code};curbstop`, { getTime: () => 0 }) as { boot: typeof bootMeter };
      const given = settings({ tokens: { ...noTokens(), ...own } });
      const hal = { flow: { count_wrap: 256 }, display: { show: () => undefined }, service: { write: () => "ok" } };
      // A tariff that fits no meter stops what the settings have not stopped.
      const refused = boot(hal as unknown as Hal, given, tariff({ limits_l: [] }), ENGINE_ARITHMETIC);
      return `${refused.result} ${refused.detail}`;
    };
    const key = "00112233445566778899AABBCCDDEEFF";
    for (const own of [{ key }, { paygo_key: key }]) {
      assert.equal(booted(without.code, own), "settings token_key");
      assert.equal(booted(whole.code, own), "tariff malformed");
    }
    assert.equal(booted(without.code, {}), "tariff malformed");
    assert.equal(booted(without.code, { repay_permille: 0 }), "settings repay_permille");
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
