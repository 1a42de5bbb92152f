import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FILE_READ_BACK } from "../../../firmware/card/files";
import { textBytes } from "../../../firmware/card/bytes";
import { readReadBack } from "../../../firmware/card/read_back";
import { CARD_RESULTS } from "../../../firmware/card/results";
import { loadCard } from "../../../sim/card/image_file";
import { engineByName } from "../../../sim/engines/engine";
import { prepareScenario, runScenario } from "../../../sim/run";
import { createRandomTwin } from "../../../sim/twins/random";
import * as desk from "../../firmware/card/desk";
import { SCENARIO_CARDS, scenarioCards } from "./scenario_cards";

const CARDS = join(SCENARIO_CARDS, "..", "cards.json");

describe("cards of scenarios", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "curbstop-cards-"))));
  after(() => rmSync(folder, { recursive: true }));

  const engine = engineByName("node");

  /** A scenario of the folder with these steps. */
  function scenario(...steps: object[]): string {
    const file = join(folder, "x.json");
    const tariff = { id: 1, blocks: [{ price_milli: 1000 }] };
    writeFileSync(file, JSON.stringify({ name: "x", description: "x", start: 1551654000, tariff, steps, end: 9 }));
    return file;
  }

  it("are those that the desk makes under the test keys, byte for byte", async () => {
    const made = await scenarioCards();
    const found = readdirSync(SCENARIO_CARDS).filter((name) => name.endsWith(".card"));
    assert.deepEqual(found.sort(), [...made.keys()].sort());
    for (const [name, image] of made) assert.deepEqual([...readFileSync(join(SCENARIO_CARDS, name))], image, name);
  });

  it("are saved as the run has left them, so that the desk reads what the meter has written", async () => {
    const save_cards_folder = join(folder, "after");
    const trace_file = join(folder, "trace");
    const saved = await runScenario({ file: CARDS, engine, save_cards_folder, trace_file });
    assert.equal(saved.trace_sha256, (await runScenario({ file: CARDS, engine })).trace_sha256);
    assert.doesNotMatch(readFileSync(trace_file, "latin1"), /card_image/);
    const names = readdirSync(SCENARIO_CARDS).filter((name) => name.endsWith(".card"));
    assert.deepEqual(readdirSync(save_cards_folder).sort(), names.sort());
    const card = loadCard(join(save_cards_folder, "household-sold-again.card"), desk.crypto, createRandomTwin(1))!;
    const file = card.applications[1].files.find(({ number }) => number === FILE_READ_BACK)!;
    const said = readReadBack(textBytes(file.content));
    assert.ok(said !== undefined && said !== "none");
    assert.deepEqual(
      [said.sequence, said.cumulative_milli, said.balance_milli, CARD_RESULTS[said.result]],
      [2, 800_000, 900_000, "completed"],
    );
  });

  it("are never saved over the card that the run has begun with, nor two under one name", async () => {
    const run = (file: string, save_cards_folder: string) => runScenario({ file, engine, save_cards_folder });
    await assert.rejects(run(CARDS, SCENARIO_CARDS), /begins with \(give another folder\)/);
    const two = ["a/x.card", "b/x.card"].map((image) => {
      mkdirSync(dirname(join(folder, image)));
      copyFileSync(join(SCENARIO_CARDS, "foreign.card"), join(folder, image));
      return { in: { image } };
    });
    const file = scenario({ at: 1, card: two[0] }, { at: 2, card: { out: true } }, { at: 3, card: two[1] });
    await assert.rejects(run(file, join(folder, "after")), /two of its cards are called x\.card/);
  });

  it("that are not there, or no cards, are refused before the run with the place in the scenario", async () => {
    const missing = prepareScenario({ file: scenario({ at: 1, card: { in: { image: "none.card" } } }) });
    await assert.rejects(missing, /x\.json: steps\[0\]\.card\.in\.image: .*none\.card: there is no such file/);
    writeFileSync(join(folder, "text.card"), "no card");
    const wrong = prepareScenario({ file: scenario({ at: 1, card: { in: { image: "text.card" } } }) });
    await assert.rejects(wrong, /text\.card: this is no card image/);
  });
});
