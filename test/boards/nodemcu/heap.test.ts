/** What the build of a NodeMCU board holds of the heap while it is a meter, and not only after it is loaded. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { nameplateBytes } from "../../../firmware/nameplate";
import { blankSettings } from "../../../firmware/settings";
import { bundleLua } from "../../../sim/bundle/lua";
import { cardImage } from "../../../sim/desfire/image";
import { findOnPath, runChild } from "../../../sim/engines/child";
import { readBoard } from "../../../tools/build/board_file";
import { bundleBoard } from "../../../tools/build/bundle";
import { commissioningCard, issued, METER, REGION, sold, TRANSPORT_KEY, type TestCard } from "../../firmware/card/desk";
import { tariff } from "../../firmware/samples";
import { luaMissing } from "./interpreter";

const BOARD = readBoard("lua-esp32");

const MOMENTS = ["load", "boot", "commissioning-card", "hour", "voucher-card", "topped-up", "second-hour"];

function nameplate(): string {
  const settings = {
    ...blankSettings(),
    meter_number: METER,
    region: REGION,
    transport_key: TRANSPORT_KEY,
    pulse_litres: 1,
    pulse_pulses: 1,
    q3_l_h: 25_000,
    burst_permille: 1000,
    flow_max_l_h: 62_500,
    low_credit_milli: 20_000,
  };
  return nameplateBytes({ settings, tariff: tariff(), radio: "" }, (text) => crc32(Buffer.from(text, "latin1")));
}

const imageOf = ({ card }: TestCard): string => Buffer.from(cardImage(card)).toString("latin1");

/** What heap.lua writes, by the first word of each line. */
async function moments(): Promise<Map<string, string[]>> {
  const fileHere = (name: string): string => readFileSync(join(__dirname, name), "latin1");
  const lines = new Map<string, string[]>();
  await runChild({
    engine: "lua5.3",
    command: findOnPath("lua5.3") ?? "lua5.3",
    arguments: ["heap.lua"],
    files: {
      "heap.lua": fileHere("heap.lua"),
      "hardware.lua": fileHere("hardware.lua"),
      "sha256.lua": fileHere("sha256.lua"),
      "world.lua": bundleLua(join(__dirname, "device", "card_entry.ts"), "5.3"),
      "bundle.lua": (await bundleBoard(BOARD)).code,
      "plate.bin": nameplate(),
      "commissioning.bin": imageOf(await commissioningCard()),
      "voucher.bin": imageOf(await sold(await issued("user"))),
    },
    run_limit_ms: 240_000,
    on_line: (line) => {
      const [word, ...rest] = line.split(" ");
      lines.set(word, rest);
    },
  });
  return lines;
}

describe("the heap of a NodeMCU board's meter", function () {
  this.timeout(300_000);

  before(function () {
    if (luaMissing() !== undefined) this.skip();
  });

  it("keeps the board's limit after loading, at boot, with a card, after a top-up and after hours of counting", async () => {
    const lines = await moments();
    const wordOf = (line: string, name: string): string | undefined =>
      lines.get(line)?.find((word) => word.startsWith(`${name}=`));
    // It was a meter that counted and took credit: anything less would say nothing.
    assert.deepEqual(lines.get("provision"), ["ok"]);
    assert.equal(wordOf("commissioned", "balance_milli"), "balance_milli=100000");
    assert.equal(wordOf("after", "volume_l"), "volume_l=1200");
    const heap = MOMENTS.map((moment) => {
      const [bytes, compiled_bytes] = (lines.get(moment) ?? []).map(Number);
      console.log(`      ${moment}: ${bytes} bytes, ${compiled_bytes} bytes of text compiled until then`);
      return { moment, bytes };
    });
    const limit = BOARD.memory.lua_heap_bytes ?? 0;
    assert.deepEqual(
      heap.filter(({ bytes }) => !(bytes > 0 && bytes <= limit)),
      [],
    );
  });
});
