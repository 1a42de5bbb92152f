/**
 * `curbstop sim run`: one scenario on one engine.
 */
import { InvalidArgumentError, type Command } from "commander";
import { SEED_MAX } from "../../sim/scenario/limits";
import type { SimRunOptions } from "../actions/sim_run";
import type { Context } from "../context";
import { ENGINE_LIST, parseEngine } from "./engines";

const EXAMPLES = `
Examples:
  curbstop sim run sim/scenarios/week.json
  curbstop sim run sim/scenarios/replay.json --flow ../shared/data/apartment-flow-2019-03.csv.gz --json
  curbstop sim run sim/scenarios/week.json --engine lua5.4 --seed 7 --trace week.trace
  curbstop sim run sim/scenarios/cards.json --save-cards after
  curbstop sim run recordings/session-1.json --bundle support.json
`;

export function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > SEED_MAX)
    throw new InvalidArgumentError(`a seed is a whole number, 0 to ${SEED_MAX}.`);
  return seed;
}

export function addSimRun(sim: Command, context: Context): void {
  sim
    .command("run")
    .description("run a scenario on one engine; exit 1 when an expectation is not met")
    .argument("<file>", "scenario file (sim/scenarios/README.md)")
    .option("--flow <csv>", "flow CSV (epoch_s,flow_ml; plain or gzip) instead of the scenario's")
    .option("--engine <name>", `engine: ${ENGINE_LIST} (default: node)`, parseEngine)
    .option("--seed <n>", "seed instead of the scenario's", parseSeed)
    .option("--trace <file>", "write the trace, one JSON object a line")
    .option("--save-cards <folder>", "save the cards of image files there, as the run has left them (keys included)")
    .option("--bundle <file>", "save a support bundle: steps, events, trace and memory, without keys")
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: SimRunOptions) => {
      const { simRun } = await import("../actions/sim_run");
      await simRun(file, options, context);
    });
}
