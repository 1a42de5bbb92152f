/** What the build of a LuatOS board holds of the heap while it is a meter with a radio, and not only after it is loaded. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { nameplateBytes } from "../../../firmware/nameplate";
import { bundleLua } from "../../../sim/bundle/lua";
import { cardImage } from "../../../sim/desfire/image";
import { readBoard } from "../../../tools/build/board_file";
import { bundleBoard } from "../../../tools/build/bundle";
import { commissioningCard, issued, METER, REGION, sold, TRANSPORT_KEY, type TestCard } from "../../firmware/card/desk";
import { KEY } from "../../firmware/radio/samples";
import { tariff } from "../../firmware/samples";
import { household } from "../household";
import { luaMissing, runLua } from "../interpreter";
import { MOBILE, radioPart } from "../modem_scene";

const BOARD = readBoard("lua-luatos");
const MOMENTS = ["start", "boot", "connected", "commissioning-card", "hour", "voucher-card", "anew"];
/**
 * Of what a 64-bit Lua holds at these moments, the module's holds at most so much, for its pointers have 32 bits: Lua 5.3.6
 * built with `gcc -m32 -malign-double` held 0.77 to 0.80 of it in this very test (191,489 bytes where this one is highest).
 */
const SHARE_PERMILLE = 820;
/** As long as an authority's certificate with an RSA key of 4,096 bits. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----\n${`${"A".repeat(64)}\n`.repeat(32)}-----END CERTIFICATE-----\n`;

function nameplate(): string {
  const settings = {
    ...household(),
    meter_number: METER,
    region: REGION,
    transport_key: TRANSPORT_KEY,
    low_credit_milli: 20_000,
  };
  const radio = radioPart(Buffer.from(KEY).toString("hex").toUpperCase(), MOBILE);
  return nameplateBytes({ settings, tariff: tariff(), radio }, (text) => crc32(Buffer.from(text, "latin1")));
}

const imageOf = ({ card }: TestCard): string => Buffer.from(cardImage(card)).toString("latin1");

/** What heap.lua writes, by the first word of each line. */
async function moments(): Promise<Map<string, string[]>> {
  const beside = ["hardware.lua", "aes.lua", "../nodemcu/sha256.lua", "../nodemcu/w25q.lua"];
  const lines = await runLua(__dirname, ["heap.lua", ...beside], {
    "world.lua": bundleLua(join(__dirname, "device", "card_entry.ts"), "5.3"),
    "main.lua": (await bundleBoard(BOARD)).code,
    "certificate.pem": CERTIFICATE,
    "plate.bin": nameplate(),
    "commissioning.bin": imageOf(await commissioningCard()),
    "voucher.bin": imageOf(await sold(await issued("user"))),
  });
  return new Map(lines.map((line) => line.split(" ")).map(([word, ...rest]) => [word, rest]));
}

describe("the heap of a LuatOS board's meter with a radio", function () {
  before(function () {
    if (luaMissing() !== undefined) this.skip();
  });

  it("keeps the board's limit at its start, with its books, at its broker, with a card, after an hour and a new connection", async () => {
    const lines = await moments();
    const wordOf = (line: string, name: string): string | undefined =>
      lines.get(line)?.find((word) => word.startsWith(`${name}=`));
    // It was a meter that counted, took credit and told of it: anything less would say nothing.
    assert.deepEqual(
      ["provision", "radio", "told"].map((line) => lines.get(line)),
      [["ok"], ["radio=ok"], ["true"]],
    );
    assert.equal(lines.get("fault"), undefined);
    assert.equal(wordOf("commissioned", "balance_milli"), "balance_milli=100000");
    assert.equal(wordOf("after", "volume_l"), "volume_l=600");
    const heap = MOMENTS.map((moment) => {
      const [measured_bytes, published] = (lines.get(moment) ?? []).map(Number);
      const bytes = Math.ceil((measured_bytes * SHARE_PERMILLE) / 1000);
      console.log(`      ${moment}: ${measured_bytes} bytes here, ${bytes} there; ${published} telegrams`);
      return { moment, bytes };
    });
    const limit = BOARD.memory.lua_heap_bytes ?? 0;
    assert.deepEqual(
      heap.filter(({ bytes }) => !(bytes > 0 && bytes <= limit)),
      [],
    );
  });
});
