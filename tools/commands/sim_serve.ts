/**
 * `curbstop sim serve`: the simulator as a page of this machine; and `curbstop start`, which is that on a terminal and
 * a plain summary where nobody watches.
 */
import { InvalidArgumentError, type Command } from "commander";
import { join } from "node:path";
import { METERS_MAX } from "../../sim/serve/meters";
import type { SimServeOptions } from "../actions/sim_serve";
import type { Context } from "../context";

const PORT = 8080;
const PORT_MAX = 65_535;
export const RECORDINGS = "recordings";
const WEEK_FILE = join("sim", "scenarios", "week.json");

const EXAMPLES = `
The page is for this machine alone: it listens on 127.0.0.1. What was done on it can be recorded as a scenario, with its
cards beside it, and run again without the page. It ends with Ctrl-C.

A new meter stands beside a vending desk whose keys are drawn for this run of the simulator and never written. A recording
holds what the one meter has of them, and is for its owner alone.

Examples:
  curbstop sim serve
  curbstop sim serve --port 0 --open
  curbstop sim serve --meters 3
  curbstop sim serve --scenario sim/scenarios/cards.json --recordings ~/meters
`;

const START_EXAMPLES = `
Examples:
  curbstop start
  curbstop start | cat
`;

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > PORT_MAX) throw new InvalidArgumentError(`a port is a number, 0 to ${PORT_MAX}.`);
  return port;
}

function parseMeters(text: string): number {
  const meters = Number(text);
  if (!/^\d+$/.test(text) || meters < 1 || meters > METERS_MAX)
    throw new InvalidArgumentError(`meters are a whole number, 1 to ${METERS_MAX}.`);
  return meters;
}

export function addSimServe(sim: Command, context: Context): void {
  sim
    .command("serve")
    .description("show a simulated meter as a page on this machine")
    .option("--port <n>", "TCP port on 127.0.0.1; 0 for any that is free", parsePort, PORT)
    .option("--scenario <file>", "begin with a scenario file instead of a new meter")
    .option("--recordings <folder>", "where recordings are kept", RECORDINGS)
    .option("--meters <n>", `so many meters side by side, 1 to ${METERS_MAX}`, parseMeters, 1)
    .option("--open", "open the page in this machine's browser")
    .option("--json", "print where the page is as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (options: SimServeOptions) => {
      const { simServe } = await import("../actions/sim_serve");
      await simServe(options, context);
    });
}

export function addStart(program: Command, context: Context): void {
  program
    .command("start")
    .description("the simulator's page on a terminal; a week in a summary where nobody watches (npm start)")
    .addHelpText("after", START_EXAMPLES)
    .action(async () => {
      if (context.output.tty) {
        const { simServe } = await import("../actions/sim_serve");
        await simServe({ port: PORT, recordings: RECORDINGS, open: true, any_port: true }, context);
      } else {
        const { demo } = await import("../actions/demo");
        await demo(WEEK_FILE, 1, context);
      }
    });
}
