/**
 * The tree of commands, and what becomes of errors.
 *
 * An error is one line on standard error; only a bug in this program shows a stack.
 */
import { Command, CommanderError } from "commander";
import { FIRMWARE_ID } from "../firmware/version";
import { addBench } from "./commands/bench";
import { addBuild } from "./commands/build";
import { addCard } from "./commands/card";
import { addDemo } from "./commands/demo";
import { addFlash } from "./commands/flash";
import { addInspect } from "./commands/inspect";
import { addKeys } from "./commands/keys";
import { addMonitor } from "./commands/monitor";
import { addProvision } from "./commands/provision";
import { addRadio } from "./commands/radio";
import { addSimCard } from "./commands/sim_card";
import { addSimLife } from "./commands/sim_life";
import { addSimParity } from "./commands/sim_parity";
import { addSimRun } from "./commands/sim_run";
import { addSimSchema } from "./commands/sim_schema";
import { addSimServe, addStart } from "./commands/sim_serve";
import { addSimTorture } from "./commands/sim_torture";
import { addSimTui } from "./commands/sim_tui";
import { addTariff } from "./commands/tariff";
import { addToken } from "./commands/token";
import { addUpdate } from "./commands/update";
import { EXIT_DONE, EXIT_USAGE, type Context } from "./context";
import type { Output } from "./output";

/** Errors that say themselves with which code the program ends (UserError, RunError). */
function exitCodeOf(error: unknown): number | undefined {
  const code = (error as { exit_code?: unknown }).exit_code;
  return error instanceof Error && typeof code === "number" ? code : undefined;
}

/** Commander's text without its "error: ", and with its suggestion on the same line. */
function usageErrorText(text: string): string {
  const words = text.replace(/^error: /, "").trim();
  return words.replaceAll("\n", " ");
}

function buildCommands(context: Context): Command {
  const { output } = context;
  const program = new Command("curbstop")
    .description("Prepaid water meter: firmware, simulator and tools")
    .version(FIRMWARE_ID, "-V, --version", "print the version")
    .helpCommand(false)
    // An update has a --version of its own.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text),
      // Commander answers a missing command with its whole help; one line does (runCommandLine).
      writeErr: () => undefined,
      outputError: (text) => output.err(`curbstop: ${usageErrorText(text)}\n`),
    });
  const sim = program.command("sim").description("run scenarios in the simulator").helpCommand(false);
  addSimRun(sim, context);
  addSimParity(sim, context);
  addSimLife(sim, context);
  addSimTorture(sim, context);
  addSimCard(sim, context);
  addSimSchema(sim, context);
  addSimServe(sim, context);
  addSimTui(sim, context);
  addStart(program, context);
  addDemo(program, context);
  addBench(program, context);
  addBuild(program, context);
  addFlash(program, context);
  addInspect(program, context);
  addProvision(program, context);
  addMonitor(program, context);
  addKeys(program, context);
  addCard(program, context);
  addRadio(program, context);
  addTariff(program, context);
  addToken(program, context);
  addUpdate(program, context);
  return program;
}

/** Runs one command line (without node and script) and returns the exit code. */
export async function runCommandLine(words: readonly string[], output: Output): Promise<number> {
  const context: Context = { output, exit_code: EXIT_DONE };
  try {
    await buildCommands(context).parseAsync(words, { from: "user" });
    return context.exit_code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === "commander.help") output.err("curbstop: a command is missing (--help lists them)\n");
      return error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE;
    }
    const exit_code = exitCodeOf(error);
    if (exit_code === undefined) throw error;
    output.err(`curbstop: ${(error as Error).message}\n`);
    return exit_code;
  }
}
