/**
 * `curbstop sim tui`: the live meter of `sim serve` in this terminal.
 */
import type { Command } from "commander";
import type { SimTuiOptions } from "../actions/sim_tui";
import type { Context } from "../context";
import { RECORDINGS } from "./sim_serve";

const EXAMPLES = `
The meter's own keys are the keyboard's 0-9 * #; ? shows the others. Works over SSH; colours follow NO_COLOR.
What was done can be recorded as a scenario and run again with sim run.

Examples:
  curbstop sim tui
  curbstop sim tui --scenario sim/scenarios/week.json
  ssh laptop -t npx curbstop sim tui --recordings ~/meters
`;

export function addSimTui(sim: Command, context: Context): void {
  sim
    .command("tui")
    .description("show a simulated meter in this terminal")
    .option("--scenario <file>", "begin with a scenario file instead of a new meter")
    .option("--recordings <folder>", "where recordings are kept", RECORDINGS)
    .addHelpText("after", EXAMPLES)
    .action(async (options: SimTuiOptions) => {
      const { simTui } = await import("../actions/sim_tui");
      await simTui(options, context);
    });
}
