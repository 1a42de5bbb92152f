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

/** The session; returns what the page says of its recording. */
export async function technicianSession(bench: Bench, hands: Hands, name: string): Promise<string> {
  await hands.press("Run at 10×");
  await waterRunsOut(bench, hands);
  await cardsComeAndGo(bench, hands);
  await keysAndPower(bench, hands);
  await hands.type("Name of the recording", name);
  await hands.press("Record");
  const said = bench.page.locator(".recorded");
  await expect("the recording is done", async () => (await said.innerText()).includes("Recorded in"));
  return said.innerText();
}
