/**
 * `curbstop sim life`: one meter's whole life, and whether its books hold.
 */
import { InvalidArgumentError, type Command } from "commander";
import { NVM_GEOMETRIES } from "../../sim/twins/nvm_parts";
import type { SimLifeOptions } from "../actions/sim_life";
import type { Context } from "../context";
import { parseSeed } from "./sim_run";

const GEOMETRIES = NVM_GEOMETRIES.map((part) => part.name).join(", ");
const YEARS_MAX = 16;
const LITRES_YEAR_MAX = 3_000_000;
const ERASES_MAX = 1_000_000_000;

const EXAMPLES = `
A year of the built-in household is scaled to --litres-year; real months (--flow) are laid over one another until they
come to as much. Exit 1 when something does not balance, or a sector has more than --erases-max erases.

Examples:
  curbstop sim life --years 15
  curbstop sim life --years 15 --seed 7 --flow march.csv.gz --flow april.csv.gz --json
  curbstop sim life --years 15 --geometry nrf52-8x4k --sensor-keeps
`;

function parseWhole(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`${what} are a whole number, ${least} to ${most}.`);
    return value;
  };
}

function parseGeometry(text: string): string {
  if (!NVM_GEOMETRIES.some((part) => part.name === text))
    throw new InvalidArgumentError(`the geometries are ${GEOMETRIES}.`);
  return text;
}

export function addSimLife(sim: Command, context: Context): void {
  sim
    .command("life")
    .description("run one meter's whole life and check its books; exit 1 when they do not balance")
    .option("--years <n>", `how long, 1 to ${YEARS_MAX}`, parseWhole("years", 1, YEARS_MAX), 15)
    .option("--seed <n>", "everything follows from it", parseSeed, 1)
    .option(
      "--flow <csv>",
      "real flow of a month (epoch_s,flow_ml; plain or gzip) instead of the built-in household, may be given again",
      (file: string, before: string[] | undefined) => [...(before ?? []), file],
    )
    .option("--geometry <name>", `the memory: ${GEOMETRIES}`, parseGeometry, "nor-8x4k")
    .option("--litres-year <n>", "litres a year", parseWhole("litres", 1, LITRES_YEAR_MAX), 600_000)
    .option("--sensor-keeps", "the sensor counts on while the meter has no power")
    .option("--erases-max <n>", "most erases of a sector", parseWhole("erases", 0, ERASES_MAX), 8000)
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (options: SimLifeOptions) => {
      const { simLife } = await import("../actions/sim_life");
      await simLife(options, context);
    });
}
