/**
 * Settings of tokens: what a meter knows of them when it leaves its provisioning.
 *
 * The decoder key comes this way and no other: it is the one secret that a fresh meter must have before a token can
 * bring it the next. From the first commit on the journal's key holds (saved.ts), so settings that are written again
 * never bring an old key back. The transport key, from which cards commission a meter, is handled in the same way.
 */
import { bytesText, hexBytes } from "../card/bytes";
import type { StaTables } from "../crypto/sta";
import { tablesFault } from "../crypto/sta";
import { ROOM_TOKEN } from "../rooms";
import type { DecoderKey } from "./books";
import { KEY_EXPIRY_NEVER, KEY_TYPE_COMMON } from "./books";
import { EA_MISTY1, EA_STA, decoderKeyBytes } from "./cipher";
import type { PaygoBooks } from "./openpaygo";
import { createPaygoBooks } from "./openpaygo";
import { TID_MAX } from "./tid_memory";

export interface TokenSettings {
  /** What the account holds, and so what tokens bring: money, or litres (credit/account.ts). */
  mode: "currency" | "volume";
  /** Decoder key in hexadecimal: 32 digits for EA11, 16 for EA07, "" for a meter without STS tokens. */
  key: string;
  key_type: number;
  key_revision: number;
  tariff_index: number;
  key_expiry: number;
  /** TID of the day on which the meter was made; tokens from before are old to it. */
  first_tid: number;
  /** The operator's tables of EA07; undefined: the sample ones. */
  tables: StaTables | undefined;
  /** Key of OpenPAYGO in 32 hexadecimal digits, "" for none; and the starting code that belongs to it. */
  paygo_key: string;
  paygo_start: number;
  /** What one of an OpenPAYGO token's value brings: litres, or milli-units. */
  paygo_unit: number;
  /** Share of a credit that repays emergency credit first; 1000: all that is needed. */
  repay_permille: number;
}

const PAYGO_KEY_BYTES = 16;
const REVISION_MAX = 9;
const TARIFF_INDEX_MAX = 99;
const PAYGO_START_DIGITS_END = 1000000000;
/** With the largest value of 12 digits a credit stays below the ledger's limit. */
export const PAYGO_UNIT_MAX = 1000000;

/** A meter without any tokens, in money. */
export function noTokens(): TokenSettings {
  return {
    mode: "currency",
    key: "",
    key_type: 2,
    key_revision: 1,
    tariff_index: 1,
    key_expiry: KEY_EXPIRY_NEVER,
    first_tid: 0,
    tables: undefined,
    paygo_key: "",
    paygo_start: 0,
    paygo_unit: 1,
    repay_permille: 1000,
  };
}

/** Whether digits typed at this meter's keypad can be a token at all. */
export function takesTokens(settings: TokenSettings): boolean {
  return settings.key !== "" || settings.paygo_key !== "";
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

/** Algorithm of a key in hexadecimal, by its length; 0 for a key that is none. */
function algorithmOf(key: string): number {
  const bytes = hexBytes(key).length;
  if (bytes === decoderKeyBytes(EA_MISTY1)) {
    return EA_MISTY1;
  }
  return bytes === decoderKeyBytes(EA_STA) ? EA_STA : 0;
}

function repayFault(settings: TokenSettings): string {
  return within(settings.repay_permille, 1, 1000) ? "" : "repay_permille";
}

/** The first setting that is out of bounds, or "". Never a key itself. A build without tokens takes no key for them. */
export function tokenSettingsFault(settings: TokenSettings): string {
  if (!ROOM_TOKEN) {
    return takesTokens(settings) ? "token_key" : repayFault(settings);
  }
  if (settings.key !== "" && algorithmOf(settings.key) === 0) {
    return "token_key";
  }
  if (!within(settings.key_type, 0, KEY_TYPE_COMMON - 1)) {
    return "token_key_type";
  }
  if (!within(settings.key_revision, 1, REVISION_MAX)) {
    return "token_key_revision";
  }
  if (!within(settings.tariff_index, 0, TARIFF_INDEX_MAX)) {
    return "token_tariff_index";
  }
  if (!within(settings.key_expiry, 0, KEY_EXPIRY_NEVER)) {
    return "token_key_expiry";
  }
  if (!within(settings.first_tid, 0, TID_MAX)) {
    return "token_first_tid";
  }
  if (settings.paygo_key !== "" && hexBytes(settings.paygo_key).length !== PAYGO_KEY_BYTES) {
    return "paygo_key";
  }
  if (!within(settings.paygo_start, 0, PAYGO_START_DIGITS_END - 1)) {
    return "paygo_start";
  }
  if (!within(settings.paygo_unit, 1, PAYGO_UNIT_MAX)) {
    return "paygo_unit";
  }
  if (settings.tables !== undefined && tablesFault(settings.tables) !== "") {
    return "token_tables";
  }
  return repayFault(settings);
}

/** The decoder key that the settings bring; undefined for a meter without. */
export function settingsKey(settings: TokenSettings): DecoderKey | undefined {
  if (!ROOM_TOKEN || settings.key === "") {
    return undefined;
  }
  return {
    algorithm: algorithmOf(settings.key),
    key: bytesText(hexBytes(settings.key)),
    type: settings.key_type,
    revision: settings.key_revision,
    tariff_index: settings.tariff_index,
    expiry: settings.key_expiry,
  };
}

export function settingsPaygo(settings: TokenSettings): PaygoBooks | undefined {
  if (!ROOM_TOKEN || settings.paygo_key === "") {
    return undefined;
  }
  return createPaygoBooks(hexBytes(settings.paygo_key), settings.paygo_start);
}
