/** What the build of a NodeMCU board holds of the heap while it is a meter, and not only after it is loaded. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { nameplateBytes } from "../../../firmware/nameplate";
import { bundleLua } from "../../../sim/bundle/lua";
import { cardImage } from "../../../sim/desfire/image";
import { parseBoard, readBoard } from "../../../tools/build/board_file";
import type { Board } from "../../../tools/build/board_schema";
import { bundleBoard } from "../../../tools/build/bundle";
import { commissioningCard, issued, METER, REGION, sold, TRANSPORT_KEY, type TestCard } from "../../firmware/card/desk";
import { tariff } from "../../firmware/samples";
import { household } from "../household";
import { MOBILE, radioPart } from "../modem_scene";
import { luaMissing, runLua } from "../interpreter";

const BOARD = readBoard("lua-esp32");

/** The board with a BG96 in the place of its modem. */
function mobileBoard(): Board {
  const { $schema: _schema, ...board } = BOARD;
  const buses = { ...board.buses, uart_modem: { rx: "16", tx: "17", rate_hz: 115_200 } };
  const pins = { ...board.pins, modem_power: "4" };
  return parseBoard(JSON.stringify({ ...board, pins, buses, parts: { ...board.parts, radio: "bg96" } }), board.name);
}

const LONG = process.env["CURBSTOP_LONG"] === "1";
/** What is drawn after the top-up: a second hour takes lua5.3 as long as all before it. */
const LAST_MINUTES = LONG ? 60 : 10;

/**
 * Of what this Lua with 64-bit pointers holds, one with 32-bit pointers holds three quarters (tools/build/lua_heap.ts). A
 * meter whose radio is on has more than the limit here, with either modem, and keeps it there.
 */
const CHIP_PERMILLE = 750;

const MOMENTS = ["load", "boot", "commissioning-card", "hour", "clock-set", "voucher-card", "topped-up", "end"];

function nameplate(radio: string): string {
  const settings = {
    ...household(),
    meter_number: METER,
    region: REGION,
    transport_key: TRANSPORT_KEY,
    low_credit_milli: 20_000,
  };
  return nameplateBytes({ settings, tariff: tariff(), radio }, (text) => crc32(Buffer.from(text, "latin1")));
}

const imageOf = ({ card }: TestCard): string => Buffer.from(cardImage(card)).toString("latin1");

/** What heap.lua writes, by the first word of each line. */
async function moments(board: Board, radio: string): Promise<Map<string, string[]>> {
  const lines = await runLua(__dirname, ["heap.lua", "hardware.lua", "sha256.lua"], {
    "world.lua": bundleLua(join(__dirname, "device", "card_entry.ts"), "5.3"),
    "bundle.lua": (await bundleBoard(board)).code,
    "minutes.txt": `${LAST_MINUTES}\n`,
    "plate.bin": nameplate(radio),
    "commissioning.bin": imageOf(await commissioningCard()),
    "voucher.bin": imageOf(await sold(await issued("user"))),
  });
  return new Map(lines.map((line) => line.split(" ")).map(([word, ...rest]) => [word, rest]));
}

describe("the heap of a NodeMCU board's meter", function () {
  before(function () {
    if (luaMissing() !== undefined) this.skip();
  });

  const KINDS: [string, () => Board, string, number][] = [
    ["the board", () => BOARD, "", 1000],
    [
      "one with a BG96 that reports each hour, as a chip holds it,",
      mobileBoard,
      radioPart("00112233445566778899AABBCCDDEEFF", MOBILE),
      CHIP_PERMILLE,
    ],
  ];
  for (const [what, board, radio, counted_permille] of KINDS) {
    it(`keeps the limit of ${what} after loading, at boot, with a card, after an hour of counting, its clock set, a top-up and ${LAST_MINUTES} minutes more`, async () => {
      const lines = await moments(board(), radio);
      const wordOf = (line: string, name: string): string | undefined =>
        lines.get(line)?.find((word) => word.startsWith(`${name}=`));
      // It was a meter that counted, took credit and sent: anything less would say nothing.
      assert.deepEqual(lines.get("provision"), ["ok"]);
      assert.deepEqual(lines.get("clock"), ["ok"]);
      assert.equal(wordOf("commissioned", "balance_milli"), "balance_milli=100000");
      assert.equal(wordOf("after", "volume_l"), `volume_l=${600 + 10 * LAST_MINUTES}`);
      const [radio_is, telegrams] = lines.get("radio") ?? [];
      assert.deepEqual([radio_is, Number(telegrams) > 0], radio === "" ? ["none", false] : ["on", true]);
      const heap = MOMENTS.map((moment) => {
        const [bytes, compiled_bytes] = (lines.get(moment) ?? []).map(Number);
        console.log(`      ${moment}: ${bytes} bytes, ${compiled_bytes} bytes of text compiled until then`);
        return { moment, bytes };
      });
      const limit = BOARD.memory.lua_heap_bytes ?? 0;
      assert.deepEqual(
        heap.filter(({ bytes }) => !(bytes > 0 && (bytes * counted_permille) / 1000 <= limit)),
        [],
      );
    });
  }
});
