import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCard, saveCard } from "../../../sim/card/image_file";
import { serveCard } from "../../../sim/card/served_card";
import { cardImage } from "../../../sim/desfire/image";
import { UserError } from "../../../sim/scenario/user_error";
import { createRandomTwin } from "../../../sim/twins/random";
import { AID, CRYPTO, freshCard, le, Reader } from "../desfire/reader";

const RANDOM = createRandomTwin(1);

describe("card image files", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-image-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("bring the card back, are readable by nobody else, and leave nothing beside them", () => {
    const file = join(folder, "a.card");
    const card = freshCard();
    assert.equal(loadCard(file, CRYPTO, RANDOM), undefined);
    writeFileSync(file, "older", { mode: 0o644 });
    saveCard(file, card);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(cardImage(loadCard(file, CRYPTO, RANDOM)!), cardImage(card));
    assert.deepEqual(readdirSync(folder), ["a.card"]);
  });

  it("are saved whenever the card's memory has changed, before the answer, and not otherwise", () => {
    const file = join(folder, "a.card");
    const card = freshCard();
    const served = serveCard(card, () => saveCard(file, card));
    const reader = new Reader((command) => served.respond(command));
    reader.command(0x60, []);
    reader.authenticate(0);
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(reader.command(0xca, [...le(AID, 3), 0x0f, 0x81]).status, 0);
    assert.deepEqual([...readFileSync(file)], cardImage(card));
    reader.command(0x6a, []);
    assert.deepEqual(served.counts, { commands: 7, saves: 1 });
  });

  it("that are none are refused in one line that says what to do", () => {
    const file = join(folder, "a.card");
    saveCard(file, freshCard());
    const image = readFileSync(file);
    const cases: [string | Buffer, RegExp][] = [
      ["", /no card image/],
      ["hello, this is no card", /no card image/],
      [Buffer.alloc(100_000), /no card image/],
      [image.subarray(0, 30), /cut off or changed/],
      [Buffer.concat([image.subarray(0, 8), Buffer.from([9]), image.subarray(9)]), /another version/],
    ];
    for (const [content, message] of cases) {
      writeFileSync(file, content);
      assert.throws(
        () => loadCard(file, CRYPTO, RANDOM),
        (error) => error instanceof UserError && message.test(error.message) && !error.message.includes("\n"),
      );
    }
    assert.throws(() => loadCard(folder, CRYPTO, RANDOM), UserError);
    assert.throws(() => saveCard(join(folder, "none", "a.card"), freshCard()), /cannot be written: ENOENT/);
  });
});
