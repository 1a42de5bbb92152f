/**
 * What `curbstop sim serve` does: builds the page when it has changed, serves it, and waits to be stopped.
 */
import { spawn } from "node:child_process";
import { UserError } from "../../sim/scenario/user_error";
import { FIRST_START_UTC_S } from "../../sim/serve/first_scenario";
import { Meters } from "../../sim/serve/meters";
import { buildPage, loadPage, type PageFile } from "../../sim/serve/page_files";
import type { LivePlan } from "../../sim/serve/live_run";
import { filePlan } from "../../sim/serve/plans";
import { serve, type Served } from "../../sim/serve/server";
import { Session } from "../../sim/serve/session";
import { createTray, type Tray } from "../../sim/serve/tray";
import type { Context } from "../context";
import { openSessionDesk, type SessionDesk } from "../sim_desk/desk";
import { decodeTelegram } from "../sim_desk/telegrams";
import { inspect } from "../inspect/inspect";

export interface SimServeOptions {
  port: number;
  scenario?: string;
  recordings: string;
  open?: boolean;
  /** So many at first; the page can add more. */
  meters?: number;
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
  meters: Meters,
  page: ReadonlyMap<string, PageFile>,
  options: SimServeOptions,
): Promise<Served> {
  try {
    return await serve(meters, page, options.port);
  } catch (error) {
    if (options.any_port !== true || !(error instanceof UserError)) throw error;
    return serve(meters, page, 0);
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

/** A meter beside a desk of its own, which the session's helpers hold; `desks` remembers it, to be closed. */
async function openSession(
  { recordings }: SimServeOptions,
  desks: SessionDesk[],
  plan?: LivePlan,
  tray?: Tray,
): Promise<Session> {
  const desk = await openSessionDesk(FIRST_START_UTC_S);
  desks.push(desk);
  return new Session(recordings, plan, tray, { desk, decode: decodeTelegram, inspect });
}

export async function simServe(options: SimServeOptions, context: Context): Promise<void> {
  const tray = createTray();
  const plan = options.scenario === undefined ? undefined : await filePlan(options.scenario, tray);
  const page = loadPage(buildPage((text) => context.output.err(text)));
  const desks: SessionDesk[] = [];
  try {
    const meters = new Meters(await openSession(options, desks, plan, tray), () => openSession(options, desks));
    while (meters.count < (options.meters ?? 1)) await meters.add();
    await serveUntilStopped(meters, page, options, context);
  } finally {
    for (const desk of desks) desk.close();
  }
}

async function serveUntilStopped(
  meters: Meters,
  page: ReadonlyMap<string, PageFile>,
  options: SimServeOptions,
  { output }: Context,
): Promise<void> {
  const served = await serveSomewhere(meters, page, options);
  const { url, port } = served;
  output.out(
    options.json === true ? JSON.stringify({ url, port }) + "\n" : `the simulator is at ${url} (Ctrl-C ends it)\n`,
  );
  if (options.open === true) openBrowser(url);
  await untilStopped();
  await served.close();
}
