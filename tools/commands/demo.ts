/**
 * `curbstop demo`: a household's week on a live meter face; a plain summary where nobody watches, which
 * `npm start` shows there too.
 */
import { InvalidArgumentError, type Command } from "commander";
import { join } from "node:path";
import type { Context } from "../context";

const WEEK_FILE = join("sim", "scenarios", "week.json");

const EXAMPLES = `
Examples:
  curbstop demo
  curbstop demo --speed 4
  curbstop demo sim/scenarios/friendly-hours.json
`;

interface Options {
  speed: number;
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (!(speed >= 0.1 && speed <= 1000)) throw new InvalidArgumentError("a speed is a number, 0.1 to 1000.");
  return speed;
}

export function addDemo(program: Command, context: Context): void {
  program
    .command("demo")
    .description("take a household through a week, with a live meter face in the terminal")
    .argument("[file]", "scenario file", WEEK_FILE)
    .option("--speed <n>", "how many times faster than usual", parseSpeed, 1)
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: Options) => {
      const { demo } = await import("../actions/demo");
      await demo(file, options.speed, context);
    });
}
