/**
 * The page in a real browser: several meters side by side, each with its own run; the inspector; the support bundle.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TRANSPORT_KEY, VOUCHER_KEY } from "../../../sim/card_torture/made_cards";
import { METERS_MAX } from "../../../sim/serve/meters";
import { serve } from "../../../sim/serve/server";
import { Session } from "../../../sim/serve/session";
import { browserFile, closeBrowser, openBench, SCREENS, violations, type Bench, type View } from "./bench";
import { reading } from "./technician";
import { expect } from "./wait";

const file = browserFile();

describe("several meters, the inspector and the support bundle in a browser", function () {
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
  const press = (name: string): Promise<void> => bench!.page.getByRole("button", { name, exact: true }).click();
  const meter = (number: number) => bench!.page.locator(".meters .one").nth(number - 1);

  async function addMeter(): Promise<void> {
    const { page } = bench!;
    const before = await page.locator(".meters .one").count();
    await page.locator(".meters button.small").click();
    await expect("another meter", async () => (await page.locator(".meters .one").count()) === Math.max(2, before + 1));
  }

  it("runs each meter by itself, and shows all of them at once (chromium)", async () => {
    const here = await open();
    await expect("the meter is in service", async () => (await reading(here, "Valve")) === "open");
    await press("Pause");
    await addMeter();
    await meter(2).click();
    await expect("the second meter is in service", async () => (await reading(here, "Balance")) === "1.00");
    assert.equal(await meter(2).getAttribute("aria-pressed"), "true");
    await press("Burst, 4,000 l/h for 1 h");
    await press("Run at 1000×");
    await expect("its valve shuts", async () => (await reading(here, "Valve")) === "closed");
    await expect("which is seen from beside", async () => /Valve: closed/.test(await meter(2).innerText()));
    assert.match(await meter(1).innerText(), /Valve: open[^]*Balance: 1\.00[^]*paused/);
    await here.page.getByLabel("Name of the recording").fill("second");
    await press("Record");
    await expect("it is recorded", () => here.page.getByText(/Run again without the page: the same trace/).isVisible());
    await meter(1).click();
    await expect("the first one is shown again", async () => (await reading(here, "Valve")) === "open");
    assert.equal(await reading(here, "Balance"), "1.00");
    assert.equal(await here.page.getByText(/Recorded in/).count(), 0);
    await here.page.getByLabel("Name of the recording").fill("first");
    await press("Record");
    await expect("it is recorded", () => here.page.getByText(/Run again without the page: the same trace/).isVisible());
    assert.deepEqual(here.complaints, []);
  });

  it("has as many meters as the limit says, and all of them again after a reload (chromium)", async () => {
    const { page } = await open();
    for (let count = 1; count < METERS_MAX; count++) await addMeter();
    assert.equal(await page.locator(".meters button.small").count(), 0);
    await page.reload();
    await expect("they are there", async () => (await page.locator(".meters .one").count()) === METERS_MAX);
  });

  it("goes back to the first meter when the server was begun again with fewer (chromium)", async () => {
    const here = await open();
    await addMeter();
    await meter(2).click();
    await expect("the second one is shown", async () => (await meter(2).getAttribute("aria-pressed")) === "true");
    const { port } = here.served;
    await here.served.close();
    await expect("it is said that nobody answers", () => here.page.getByText(/^No connection to the/).isVisible());
    const again = await serve(new Session(here.recordings), new Map(), port);
    try {
      await expect("there is one meter", async () => (await here.page.locator(".meters .one").count()) === 0);
      await expect("which is shown", async () => (await reading(here, "Balance")) === "1.00");
      assert.equal(await here.page.getByText(/^No connection to the/).count(), 0);
    } finally {
      await again.close();
    }
  });

  it("tells by keyboard what a pasted card is, and that a changed one is changed (chromium)", async () => {
    const here = await open();
    const { page } = here;
    await expect("the meter is in service", async () => (await reading(here, "Balance")) === "1.00");
    const image = Buffer.from(here.household);
    await page.getByLabel("What to inspect").focus();
    await page.keyboard.insertText(image.toString("hex"));
    for (const key of ["Tab", "Tab", "Tab", "Enter"]) await page.keyboard.press(key);
    const found = page.locator(".found");
    await expect("it is told", async () => (await found.innerText()).includes("This is a card image"));
    // The key with which the running meter judges vouchers is that of the tray's cards.
    assert.match(
      await found.innerText(),
      /Nothing was found to be wrong[^]*bought in all\s+[1-9]\d*\.00[^]*signature\s+holds/,
    );
    await page.getByLabel("With the keys of this meter").uncheck();
    await press("Inspect");
    await expect("what is missing is said", async () => /Not checked\s+signatures: /.test(await found.innerText()));
    image[200] ^= 1;
    await page.getByLabel("What to inspect").fill(image.toString("base64"));
    await press("Inspect");
    await expect("a changed one", async () => /Wrong: this card image is cut off or/.test(await found.innerText()));
    await page.getByLabel("What to inspect").fill("hello");
    await press("Inspect");
    await expect("what is none is refused", () => page.getByText(/^this is no card image, token or/).isVisible());
    assert.deepEqual(await violations(page), []);
  });

  it("saves a support bundle in one press, without keys (chromium)", async () => {
    const here = await open();
    await expect("the meter is in service", async () => (await reading(here, "Balance")) === "1.00");
    const [download] = await Promise.all([here.page.waitForEvent("download"), press("Support bundle")]);
    assert.match(download.suggestedFilename(), /^support-a-new-meter-\d+s\.json$/);
    const text = readFileSync(await download.path(), "utf8");
    const bundle = JSON.parse(text) as { format: string; events: { code: string }[] };
    assert.equal(bundle.format, "curbstop support bundle");
    assert.ok(bundle.events.some(({ code }) => code === "commissioned"));
    for (const key of [TRANSPORT_KEY, Buffer.from(VOUCHER_KEY).toString("hex")]) {
      assert.equal(text.toLowerCase().includes(key), false);
    }
    assert.deepEqual(here.complaints, []);
  });

  const views: [string, Partial<View>][] = [
    ["meters-desktop", {}],
    ["meters-phone-dark", { width: 360, height: 740, scheme: "dark" }],
    ["meters-wide-russian", { width: 2200, height: 1200, locale: "ru-RU" }],
  ];
  for (const [name, view] of views) {
    it(`has nothing that axe-core objects to with three meters, and fits its window: ${name} (chromium)`, async () => {
      const { page, complaints } = await open(view);
      await addMeter();
      await addMeter();
      await meter(3).click();
      await page.locator(".inspector textarea").fill("1444AE0C7856341201078C2027780B134365877AC5");
      await page.locator(".inspector button.main").click();
      await page.locator(".found table").first().waitFor();
      assert.deepEqual(await violations(page), []);
      const wide = Number(await page.evaluate("document.documentElement.scrollWidth"));
      assert.ok(wide <= (view.width ?? 1440), `the page is ${wide} wide`);
      assert.deepEqual(complaints, []);
      await page.evaluate("scrollTo(0, 0)");
      await page.screenshot({ path: join(SCREENS, `${name}.png`), fullPage: true });
    });
  }
});
