/**
 * What `curbstop sim serve` does: builds the page when it has changed, serves it, and waits to be stopped.
 */
import { spawn } from "node:child_process";
import { UserError } from "../../sim/scenario/user_error";
import { FIRST_START_UTC_S } from "../../sim/serve/first_scenario";
import { buildPage, loadPage, type PageFile } from "../../sim/serve/page_files";
import { filePlan } from "../../sim/serve/plans";
import { serve, type Served } from "../../sim/serve/server";
import { Session } from "../../sim/serve/session";
import { createTray } from "../../sim/serve/tray";
import type { Context } from "../context";
import { openSessionDesk } from "../sim_desk/desk";
import { decodeTelegram } from "../sim_desk/telegrams";

export interface SimServeOptions {
  port: number;
  scenario?: string;
  recordings: string;
  open?: boolean;
  json?: boolean;
  /** Take another port when this one is taken. */
  any_port?: boolean;
}

/** Who opens a page, by platform. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
  linux: ["xdg-open"],
};

/** Opens the page where there is a screen to show it; the address was printed, so failing is no error. */
function openBrowser(url: string): void {
  const [program, ...words] = OPENERS[process.platform] ?? OPENERS.linux;
  const { DISPLAY = "", WAYLAND_DISPLAY = "" } = process.env;
  if (process.platform === "linux" && DISPLAY + WAYLAND_DISPLAY === "") return;
  const child = spawn(program, [...words, url], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}

async function serveSomewhere(
  session: Session,
  page: ReadonlyMap<string, PageFile>,
  options: SimServeOptions,
): Promise<Served> {
  try {
    return await serve(session, page, options.port);
  } catch (error) {
    if (options.any_port !== true || !(error instanceof UserError)) throw error;
    return serve(session, page, 0);
  }
}

function untilStopped(): Promise<void> {
  return new Promise((stop) => {
    const done = (): void => {
      process.off("SIGINT", done);
      process.off("SIGTERM", done);
      stop();
    };
    process.on("SIGINT", done);
    process.on("SIGTERM", done);
  });
}

export async function simServe(options: SimServeOptions, context: Context): Promise<void> {
  const { output } = context;
  const tray = createTray();
  const plan = options.scenario === undefined ? undefined : await filePlan(options.scenario, tray);
  const page = loadPage(buildPage((text) => output.err(text)));
  const desk = await openSessionDesk(FIRST_START_UTC_S);
  try {
    const session = new Session(options.recordings, plan, tray, { desk, decode: decodeTelegram });
    await serveUntilStopped(session, page, options, context);
  } finally {
    desk.close();
  }
}

async function serveUntilStopped(
  session: Session,
  page: ReadonlyMap<string, PageFile>,
  options: SimServeOptions,
  { output }: Context,
): Promise<void> {
  const served = await serveSomewhere(session, page, options);
  const { url, port } = served;
  output.out(
    options.json === true ? JSON.stringify({ url, port }) + "\n" : `the simulator is at ${url} (Ctrl-C ends it)\n`,
  );
  if (options.open === true) openBrowser(url);
  await untilStopped();
  await served.close();
}
