/**
 * The support bundle: it says what has happened, holds no key of the session in any form, and changes nothing.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readRadioBooks } from "../../../firmware/radio/radio_books";
import { readImage } from "../../../sim/desfire/image";
import { prepareScenario } from "../../../sim/run";
import { readCardImages } from "../../../sim/scenario/card_images";
import { bundleName, bundleText } from "../../../sim/serve/bundle";
import { LiveRun } from "../../../sim/serve/live_run";
import { firstPlan } from "../../../sim/serve/plans";
import { createTray } from "../../../sim/serve/tray";
import { createCryptoTwin } from "../../../sim/twins/crypto";
import { createRandomTwin } from "../../../sim/twins/random";

const SCENARIOS = join(__dirname, "..", "..", "..", "sim", "scenarios");
const HOUR_MS = 3_600_000;

async function fileRun(name: string): Promise<LiveRun> {
  const file = join(SCENARIOS, name);
  const { scenario, flow, flow_file } = await prepareScenario({ file });
  return new LiveRun({ scenario, file, flow, flow_file, card_images: readCardImages(scenario, file) });
}

/** Strings under names that end in "key", wherever they stand. */
function keysIn(value: unknown, name = ""): string[] {
  if (typeof value === "string") return /key$/.test(name) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([inner, held]) => keysIn(held, Array.isArray(value) ? name : inner));
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** All keys of a run, gathered from where they are kept and not as the bundle gathers them. */
function keysOf({ plan, world }: LiveRun): Buffer[] {
  const crypto = createCryptoTwin();
  const on_cards = [...(plan.card_images?.values() ?? [])].flatMap((image) => {
    const levels = readImage(crypto, createRandomTwin(1), [...image]).card?.applications ?? [];
    return levels.flatMap(({ keys }) => keys.map(({ bytes }) => Buffer.from(bytes)));
  });
  const { meter } = world;
  const books = meter === undefined ? [] : [meter.card.books, meter.tokens.state.books];
  const radio = readRadioBooks(meter?.annex.kept ?? "");
  return [
    ...keysIn(plan.scenario).map((hex) => Buffer.from(hex, "hex")),
    ...keysIn(books).map(bytesOf),
    bytesOf(radio?.master_key ?? ""),
    ...on_cards,
  ].filter((key) => key.some((byte) => byte !== 0));
}

/** Base64 of a key wherever it begins in what is encoded: the characters that are its alone. */
function base64Forms(key: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), key]).toString("base64");
    return text.slice(before === 0 ? 0 : before + 1, Math.floor(((before + key.length) * 8) / 6));
  });
}

/** Keys that a text holds, in hexadecimal, as base64, or as a list of bytes. */
function found(text: string, keys: readonly Buffer[]): string[] {
  const packed = text.replaceAll(/\s/g, "");
  return keys
    .filter((key) => {
      const forms = [key.toString("hex"), key.toString("hex").toUpperCase(), [...key].join(","), ...base64Forms(key)];
      return forms.some((form) => packed.includes(form));
    })
    .map((key) => key.toString("hex"));
}

describe("the support bundle", function () {
  const runs: [string, () => Promise<LiveRun>, number][] = [
    ["the first meter, put into service by card", () => Promise.resolve(new LiveRun(firstPlan(createTray()))), 10],
    ["cards.json", () => fileRun("cards.json"), 5],
    ["tokens.json", () => fileRun("tokens.json"), 2],
    ["radio.json", () => fileRun("radio.json"), 1],
  ];
  for (const [name, open, keys_least] of runs) {
    it(`holds no key of ${name}`, async () => {
      const run = await open();
      run.runTo(Math.min(run.end_ms, 48 * HOUR_MS));
      const keys = keysOf(run);
      assert.ok(new Set(keys.map((key) => key.toString("hex"))).size >= keys_least, `${keys.length} keys`);
      assert.deepEqual(found(bundleText(run), keys), []);
    });
  }

  it("would be found to hold one: the same search finds keys in scenarios and images", async () => {
    const run = await fileRun("tokens.json");
    assert.ok(found(JSON.stringify(run.plan.scenario), keysOf(run)).length >= 1);
    const first = new LiveRun(firstPlan(createTray()));
    first.runTo(10_000);
    const [image] = first.plan.card_images?.values() ?? [];
    for (const form of ["hex", "base64"] as const) {
      assert.ok(found(Buffer.from(image).toString(form), keysOf(first)).length >= 1, form);
    }
    assert.ok(found(JSON.stringify(image), keysOf(first)).length >= 1);
  });

  it("masks a key that stands where nobody looks for one", () => {
    const run = new LiveRun(firstPlan(createTray()));
    run.runTo(10_000);
    const voucher_key = bytesOf(run.world.meter?.card.books.voucher_key ?? "").toString("hex");
    assert.equal(voucher_key.length, 32);
    run.book.take(`{"t":10000,"event":"log","code":"x","value":0,"stray":"${voucher_key.toUpperCase()}"}`);
    const text = bundleText(run);
    assert.deepEqual(found(text, keysOf(run)), []);
    assert.match(text, /stray\\":\\"\(a key\)/);
  });

  it("says what was done, what came of it, and what stands in the memory", async () => {
    const run = await fileRun("week.json");
    run.runTo(60 * HOUR_MS);
    run.act([{ keys: "*" }]);
    const bundle = JSON.parse(bundleText(run)) as {
      scenario: { seed: number; steps: { keys?: string }[]; meter: { region: string } };
      now: { view: { volume_l: number; valve: string } };
      events: { code: string }[];
      trace: { lines: number; sha256: string; newest: string[] };
      journal: { sectors: { region: string; records: { kind: string; is_whole: boolean; payload?: string }[] }[] };
    };
    assert.equal(bundleName(run), "support-week-216000s.json");
    assert.deepEqual(bundle.scenario.steps.at(-1)?.keys, "*");
    assert.equal(bundle.scenario.meter.region, "600100");
    assert.ok(bundle.now.view.volume_l > 1000);
    assert.ok(bundle.events.some(({ code }) => code === "supply_cut"));
    assert.deepEqual([bundle.trace.lines, bundle.trace.sha256], [run.book.count, run.book.sha256()]);
    assert.equal(bundle.trace.newest.at(-1), run.book.linesAfter(0, 1)[0]);
    const records = bundle.journal.sectors.flatMap((sector) => sector.records);
    const commits = records.filter(({ kind, is_whole }) => kind === "commit" && is_whole);
    assert.ok(commits.length >= 1 && commits.every(({ payload }) => payload === undefined));
    assert.ok(records.some(({ kind, payload }) => kind === "events" && payload !== undefined));
  });

  it("changes nothing, even where the memory reads differently each time", async () => {
    const sha256 = async (is_looked_at: boolean): Promise<string> => {
      const run = await fileRun("power-cuts.json");
      const step_ms = Math.ceil(run.end_ms / 40);
      for (let until_ms = step_ms; !run.ended; until_ms += step_ms) {
        run.runTo(until_ms);
        if (is_looked_at) bundleText(run);
      }
      return run.book.sha256();
    };
    assert.equal(await sha256(true), await sha256(false));
  });
});
