/**
 * What `curbstop sim tui` does: the session of `sim serve`, watched by this terminal instead of a page.
 */
import { UserError } from "../../sim/scenario/user_error";
import { filePlan } from "../../sim/serve/plans";
import { Session } from "../../sim/serve/session";
import { createTray } from "../../sim/serve/tray";
import type { Context } from "../context";
import { inspect } from "../inspect/inspect";
import { processTerminal, type Terminal } from "../terminal";
import { Tui } from "../tui/tui";

export interface SimTuiOptions {
  scenario?: string;
  recordings: string;
}

export async function simTui(
  { scenario, recordings }: SimTuiOptions,
  { output }: Context,
  terminal: Terminal = processTerminal(),
): Promise<void> {
  if (!output.tty || !terminal.tty) {
    throw new UserError("sim tui needs a terminal for input and output (use sim serve, or sim run for a summary)");
  }
  const tray = createTray();
  const plan = scenario === undefined ? undefined : await filePlan(scenario, tray);
  const session = new Session(recordings, plan, tray, { inspect });
  try {
    await new Tui(session, output, terminal, recordings).run();
  } finally {
    session.close();
  }
}
