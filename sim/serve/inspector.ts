/**
 * Inspector: says what a pasted text is. The decoders are the utility's (tools/inspect), on which the simulator does not
 * stand; whoever makes a session hands one in, and the session adds the keys of its own meter.
 */
import { readRadioBooks } from "../../firmware/radio/radio_books";
import { bytesText, textBytes } from "../../firmware/card/bytes";
import { KEY_EXPIRY_NEVER, KEY_TYPE_UNIQUE, type DecoderKey } from "../../firmware/token/books";
import { EA_MISTY1 } from "../../firmware/token/cipher";
import type { LiveRun } from "./live_run";
import type { Inspection } from "./messages";

/** Longest text: the image of a full card in hexadecimal, with spaces between its bytes. */
export const INSPECT_MAX_CHARACTERS = 100_000;

/** Keys of one meter; each may be missing. */
export interface MeterKeys {
  /** Master key of its telegrams. */
  telegram?: number[] | undefined;
  token?: DecoderKey | undefined;
  /** Signs its vouchers, orders and read-backs. */
  voucher?: number[] | undefined;
}

/** Throws an error with one line when the text is none of what it knows, and nothing else. */
export type Inspector = (text: string, keys: MeterKeys) => Inspection;

function bytesOrNone(text: string | undefined): number[] | undefined {
  return text === undefined || text === "" ? undefined : textBytes(text);
}

/** The keys that the meter of a run has at the moment; without power, those of its settings. */
export function keysOf({ world, plan }: LiveRun): MeterKeys {
  const { meter } = world;
  const radio = plan.scenario.meter.radio;
  const books = meter === undefined ? undefined : readRadioBooks(meter.annex.kept);
  const first = radio === undefined ? undefined : [...Buffer.from(radio.master_key, "hex")];
  return {
    telegram: bytesOrNone(books?.master_key) ?? first,
    token: meter?.tokens.state.books.sts,
    voucher: bytesOrNone(meter?.card.books.voucher_key),
  };
}

/** One key that a person has typed, for whatever it fits: 32 hexadecimal digits (a token under EA11). Or undefined. */
export function typedKeys(text: string): MeterKeys | undefined {
  const digits = text.replaceAll(/\s/g, "");
  if (!/^[0-9a-fA-F]{32}$/.test(digits)) return undefined;
  const bytes = [...Buffer.from(digits, "hex")];
  const token = { algorithm: EA_MISTY1, key: bytesText(bytes), type: KEY_TYPE_UNIQUE, revision: 1 };
  return { telegram: bytes, voucher: bytes, token: { ...token, tariff_index: 1, expiry: KEY_EXPIRY_NEVER } };
}
