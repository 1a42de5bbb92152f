/**
 * Benches: each figure with its unit and its budget. What cannot be measured here says why instead.
 */
import { join } from "node:path";
import { ROOT } from "../bundle/project";
import { bundleLua } from "../bundle/lua";
import { engineByName } from "../engines/engine";
import { compileScenario } from "../scenario/compile";
import { scenarioSchema } from "../scenario/schema";
import { topUpCardTimeUs, topUpInstructions } from "./card_session";
import { bundleSize, instructionsPerLitre, variablesInUse, type Measured } from "./espruino_cost";
import { lmsVerificationCost, type LmsCost } from "./lms_cost";
import type { BenchName } from "./names";
import { tokenCost, type TokenCost } from "./token_cost";
import { measureHouseholdYear, measureStream, measureYardstick } from "./node_speed";

export interface BenchRow {
  name: string;
  unit: string;
  value?: number;
  /** Why there is no value. */
  pending?: string;
  at_most?: number;
  at_least?: number;
}

const FIRMWARE_ENTRY = join(ROOT, "firmware", "index.ts");
const WORLD_ENTRY = join(ROOT, "sim", "world", "main.ts");
const BOOT_ENTRY = join(ROOT, "sim", "bench", "boot_entry.ts");

/** 500,000 for counting and charging, and the tenth part of a mark in the journal, twin of the flash included. */
const LITRE_MAX_INSTRUCTIONS = 700_000;
/** What an Espruino WiFi (STM32F411) has for saved code, and half of its variables: the other half is for a run. */
const ESPRUINO_CODE_MAX_BYTES = 64_000;
const ESPRUINO_VARIABLES_MAX = 4095;

function measured(row: Omit<BenchRow, "value" | "pending">, result: Measured<number>): BenchRow {
  return "value" in result ? { ...row, value: result.value } : { ...row, pending: result.reason };
}

function rounded(value: number, places: number): number {
  return Number(value.toFixed(places));
}

async function nodeRows(): Promise<BenchRow[]> {
  const node = engineByName("node");
  const stream = await measureStream(node);
  const year = await measureHouseholdYear(node);
  const turns_s = measureYardstick();
  const pulses_s = Math.round(stream.pulses / stream.seconds);
  return [
    { name: "node pulses", unit: "pulses/s", value: pulses_s, at_least: 1_000_000 },
    { name: "node yardstick", unit: "loop turns/s", value: turns_s },
    { name: "node pulse cost", unit: "loop turns", value: rounded(turns_s / pulses_s, 1) },
    { name: "node household year", unit: "s", value: rounded(year.seconds, 3), at_most: 0.5 },
    { name: "node household year cost", unit: "million loop turns", value: rounded((year.seconds * turns_s) / 1e6, 1) },
    { name: "node household year, water", unit: "pulses", value: year.pulses },
  ];
}

const SHORTER_L = 100;
const LONGER_L = 600;

/** A draw of so many litres within the same virtual time, so that only litres tell two runs apart. */
function drawProgram(litres: number): Iterable<string> {
  const scenario = scenarioSchema.parse({
    name: "draw",
    description: "One draw with ample credit.",
    start: 1_551_654_000,
    tariff: {
      id: 1,
      standing_milli: 10_007,
      blocks: [{ up_to_l: 5000, price_milli: 120_011 }, { price_milli: 480_999 }],
    },
    opening_credit_milli: 10_000_000,
    steps: [{ at: 10, draw: { flow_l_h: 600, duration_s: litres * 6 } }],
    end: LONGER_L * 6 + 60,
  });
  return compileScenario({ scenario, file: "bench", trace: false });
}

async function espruinoInstructions(): Promise<BenchRow[]> {
  const question = {
    entry: WORLD_ENTRY,
    shorter: drawProgram(SHORTER_L),
    longer: drawProgram(LONGER_L),
    difference_l: LONGER_L - SHORTER_L,
  };
  const row = { name: "espruino litre", unit: "instructions", at_most: LITRE_MAX_INSTRUCTIONS };
  return [measured(row, await instructionsPerLitre(question))];
}

async function espruinoSize(): Promise<BenchRow[]> {
  const firmware = await bundleSize(FIRMWARE_ENTRY);
  const world = await bundleSize(WORLD_ENTRY);
  return [
    { name: "espruino firmware", unit: "bytes", value: firmware.minified_bytes, at_most: ESPRUINO_CODE_MAX_BYTES },
    { name: "espruino firmware, gzip", unit: "bytes", value: firmware.gzip_bytes },
    { name: "espruino firmware and simulator", unit: "bytes", value: world.minified_bytes },
  ];
}

async function espruinoVariables(): Promise<BenchRow[]> {
  const result = await variablesInUse({ entry: BOOT_ENTRY });
  const used: Measured<number> = "value" in result ? { value: result.value.used } : result;
  return [measured({ name: "espruino after boot", unit: "JsVars", at_most: ESPRUINO_VARIABLES_MAX }, used)];
}

/** How long a person holds a card, by calculation. */
const TOP_UP_MAX_S = 1;

/**
 * Instructions of the Linux build that a Cortex-M4 of 64 MHz does in a second, one in two cycles: by calculation from a
 * published time, on hardware to be replaced by what a board measures. Espruino's README_JIT.md gives 0.28 s on a device
 * for `for (i=0;i<1000;i=i+1);` with a global `i`; it costs the Linux build 8,720 instructions a step (callgrind, 2v29):
 * 31 million a second.
 */
export const CORTEX_M4_INSTRUCTIONS_PER_S = 32_000_000;

async function cardTopUp(): Promise<BenchRow[]> {
  const card_s = topUpCardTimeUs() / 1e6;
  const counted = await topUpInstructions();
  const total: Measured<number> =
    "value" in counted
      ? { value: rounded(card_s + counted.value / CORTEX_M4_INSTRUCTIONS_PER_S, 3) }
      : { reason: counted.reason };
  return [
    { name: "card top-up, card at 106 kbit/s", unit: "s", value: rounded(card_s, 3) },
    measured({ name: "card top-up, meter (native AES)", unit: "instructions" }, counted),
    measured({ name: "card top-up", unit: "s at 64 MHz, estimate", at_most: TOP_UP_MAX_S }, total),
  ];
}

/** What a meter's tariffs are signed with (LMS 11, LM-OTS 8), and W4 beside it: the choice in tools/lms/names.ts. */
const LMS_SETS = [
  { name: "W8", tree_type: 11, ots_type: 8 },
  { name: "W4", tree_type: 11, ots_type: 7 },
] as const;

async function lmsVerification(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { name, tree_type, ots_type } of LMS_SETS) {
    const cost = await lmsVerificationCost(tree_type, ots_type);
    const of = (figure: (value: LmsCost) => number): Measured<number> =>
      "value" in cost ? { value: figure(cost.value) } : cost;
    const title = `signed message ${name}`;
    const seconds = ({ instructions }: LmsCost) => rounded(instructions / CORTEX_M4_INSTRUCTIONS_PER_S, 1);
    rows.push(
      measured(
        { name: `${title}, signature`, unit: "bytes" },
        of(({ signature_bytes }) => signature_bytes),
      ),
      measured(
        { name: `${title}, native SHA-256`, unit: "calls" },
        of(({ hashes }) => hashes),
      ),
      measured(
        { name: `${title}, verified`, unit: "instructions" },
        of(({ instructions }) => instructions),
      ),
      measured({ name: `${title}, verified in steps`, unit: "s at 64 MHz, estimate" }, of(seconds)),
    );
  }
  return rows;
}

/** What a keyed-in token may cost beyond its one decryption. */
const TOKEN_MAX_INSTRUCTIONS = 2_500_000;

export async function tokenRows(): Promise<BenchRow[]> {
  const cost = await tokenCost();
  const row = (name: string, figure: (value: TokenCost) => number, at_most?: number): BenchRow =>
    measured(
      { name: `keyed-in token, ${name}`, unit: "instructions", ...(at_most === undefined ? {} : { at_most }) },
      "value" in cost ? { value: figure(cost.value) } : cost,
    );
  return [
    row("twenty digits typed", ({ typing }) => typing),
    row("one decryption", ({ decryption }) => decryption),
    row("judged beyond it", ({ judged, decryption }) => judged - decryption, TOKEN_MAX_INSTRUCTIONS),
    row("one commit of the state", ({ commit }) => commit),
    row("taken, all together", ({ taken }) => taken),
  ];
}

async function luaSize(): Promise<BenchRow[]> {
  const rows = (["5.3", "JIT"] as const).map((target): BenchRow => {
    const value = Buffer.byteLength(bundleLua(FIRMWARE_ENTRY, target));
    return { name: `lua ${target} firmware`, unit: "bytes", value };
  });
  return Promise.resolve(rows);
}

export const BENCHES: Readonly<Record<BenchName, () => Promise<BenchRow[]>>> = {
  node: nodeRows,
  "espruino-instructions": espruinoInstructions,
  "espruino-size": espruinoSize,
  "espruino-variables": espruinoVariables,
  "card-top-up": cardTopUp,
  "lms-verification": lmsVerification,
  "keyed-token": tokenRows,
  "lua-size": luaSize,
};

/** Whether a figure keeps its budget; undefined without a figure or a budget. */
export function withinBudget(row: BenchRow): boolean | undefined {
  if (row.value === undefined || (row.at_most === undefined && row.at_least === undefined)) return undefined;
  return row.value <= (row.at_most ?? Infinity) && row.value >= (row.at_least ?? -Infinity);
}
