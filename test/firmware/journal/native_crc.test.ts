import assert from "node:assert/strict";
import path from "node:path";
import { crc32 } from "node:zlib";
import { bundleEspruino } from "../../../sim/bundle/espruino";
import { runChild } from "../../../sim/engines/child";
import { espruinoMissing, findEspruino } from "../../../sim/engines/espruino";
import { textOf } from "../../byte_texts";
import { seeded } from "./tearing_nvm";

const ENTRY = path.join(__dirname, "crc_entry.ts");

/** Prints, for each line, both checksums of the bytes in it. */
const DRIVER = `
(function () {
  var file = E.openFile("program.txt", "r"), lines = file.read(PROGRAM_BYTES).split("\\n");
  lines.forEach(function (hex) {
    var text = "";
    for (var i = 0; i < hex.length; i += 2) text += String.fromCharCode(parseInt(hex.substring(i, i + 2), 16));
    print("@T" + curbstop.checksumBy(E.CRC32, text) + " " + curbstop.checksumBy(undefined, text));
  });
  print("@Rok");
  quit();
})();
`;

/** Blank and zero runs, the length of a commit, and random bytes of any length. */
function samples(seed: number): string[] {
  const random = seeded(seed);
  const anything = (length: number) => textOf(Array.from({ length }, () => Math.floor(random() * 256)));
  const edges = ["123456789", "\x00", "\xff".repeat(4), "\xff".repeat(64), "\x00".repeat(64), anything(900)];
  return [...edges, ...Array.from({ length: 24 }, () => anything(1 + Math.floor(random() * 100)))];
}

describe("journal: an engine's own CRC-32", () => {
  it("is the firmware's on the real Espruino, for any bytes", async function () {
    const espruino = findEspruino();
    if (espruino === undefined) {
      console.log(`      ${espruinoMissing() ?? ""}`);
      this.skip();
    }
    const { code } = await bundleEspruino(ENTRY, { reserved_properties: ["checksumBy"] });
    const seed = Math.floor(Math.random() * 1_000_000);
    const texts = samples(seed);
    const program = texts.map((text) => Buffer.from(text, "latin1").toString("hex")).join("\n");
    const lines: string[] = [];
    await runChild({
      engine: "espruino",
      command: espruino,
      arguments: ["run.js"],
      files: {
        "run.js": `${code}\n${DRIVER.replace("PROGRAM_BYTES", String(program.length))}`,
        "program.txt": program,
      },
      run_limit_ms: 60_000,
      on_line: (line) => lines.push(line),
    });
    const expected = texts.map((text) => crc32(Buffer.from(text, "latin1")) % 2 ** 31);
    const wanted = expected.map((crc) => `${crc} ${crc}`);
    assert.deepEqual(lines, wanted, `seed ${seed}`);
  });
});
