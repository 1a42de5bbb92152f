/**
 * Plans: the scenarios that a page can load, read and checked as `curbstop sim run` does: those of sim/scenarios, those
 * recorded before, and one that a person gives as text.
 */
import { readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { readCardImages } from "../scenario/card_images";
import { readFlowCsv } from "../scenario/flow_csv";
import { loadScenario, parseScenario } from "../scenario/load";
import { UserError } from "../scenario/user_error";
import type { MeterKeys } from "./desk";
import { firstScenario, FIRST_NAME } from "./first_scenario";
import type { LivePlan } from "./live_run";
import type { ScenarioEntry } from "./messages";
import type { Tray } from "./tray";

const SCENARIOS = join(__dirname, "..", "scenarios");
const RECORDED = "recorded/";
const LISTED_MAX = 200;

/** The first scenario; with keys where the tray is of a desk. */
export function firstPlan(tray: Tray, keys?: MeterKeys): LivePlan {
  return { scenario: firstScenario(keys), file: FIRST_NAME, card_images: tray.images };
}

/** A scenario file, with the flow and the cards that it names. */
export async function filePlan(file: string, tray: Tray): Promise<LivePlan> {
  const scenario = loadScenario(file);
  const flow_file = scenario.flow === undefined ? undefined : resolve(dirname(file), scenario.flow);
  const flow = flow_file === undefined ? undefined : await readFlowCsv(flow_file);
  const card_images = new Map([...tray.images, ...readCardImages(scenario, file)]);
  return { scenario, file, flow, flow_file, card_images };
}

/** A scenario as text: it may name cards of the tray, and no files. */
export function textPlan(name: string, text: string, tray: Tray): LivePlan {
  const file = basename(name) || "scenario";
  const scenario = parseScenario(file, text);
  if (scenario.flow !== undefined) {
    throw new UserError(`${file}: flow: a page cannot read files (use curbstop sim serve --scenario FILE)`);
  }
  for (const { card } of scenario.steps) {
    if (typeof card?.in === "object" && !tray.images.has(card.in.image)) {
      const where = `card.in.image: ${card.in.image} is not in the tray`;
      throw new UserError(`${file}: ${where} (use curbstop sim serve --scenario FILE)`);
    }
  }
  return { scenario, file, card_images: tray.images };
}

function scenarioFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .slice(0, LISTED_MAX);
  } catch {
    // Nothing has been recorded yet.
    return [];
  }
}

function entryOf(folder: string, name: string, recorded: boolean): ScenarioEntry {
  const id = (recorded ? RECORDED : "") + name;
  try {
    return { id, name: loadScenario(join(folder, name)).name, recorded };
  } catch (error) {
    return { id, name: `${name}: ${(error as Error).message}`, recorded };
  }
}

export function listPlans(record_folder: string): ScenarioEntry[] {
  return [
    ...scenarioFiles(SCENARIOS).map((name) => entryOf(SCENARIOS, name, false)),
    ...scenarioFiles(record_folder).map((name) => entryOf(record_folder, name, true)),
  ];
}

/** The file of a scenario on the list; nothing else can be named. */
export function listedFile(id: string, record_folder: string): string {
  const recorded = id.startsWith(RECORDED);
  const folder = recorded ? record_folder : SCENARIOS;
  const name = recorded ? id.slice(RECORDED.length) : id;
  if (!scenarioFiles(folder).includes(name)) {
    throw new UserError(`${id}: there is no such scenario on the list (reload the page)`);
  }
  return join(folder, name);
}
