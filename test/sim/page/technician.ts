/**
 * A technician's session, once for any hands: what is done, and what must be seen. The hands are a mouse, or a keyboard.
 */
import assert from "node:assert/strict";
import { expect } from "./wait";
import type { Bench } from "./bench";

export interface Hands {
  press(name: string): Promise<void>;
  /** Puts a card of the tray into the slot. */
  insert(card: string): Promise<void>;
  type(label: string, text: string): Promise<void>;
  /** Chooses an option of a list by its words. */
  choose(label: string, option: string): Promise<void>;
}

/** What a reading beside the device says. */
export function reading(bench: Bench, label: string): Promise<string> {
  const row = bench.page.locator(".readings div").filter({ has: bench.page.getByText(label, { exact: true }) });
  return row.locator("dd").innerText();
}

function glass(bench: Bench): Promise<string> {
  return bench.page
    .locator(".lcd")
    .getAttribute("aria-label")
    .then((text) => text ?? "");
}

async function waterRunsOut(bench: Bench, hands: Hands): Promise<void> {
  await expect("the valve opens after commissioning", async () => (await reading(bench, "Valve")) === "open");
  assert.equal(await reading(bench, "Balance"), "1.00");
  await hands.press("Open the tap");
  await hands.press("Run at 1000×");
  await expect("the balance falls", async () => Number(await reading(bench, "Balance")) < 0.9);
  await expect("the valve shuts", async () => (await reading(bench, "Valve")) === "closed");
  assert.equal(await reading(bench, "Shut by"), "no credit");
  assert.match(await glass(bench), /valve shut/);
  await hands.press("Run at 10×");
  await hands.press("Close the tap");
}

async function cardsComeAndGo(bench: Bench, hands: Hands): Promise<void> {
  const result = (): Promise<string> => reading(bench, "Last card");
  await hands.insert("Foreign region");
  await expect("a foreign card is refused", async () => (await result()) === "foreign region");
  assert.match(await glass(bench), /REGION/);
  assert.equal(await reading(bench, "Valve"), "closed");
  await hands.insert("Household, 5.00");
  await expect("a good card is accepted", async () => (await result()) === "accepted");
  await expect("the valve opens again", async () => (await reading(bench, "Valve")) === "open");
  await hands.press("Take the card out");
  await hands.press("Pull it out half-way, after 200 bytes");
  await hands.insert("Household, sold again, 8.00");
  await expect("a card that is pulled says so", async () => (await result()) === "pulled out too early");
  await hands.press("Pull it out half-way, after 200 bytes");
  await hands.insert("Household, sold again, 8.00");
  await expect("it is accepted the next time", async () => (await result()) === "accepted");
  await hands.insert("Forged voucher");
  await expect("a forged voucher is refused", async () => /bad signature|wait/.test(await result()));
  assert.ok(await bench.page.getByText("Card Forged voucher").isVisible());
  await hands.press("Take the card out");
  await expect("the slot is empty", () => bench.page.getByText("Put a card here").isVisible());
}

async function keysAndPower(bench: Bench, hands: Hands): Promise<void> {
  await hands.press("Key *");
  await expect("the * key turns to the register", async () => /Display shows 0\d{7}/.test(await glass(bench)));
  await hands.press("Magnet near");
  await expect("a magnet shuts the valve", async () => (await reading(bench, "Valve")) === "closed");
  await hands.press("Magnet near");
  await hands.insert("Clears tamper");
  await expect("a technician's card clears it", async () => (await reading(bench, "Valve")) === "open");
  await hands.press("Power cut, 1 hr");
  await expect("the glass is blank without power", async () => (await glass(bench)) === "Display is blank");
  assert.equal(await reading(bench, "Balance"), "–");
  await hands.press("Run at 1000×");
  await expect("the meter is back", async () => (await glass(bench)).startsWith("Display shows"));
  await hands.press("Pause");
}

/** At the desk: a top-up and a token, which is keyed in, taken once, and then refused until the keypad takes no more. */
async function sellsAndKeysIn(bench: Bench, hands: Hands): Promise<void> {
  await hands.type("Amount", "2.50");
  await hands.press("Sell");
  await expect("the card lies in the tray", () =>
    bench.page.getByRole("button", { name: "From the desk, 10.50 in all", exact: true }).isVisible(),
  );
  await hands.insert("From the desk, 10.50 in all");
  await expect("the meter takes it", async () => (await reading(bench, "Last card")) === "accepted");
  await hands.press("Take the card out");
  await hands.choose("What is sold", "Token: credit");
  await hands.type("Reason", "sold by phone");
  await hands.press("Sell");
  const token = bench.page.locator(".sale output");
  await expect("a token is there", async () => /^\d{4}( \d{4}){4}$/.test(await token.innerText()));
  assert.match(await bench.page.locator(".sale .receipt").innerText(), /asked for +2\.50[\s\S]*sold by phone/);
  await hands.press("Key it in");
  await expect("the token is taken", async () => (await reading(bench, "Last token")) === "accepted");
  await hands.press("Key it in");
  await expect("not a second time", async () => (await reading(bench, "Last token")) === "used already");
  // A meter forgets a number that is keyed in too slowly, and hands need longer than its time goes.
  await hands.press("Pause");
  const five = (await token.innerText()).replaceAll(" ", "").slice(0, 5);
  for (const key of five) await hands.press(`Key ${key}`);
  const grouped = `${five.slice(0, 4)} ${five.slice(4)}`;
  await expect("the glass groups what is keyed in", async () => (await glass(bench)).includes(grouped));
  for (const _ of five) await hands.press("Key *");
  await hands.press("Run at 10×");
}

/** A tariff goes out behind the meter's telegram, and a later telegram says that it holds. */
async function pushesTariffs(bench: Bench, hands: Hands): Promise<void> {
  const pushed = (line: RegExp): Promise<boolean> => bench.page.locator(".pushes").getByText(line).first().isVisible();
  await hands.type("Standing charge a day", "0.10");
  await hands.press("Sign and push");
  await hands.press("Run at 1000×");
  await expect("the tariff is active", () => pushed(/Version 3: active/));
  assert.equal(await reading(bench, "Price a m³"), "2.50");
  await hands.choose("Signature", "forged");
  await hands.press("Sign and push");
  await expect("a forged one is refused", () => pushed(/Version 4 \(forged\): refused: bad signature/));
  await hands.press("Run at 10×");
  assert.equal(await reading(bench, "Price a m³"), "2.50");
  const shown = bench.page.locator(".radio .fields div").filter({ hasText: "tariff_version_nr" });
  assert.equal(await shown.locator("dd").innerText(), "3");
}

/** The session; returns what the page says of its recording. */
export async function technicianSession(bench: Bench, hands: Hands, name: string): Promise<string> {
  await hands.press("Run at 10×");
  await waterRunsOut(bench, hands);
  await cardsComeAndGo(bench, hands);
  await sellsAndKeysIn(bench, hands);
  await pushesTariffs(bench, hands);
  await keysAndPower(bench, hands);
  await hands.type("Name of the recording", name);
  await hands.press("Record");
  const said = bench.page.locator(".recorded");
  await expect("the recording is done", async () => (await said.innerText()).includes("Recorded in"));
  return said.innerText();
}
