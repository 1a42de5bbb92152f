import assert from "node:assert/strict";
import { hexText } from "../../../firmware/card/bytes";
import { cardImage } from "../../../sim/desfire/image";
import { exchangeTimeUs } from "../../../sim/desfire/time";
import { programEngines } from "../../same_on_engines";
import { AID, bytes, freshCard, hex, jamcrc, le, Reader, rights } from "./reader";

/** The seed of engine_entry.ts. */
const SEED = 5;

/** Every kind of command once, by a reader that knows the card's challenges, because the seed is the same. */
function session(reader: Reader): void {
  reader.command(0x60, []);
  reader.authenticate(0);
  reader.command(0x51, [], [], "plain", "enciphered");
  reader.command(0xca, [...le(AID, 3), 0x0f, 0x83]);
  reader.select(AID);
  reader.authenticate(0);
  reader.changeKey(1, bytes("000102030405060708090a0b0c0d0eff"), 3, new Array<number>(16).fill(0));
  reader.command(0xcb, [1, 3, ...rights(0, 0, 0, 0), ...le(80, 3)]);
  reader.command(0xcc, [2, 3, ...rights(0, 0, 0, 0), ...le(-2147483648, 4), ...le(2147483647, 4), ...le(-3, 4), 1]);
  const data = Array.from({ length: 70 }, (_, index) => 255 - index);
  reader.command(0x3d, [1, ...le(3, 3), ...le(70, 3)], data, "enciphered");
  reader.command(0xdc, [2], le(2147483645, 4), "enciphered");
  reader.command(0xc7, []);
  reader.command(0x6c, [2], [], "plain", "enciphered");
  reader.command(0xbd, [1, ...le(0, 3), ...le(0, 3)], [], "plain", "enciphered");
  reader.command(0xdc, [2], le(1, 4), "enciphered");
}

describe("virtual card: engines", () => {
  const engines = programEngines("desfire");
  const card = freshCard(SEED);
  const reader = new Reader(card);
  session(reader);
  const program = reader.log.map(({ command }) => hexText(command));
  const expected = reader.log.map(
    ({ command, answer }) => `${hexText(answer)} ${exchangeTimeUs(command, answer.length)}`,
  );
  expected.push(`none ${hexText(jamcrc(cardImage(card)))}`);

  it("carries out every command of the session but the last, which breaks a limit", () => {
    const refused = reader.log.filter(({ answer }) => ![0, 0xaf].includes(answer.at(-1)!));
    assert.deepEqual(
      refused.map(({ answer }) => hex(answer)),
      ["91be"],
    );
  });

  for (const engine of engines) {
    it(`answers the same and remembers the same on ${engine.name}`, async function () {
      if (engine.missing() !== undefined) this.skip();
      const trace: string[] = [];
      await engine.run(program, (line) => trace.push(line));
      assert.deepEqual(trace, expected);
    });
  }
});
