/**
 * `curbstop bench`: what the firmware costs, beside the budgets of the project. It prints and ends with 0 whatever the
 * figures are: a slower machine is not a mistake.
 */
import { InvalidArgumentError, type Command } from "commander";
import { BENCH_NAMES, type BenchName } from "../../sim/bench/names";
import type { Context } from "../context";

interface Options {
  only?: BenchName[];
  tokens?: boolean;
  battery?: boolean;
  boot?: string;
  json?: boolean;
}

const NAMES = BENCH_NAMES.join(", ");

const EXAMPLES = `
Examples:
  curbstop bench
  curbstop bench --only node --json
  curbstop bench --tokens
  curbstop bench --battery
  curbstop bench --boot espruino-rak5010
`;

function parseBench(text: string, before: BenchName[] | undefined): BenchName[] {
  const name = BENCH_NAMES.find((candidate) => candidate === text);
  if (name === undefined) throw new InvalidArgumentError(`the benches are ${NAMES}.`);
  return [...(before ?? []), name];
}

export function addBench(program: Command, context: Context): void {
  program
    .command("bench")
    .description("measure speed and size, and compare them with the budgets")
    .option("--only <name>", `only this bench, may be given again: ${NAMES}`, parseBench)
    .option(
      "--tokens",
      "only how many tokens a second the vending desk makes, and what one costs the meter that takes it",
    )
    .option("--battery", "only how long a cell of 19 Ah lasts, line by line; counts for some minutes")
    .option("--boot <board>", "only what an Espruino board's boot costs, and its recovery; counts for some minutes")
    .option("--json", "print a list of {name, unit, value | pending, at_most | at_least, within_budget}")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      if (options.battery === true) {
        const { benchBattery } = await import("../actions/bench_battery");
        return await benchBattery(options.json === true, context);
      }
      if (options.boot !== undefined) {
        const { benchBoot } = await import("../actions/bench_boot");
        return await benchBoot(options.boot, options.json === true, context);
      }
      const { bench, benchTokens } = await import("../actions/bench");
      if (options.tokens === true) return await benchTokens(options.json === true, context);
      await bench(options.only ?? BENCH_NAMES, options.json === true, context);
    });
}
