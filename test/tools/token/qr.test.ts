/**
 * QR codes of tokens: what stands on the page and on the terminal is the code of the digits, module by module.
 */
import assert from "node:assert/strict";
import { create } from "qrcode";
import { encodedTokens, qrCharacters, qrPage } from "../../../tools/token/qr";

const TOKEN = "59386323472137426967";

/** The dark modules of a text's code, as the page writes them. */
function darkOf(text: string): Set<string> {
  const { modules } = create(text, { errorCorrectionLevel: "M" });
  const places = Array.from({ length: modules.size ** 2 }, (_, place) => [
    place % modules.size,
    Math.floor(place / modules.size),
  ]);
  return new Set(places.filter(([x, y]) => modules.get(y, x) !== 0).map(([x, y]) => `${x},${y}`));
}

describe("QR codes of tokens", () => {
  it("hold the digits alone, several tokens in their order", () => {
    assert.equal(encodedTokens([TOKEN]), TOKEN);
    assert.equal(encodedTokens(["1", "2"]), "1 2");
  });

  it("stand on a page as they are, each below the one before, with words that are no markup", () => {
    const page = qrPage([
      { text: TOKEN, words: ["a < b & c"] },
      { text: "123", words: [] },
    ]);
    const paths = [...page.matchAll(/<path transform="translate\(4,(\d+)\)" d="([^"]+)"/g)];
    assert.deepEqual(
      paths.map(([, top]) => Number(top)),
      [4, 33],
    );
    paths.forEach(([, , path], index) => {
      const drawn = new Set([...path.matchAll(/M(\d+,\d+)h1v1h-1z/g)].map(([, place]) => place));
      assert.deepEqual(drawn, darkOf(index === 0 ? TOKEN : "123"));
    });
    assert.match(page, />a &lt; b &amp; c<\/text>/);
  });

  it("are characters in a pipe, and black on white on a terminal", async () => {
    const piped = await qrCharacters(TOKEN, false);
    // eslint-disable-next-line no-control-regex -- colours of a terminal are what is looked for
    assert.equal(/\u001b/.test(piped), false);
    const rows = piped.split("\n");
    const dark = darkOf(TOKEN);
    const at = (x: number, y: number): boolean => {
      const character = rows[Math.floor((y + 4) / 2)]?.[x + 4] ?? " ";
      return character === "█" || character === ((y + 4) % 2 === 0 ? "▀" : "▄");
    };
    for (let y = 0; y < 21; y++)
      for (let x = 0; x < 21; x++) assert.equal(at(x, y), dark.has(`${x},${y}`), `${x},${y}`);
    // eslint-disable-next-line no-control-regex -- as above
    assert.match(await qrCharacters(TOKEN, true), /\u001b\[/);
  });
});
