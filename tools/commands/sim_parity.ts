/**
 * `curbstop sim parity`: scenarios on every engine, traces compared byte by byte.
 */
import type { Command } from "commander";
import type { EngineName } from "../../sim/engines/contract";
import type { Context } from "../context";
import { ENGINE_LIST, parseEngine } from "./engines";

interface Options {
  engine?: EngineName[];
  json?: boolean;
}

const EXAMPLES = `
Examples:
  curbstop sim parity sim/scenarios/*.json
  curbstop sim parity sim/scenarios/week.json --engine node --engine lua5.4 --json
`;

export function addSimParity(sim: Command, context: Context): void {
  sim
    .command("parity")
    .description("run scenarios on every engine and compare the traces; exit 1 when one differs")
    .argument("<files...>", "scenario files")
    .option(
      "--engine <name>",
      `only this engine, may be given again: ${ENGINE_LIST}`,
      (name: string, before: EngineName[] | undefined) => [...(before ?? []), parseEngine(name)],
    )
    .option("--json", "print {scenario, engines: [{engine, trace_sha256 | pending}], equal}, a list for many files")
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: Options) => {
      const { chosenEngines, simParity } = await import("../actions/sim_parity");
      await simParity(files, chosenEngines(options.engine), options.json === true, context);
    });
}
