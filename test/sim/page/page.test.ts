/**
 * The page in a real browser: a technician's session by mouse and by keyboard alone, the same trace without the page,
 * nothing from outside, and nothing in the way of people who cannot see or point.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { engineByName } from "../../../sim/engines/engine";
import { prepareScenario, runPrepared } from "../../../sim/run";
import { browserFile, closeBrowser, openBench, SCREENS, violations, type Bench, type View } from "./bench";
import { reading, technicianSession, type Hands } from "./technician";
import { expect } from "./wait";

const TABS_MAX = 200;
const file = browserFile();

function mouse({ page }: Bench): Hands {
  const control = (name: string) =>
    page.getByRole("button", { name, exact: true }).or(page.getByLabel(name, { exact: true }));
  return {
    press: (name) => control(name).first().click(),
    insert: (card) => page.getByRole("button", { name: card, exact: true }).dragTo(page.locator(".slot")),
    type: (label, text) => page.getByLabel(label, { exact: true }).fill(text),
    choose: async (label, option) => {
      const list = page.locator("label").filter({ has: page.getByText(label, { exact: true }) });
      await list.locator("select").selectOption({ label: option });
    },
  };
}

/** Presses the tab key until what has the focus bears a name; nothing is pointed at. */
async function tabTo(page: Page, name: string): Promise<void> {
  const focused = `(() => {
    const element = document.activeElement;
    const label = element.labels?.[0]?.querySelector("span")?.innerText ?? element.labels?.[0]?.innerText;
    return (element.getAttribute("aria-label") ?? label ?? element.innerText ?? "").trim();
  })()`;
  for (let tabs = 0; tabs < TABS_MAX; tabs++) {
    if ((await page.evaluate(focused)) === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the tab key does not lead to: ${name}`);
}

function keyboard({ page }: Bench): Hands {
  const press = async (name: string): Promise<void> => {
    await tabTo(page, name);
    await page.keyboard.press("Space");
  };
  return {
    press,
    insert: press,
    type: async (label, text) => {
      await tabTo(page, label);
      await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.type(text);
    },
    choose: async (label, option) => {
      await tabTo(page, label);
      // A list that has the focus goes to the entry whose first letters are typed.
      await page.keyboard.type(option);
    },
  };
}

/** Runs a recording as `curbstop sim run` does; the hash of as many lines as the page has seen. */
async function headless(recording: string, lines: number): Promise<{ sha256: string; failed: number; met: number }> {
  const hash = createHash("sha256");
  let count = 0;
  const prepared = await prepareScenario({ file: recording });
  const result = await runPrepared(prepared, engineByName("node"), true, (line) => {
    if (count++ < lines) hash.update(`${line}\n`);
  });
  return {
    sha256: hash.digest("hex"),
    failed: result.expectations.failed.length,
    met: result.expectations.met,
  };
}

/** Sells a card and a token and pushes a tariff, in any language, and unfolds what is folded. */
async function fillDesk(page: Page): Promise<void> {
  const sell = page.locator(".desk button.main");
  await sell.click();
  await expect("a card is sold", () => page.locator(".card.sold").isVisible());
  await page.locator(".desk select").selectOption("money");
  await sell.click();
  await expect("a token is sold", () => page.locator(".sale output").isVisible());
  await page.locator(".pane.tariff select").first().selectOption("at");
  await page.locator(".pane.tariff button.main").click();
  await expect("a tariff is pushed", () => page.locator(".pushes summary").isVisible());
  for (const summary of await page.locator("summary").all()) await summary.click();
}

describe("the page in a browser", function () {
  let bench: Bench | undefined;

  before(function () {
    // Debian: chromium.
    if (file === undefined) this.skip();
    mkdirSync(SCREENS, { recursive: true });
  });
  afterEach(async () => {
    await bench?.close();
    bench = undefined;
  });
  after(closeBrowser);

  const open = async (view: Partial<View> = {}): Promise<Bench> => (bench = await openBench(file!, view));

  for (const [name, hands] of [["mouse", mouse] as const, ["keyboard", keyboard] as const]) {
    it(`carries a technician's whole session by ${name}, and the trace without the page is the same (chromium)`, async () => {
      const here = await open();
      const said = await technicianSession(here, hands(here), `by-${name}`);
      const sha256 = await here.page.locator(".hash").innerText();
      const lines = Number(/same trace, ([\d,]+) lines/.exec(said)?.[1].replaceAll(",", ""));
      assert.ok(lines > 100, said);
      const again = await headless(join(here.recordings, `by-${name}.json`), lines);
      assert.equal(again.sha256, sha256);
      assert.deepEqual({ failed: again.failed, met: again.met }, { failed: 0, met: 7 });
      assert.deepEqual(here.complaints, []);
      await here.page.evaluate("scrollTo(0, 0)");
      await here.page.screenshot({ path: join(SCREENS, `session-${name}.png`), fullPage: true });
    });
  }

  it("brings a snapshot back, and loads a scenario and sees its expectations met (chromium)", async () => {
    const { page } = await open();
    const hands = mouse(bench!);
    await expect("the meter is in service", async () => (await reading(bench!, "Balance")) === "1.00");
    await hands.press("Pause");
    await hands.press("Take a snapshot");
    await hands.press("Burst, 4,000 l/h for 1 h");
    await hands.press("Further by 1 hr");
    await expect("the water has run", async () => (await reading(bench!, "Valve")) === "closed");
    await page.getByRole("button", { name: /^Back to / }).click();
    await expect("the balance is back", async () => (await reading(bench!, "Balance")) === "1.00");
    await page.locator(".session select").selectOption({ label: "Cards" });
    await hands.press("Load");
    await hands.press("max: As fast as it goes");
    await expect("it has ended", () => page.getByText("The run has come to its end").isVisible());
    const expected = page.getByText(/^\d+ of \d+ met, \d+ not$/);
    assert.match(await expected.innerText(), /^(\d+) of \1 met, 0 not$/);
  });

  it("replays a flow file that is chosen, and says in one line what is wrong with another (chromium)", async () => {
    const { page } = await open();
    const hands = mouse(bench!);
    await expect("the meter is in service", async () => (await reading(bench!, "Balance")) === "1.00");
    const choose = (text: string): Promise<void> =>
      page
        .getByLabel("Replay a flow CSV (epoch_s,flow_ml)")
        .setInputFiles({ name: "day.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await choose("epoch_s,flow_ml\n100,3000\n101,x\n");
    await expect("the column is named", () =>
      page.getByText(/day\.csv:3: flow_ml: must be a whole number/).isVisible(),
    );
    await choose(`epoch_s,flow_ml\n${"1".repeat(1_000_000)}`);
    await expect("it is too long", () => page.getByText(/day\.csv: 1,000,016 bytes are too many/).isVisible());
    await choose("epoch_s,flow_ml\n100,3000\n101,4000\n");
    await hands.press("Run at 60×");
    await expect("the water has run", async () => (await reading(bench!, "Volume")) === "7 l");
  });

  it("says in one line what it refuses (chromium)", async () => {
    const { page } = await open();
    const hands = mouse(bench!);
    await expect("the meter is in service", async () => (await reading(bench!, "Balance")) === "1.00");
    await hands.press("Record");
    await expect("it is recorded", async () => (await page.locator(".recorded").innerText()).includes("Recorded in"));
    await hands.press("Record");
    await expect("a second one is refused", () =>
      page.getByText(/is there already \(choose another name\)/).isVisible(),
    );
    assert.deepEqual(await violations(page), []);
  });

  const views: [string, Partial<View>][] = [
    ["desktop", {}],
    ["dark", { scheme: "dark" }],
    ["phone", { width: 360, height: 740 }],
    ["phone-dark-russian", { width: 360, height: 740, scheme: "dark", locale: "ru-RU" }],
    ["wide-finnish", { width: 2200, height: 1200, locale: "fi-FI" }],
    ["tablet-italian", { width: 900, height: 1100, locale: "it-IT" }],
    ["tablet-french", { width: 768, height: 1024, locale: "fr-FR" }],
  ];
  for (const [name, view] of views) {
    it(`has nothing that axe-core objects to, and fits its window: ${name} (chromium)`, async () => {
      const { page, complaints } = await open(view);
      await page.locator(".speeds button").nth(4).click();
      await page.locator(".tap .buttons button").nth(1).click();
      const lines = page.locator(".log .lines li");
      await expect("the meter is at work", async () => (await lines.count()) >= 4);
      await expect("the chart has gone on", async () => (await page.locator("#elapsed").innerText()) > "00:05:00");
      await page.locator(".speeds button").first().click();
      await fillDesk(page);
      assert.deepEqual(await violations(page), []);
      const wide = Number(await page.evaluate("document.documentElement.scrollWidth"));
      assert.ok(wide <= (view.width ?? 1440), `the page is ${wide} wide`);
      assert.deepEqual(complaints, []);
      await page.evaluate("scrollTo(0, 0)");
      await page.screenshot({ path: join(SCREENS, `${name}.png`), fullPage: true });
    });
  }

  it("asks nothing of anyone but its own server (chromium)", async () => {
    const { asked, served, page } = await open();
    await page.reload();
    await page.locator(".device").waitFor();
    assert.ok(asked.length >= 4);
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(served.url)),
      [],
    );
  });

  it("does not serve a page of another origin (chromium)", async () => {
    const { served, browser } = await open();
    const other = await browser.newPage();
    await other.goto("data:text/html,<title>other</title>");
    const url = served.url.replace("http:", "ws:") + "session";
    const outcome = await other.evaluate(`new Promise((done) => {
      const socket = new WebSocket(${JSON.stringify(url)});
      socket.onopen = () => done("open");
      socket.onerror = () => done("refused");
    })`);
    assert.equal(outcome, "refused");
  });
});
