/**
 * Replay of real months against an oracle that knows nothing of the firmware: it reads the CSV and the tariff of
 * the scenario by itself, counts in BigInt, and takes local time from the time-zone data of ICU. The scenarios have no
 * standing charge, so each month also runs with one.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { engineByName } from "../../sim/engines/engine";
import { prepareScenario, runPrepared, type PreparedScenario, type RunResult } from "../../sim/run";
import { compileScenario } from "../../sim/scenario/compile";

const ROOT = join(__dirname, "..", "..");
const REPLAY_FILE = join(ROOT, "sim", "scenarios", "replay.json");
const SHUTOFF_FILE = join(ROOT, "sim", "scenarios", "replay-shutoff.json");
const SAMPLE_FILE = join(ROOT, "sim", "scenarios", "flow", "sample-day.csv");
const STANDING_MILLI = 10_007;
const DATA = join(ROOT, "..", "shared", "data");
const HOUR_S = 3600;

interface Books {
  volume_l: number;
  charged_milli: number;
  balance_milli: number;
}

interface Tariff {
  standing_milli: number;
  blocks: { up_to_l?: number; price_milli: number }[];
}

const ROME = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/Rome",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});

/** "2019-03-31" in Rome. */
function localDate(epoch_s: number): string {
  return ROME.format(epoch_s * 1000)
    .split("/")
    .reverse()
    .join("-");
}

/** Begins of local days after `start_s`, up to `end_s`. Rome's midnights fall on whole hours of UTC. */
function midnights(start_s: number, end_s: number): number[] {
  const found: number[] = [];
  for (let hour_s = start_s + HOUR_S; hour_s <= end_s; hour_s += HOUR_S) {
    if (localDate(hour_s) !== localDate(hour_s - 1)) found.push(hour_s);
  }
  return found;
}

function priceOfLitre(tariff: Tariff, month_l: number): bigint {
  const block = tariff.blocks.find(({ up_to_l }) => up_to_l === undefined || up_to_l > month_l);
  assert.ok(block !== undefined, "the last block has no limit");
  return BigInt(block.price_milli);
}

/**
 * Litre by litre: what the books must say at the end. With `shuts` no litre runs after the one that uses the credit up,
 * which is right only without a standing charge.
 */
function oracle(csv: string, tariff: Tariff, opening_milli: number, shuts = false): Books {
  const rows = csv
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));
  const start_s = Math.floor((rows[0][0] - 1) / HOUR_S) * HOUR_S;
  const end_s = rows[rows.length - 1][0] + 1;
  const month_starts = midnights(start_s, end_s).filter((midnight_s) => localDate(midnight_s).endsWith("-01"));
  const standing_milli = BigInt(midnights(start_s, end_s).length) * BigInt(tariff.standing_milli);
  let thousandths = 0n;
  let passed_ml = 0n;
  let volume_l = 0;
  let month_l = 0;
  for (const [epoch_s, flow_ml] of rows) {
    while (month_starts.length > 0 && month_starts[0] <= epoch_s) {
      month_starts.shift();
      month_l = 0;
    }
    passed_ml += BigInt(flow_ml);
    const owed = () => shuts && thousandths / 1000n >= BigInt(opening_milli);
    for (; BigInt(volume_l + 1) * 1000n <= passed_ml && !owed(); volume_l++, month_l++) {
      thousandths += priceOfLitre(tariff, month_l);
    }
  }
  const charged_milli = thousandths / 1000n + standing_milli;
  return {
    volume_l,
    charged_milli: Number(charged_milli),
    balance_milli: Number(BigInt(opening_milli) - charged_milli),
  };
}

/** The scenario with another standing charge than its file says. */
function withStanding(prepared: PreparedScenario, standing_milli: number): PreparedScenario {
  const { file, flow, flow_file } = prepared;
  const scenario = { ...prepared.scenario, tariff: { ...prepared.scenario.tariff, standing_milli } };
  return { ...prepared, scenario, program: (trace) => compileScenario({ scenario, file, flow, flow_file, trace }) };
}

function run(prepared: PreparedScenario): Promise<RunResult> {
  return runPrepared(prepared, engineByName("node"), false);
}

function books({ volume_l, charged_milli, balance_milli }: RunResult): Books {
  return { volume_l, charged_milli, balance_milli };
}

describe("replay of real flow", () => {
  async function checkReplay(flow: string, csv: string): Promise<void> {
    const prepared = await prepareScenario({ file: REPLAY_FILE, flow });
    assert.equal(prepared.scenario.tariff.standing_milli, 0);
    for (const each of [prepared, withStanding(prepared, STANDING_MILLI)]) {
      const { tariff, opening_credit_milli } = each.scenario;
      const result = await run(each);
      assert.deepEqual(books(result), oracle(csv, tariff as Tariff, opening_credit_milli));
      assert.equal(result.valve, "open");
    }
  }

  async function checkShutoff(flow: string, csv: string): Promise<void> {
    const prepared = await prepareScenario({ file: SHUTOFF_FILE, flow });
    const { tariff, opening_credit_milli } = prepared.scenario;
    const result = await run(prepared);
    assert.deepEqual(books(result), oracle(csv, tariff as Tariff, opening_credit_milli, true));
    assert.equal(result.valve, "closed");
    assert.deepEqual(result.expectations.failed, []);
    // What ran while the valve closed is less than a litre.
    assert.ok(result.delivered_ml < (result.volume_l + 1) * 1000);
  }

  it("has one tariff and one meter in both scenarios", () => {
    const [replay, shutoff] = [REPLAY_FILE, SHUTOFF_FILE].map(
      (file) => JSON.parse(readFileSync(file, "utf8")) as { tariff: unknown; meter: unknown },
    );
    assert.deepEqual([shutoff.tariff, shutoff.meter], [replay.tariff, replay.meter]);
  });

  for (const month of ["2019-03", "2019-04", "2019-05", "2019-06"]) {
    const file = join(DATA, `apartment-flow-${month}.csv.gz`);
    const csv = () => gunzipSync(readFileSync(file)).toString();

    it(`counts and charges ${month} as an independent oracle does, with and without a standing charge`, async function () {
      if (!existsSync(file)) return this.skip();
      await checkReplay(file, csv());
    });

    it(`shuts off in ${month} at the litre that uses the credit up`, async function () {
      if (!existsSync(file)) return this.skip();
      await checkShutoff(file, csv());
    });
  }

  it("counts and charges the synthetic days as an independent oracle does", async () => {
    await checkReplay(SAMPLE_FILE, readFileSync(SAMPLE_FILE, "utf8"));
  });

  it("shuts off on the synthetic days at the litre that uses the credit up", async () => {
    await checkShutoff(SAMPLE_FILE, readFileSync(SAMPLE_FILE, "utf8"));
  });
});
