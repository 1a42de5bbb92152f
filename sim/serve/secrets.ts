/**
 * Secrets of a run: every key that its scenario, its meter and its cards hold, so that nothing that leaves the session
 * for other eyes holds one of them.
 */
import { textBytes } from "../../firmware/card/bytes";
import { readRadioBooks } from "../../firmware/radio/radio_books";
import type { DesfireCard } from "../desfire/card";
import { readImage } from "../desfire/image";
import type { Scenario } from "../scenario/schema";
import { createCryptoTwin } from "../twins/crypto";
import { createRandomTwin } from "../twins/random";
import type { World } from "../world/world";
import type { LiveRun } from "./live_run";

const MASK = "(a key)";
/** Of a scenario's fields; the public key of a region is none, and is left out with them all the same. */
const KEY_FIELD = /(^|_)key$/;

function keysOfScenario({ meter, steps }: Scenario): string[] {
  const { transport_key, radio, tokens } = meter;
  const changed = steps.map(({ token }) => token?.change_key?.key);
  const hex = [transport_key, radio?.master_key, tokens?.key, tokens?.paygo_key, ...changed];
  return hex.filter((key) => key !== undefined);
}

/** Keys that the meter has now, which may be others than those of its settings. */
function keysOfMeter({ meter }: World): string[] {
  if (meter === undefined) return [];
  const { voucher_key, card_key } = meter.card.books;
  const { sts, paygo } = meter.tokens.state.books;
  const radio = readRadioBooks(meter.annex.kept);
  const texts = [voucher_key, card_key, sts?.key ?? "", paygo?.key ?? "", radio?.master_key ?? ""];
  return texts.map((text) => Buffer.from(textBytes(text)).toString("hex"));
}

function keysOfCard(card: DesfireCard | undefined): string[] {
  const levels = card?.applications ?? [];
  return levels.flatMap(({ keys }) => keys.map((key) => Buffer.from(key.bytes).toString("hex")));
}

function keysOfImages(images: readonly (readonly number[])[]): string[] {
  const crypto = createCryptoTwin();
  return images.flatMap((image) => keysOfCard(readImage(crypto, createRandomTwin(1), [...image]).card));
}

/** All keys of a run, each once, as hexadecimal in small letters. */
export function secretsOf(run: LiveRun): string[] {
  const { plan, world } = run;
  const keys = [
    ...keysOfScenario({ ...plan.scenario, steps: run.allSteps() }),
    ...keysOfMeter(world),
    ...keysOfImages([...(plan.card_images?.values() ?? [])]),
    ...world.cards.cards.flatMap(keysOfCard),
  ];
  // The factory's key of a fresh card is no secret, and its zeros stand everywhere.
  return [...new Set(keys.map((key) => key.toLowerCase()))].filter((key) => !/^0*$/.test(key));
}

/** What is said of anything, without what its fields call a key. */
export function withoutKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    return KEY_FIELD.test(name) && typeof inner === "string" ? [name, MASK] : [name, withoutKeys(inner)];
  });
  return Object.fromEntries(entries);
}

/** A text without these keys, wherever they stand in it: in hexadecimal, or as base64. */
export function masked(text: string, secrets: readonly string[]): string {
  return secrets.reduce((so_far, hex) => {
    const bytes = Buffer.from(hex, "hex");
    // Base64 of a text that goes on behind the key ends with other characters than that of the key alone.
    const base64 = bytes.toString("base64").slice(0, Math.floor(bytes.length / 3) * 4);
    return [hex, hex.toUpperCase(), base64].reduce((less, form) => less.replaceAll(form, MASK), so_far);
  }, text);
}
