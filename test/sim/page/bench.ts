/**
 * A page in Debian's Chromium, with a server, a session and a desk of its own and a folder for its recordings.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import axe from "axe-core";
import { chromium, type Browser, type Page } from "playwright-core";
import { FIRST_START_UTC_S } from "../../../sim/serve/first_scenario";
import { Meters } from "../../../sim/serve/meters";
import { buildPage, loadPage } from "../../../sim/serve/page_files";
import { serve, type Served } from "../../../sim/serve/server";
import { Session } from "../../../sim/serve/session";
import { inspect } from "../../../tools/inspect/inspect";
import { openSessionDesk } from "../../../tools/sim_desk/desk";
import { decodeTelegram } from "../../../tools/sim_desk/telegrams";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
/** Ignored by git, looked at by people. */
export const SCREENS = join(__dirname, "..", "..", "..", "build", "screens");

export function browserFile(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const files = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return files.find((file) => existsSync(file));
}

export interface Bench {
  browser: Browser;
  page: Page;
  served: Served;
  session: Session;
  recordings: string;
  /** The image of the household's card, as the desk laid it out. */
  household: readonly number[];
  /** Addresses of everything that the page has asked for. */
  asked: string[];
  /** What the page has complained about. */
  complaints: string[];
  close(): Promise<void>;
}

let running: Promise<Browser> | undefined;

/**
 * The browser of this process, started once: each page is in a context of its own, which shares nothing with another's.
 */
function runningBrowser(file: string): Promise<Browser> {
  // Chromium's own sandbox cannot be made by root, as whom containers run.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  running ??= chromium.launch({ executablePath: file, args });
  return running;
}

/** Ends the browser, after the last page of a file. */
export async function closeBrowser(): Promise<void> {
  const browser = await running;
  running = undefined;
  await browser?.close();
}

export interface View {
  width: number;
  height: number;
  scheme: "light" | "dark";
  locale: string;
}

const DESKTOP: View = { width: 1440, height: 900, scheme: "light", locale: "en-GB" };

export async function openBench(file: string, view: Partial<View> = {}): Promise<Bench> {
  const { width, height, scheme, locale } = { ...DESKTOP, ...view };
  const recordings = mkdtempSync(join(tmpdir(), "curbstop-page-"));
  const desk = await openSessionDesk(FIRST_START_UTC_S);
  const helpers = { decode: decodeTelegram, inspect };
  const session = new Session(recordings, undefined, undefined, { ...helpers, desk });
  const another = (): Promise<Session> => Promise.resolve(new Session(recordings, undefined, undefined, helpers));
  const served = await serve(new Meters(session, another), loadPage(buildPage(() => undefined)), 0);
  const browser = await runningBrowser(file);
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, locale });
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  const close = async (): Promise<void> => {
    for (const context of browser.contexts()) await context.close();
    await served.close();
    desk.close();
    rmSync(recordings, { recursive: true });
  };
  await page.goto(served.url);
  await page.locator(".device").waitFor();
  const household = desk.tray.images.get(desk.household) ?? [];
  return { browser, page, served, session, recordings, household, asked, complaints, close };
}

/** What axe finds on the page as it stands: rule and element. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const result = await page.evaluate<axe.AxeResults>("axe.run()");
  return result.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
}
