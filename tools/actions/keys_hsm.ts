/**
 * What `curbstop keys hsm` does: vending keys in an HSM. The store keeps a reference; the key is made in the module, or
 * put there once, and never leaves it.
 */
import { HsmKey, isHsmLabel, referenceTo } from "../keys/hsm_key";
import { hsmSession, hsmTokens, type HsmPlace, type HsmSession } from "../keys/hsm_session";
import { fingerprint } from "../keys/fingerprint";
import { KeyError } from "../keys/key_error";
import { BASE_DATE_USUAL, KEY_EXPIRY_MAX, type BaseDate } from "../keys/names";
import { withMoved, withRegion, withRotated, type KeyRing, type RegionKey } from "../keys/ring";
import { changeStore, noStore, storeExists } from "../keys/store";
import type { Context } from "../context";
import { table } from "../output";
import { prepareHsm } from "./hsm_pins";
import { keyRow, keyTable, printJson, storeFile, storePassphrase, type StoreOptions } from "./keys_session";

export interface HsmOptions extends StoreOptions {
  module: string;
  token: string;
}

export interface HsmListOptions {
  module: string;
  token?: string;
  hsmPinFile?: string;
  json?: boolean;
}

export interface HsmMakeOptions extends HsmOptions {
  region: string;
  label?: string;
  baseDate?: BaseDate;
  keyExpiry?: number;
}

export interface HsmMoveOptions extends HsmOptions {
  region: string;
  label?: string;
  revision?: number;
}

/** Tokens of a module; with a token named, the keys in it. Never a key. */
export async function keysHsmList(options: HsmListOptions, context: Context): Promise<void> {
  const { module, token } = options;
  if (token === undefined) {
    const tokens = hsmTokens(module).filter((label) => label !== "");
    if (options.json === true) return printJson({ module, tokens }, context);
    context.output.out(tokens.length === 0 ? `${module}: no token is set up\n` : table(tokens.map((label) => [label])));
    return;
  }
  await prepareHsm({ module, token }, options, context);
  const keys = hsmSession({ module, token }).keys();
  if (options.json === true) return printJson({ module, token, keys }, context);
  const rows = keys.map(({ label, sensitive, extractable }) => [
    label,
    sensitive && !extractable ? "never leaves" : "can be taken out: not used",
  ]);
  context.output.out(rows.length === 0 ? `token ${token}: no key\n` : table(rows));
}

function usualLabel(region: string, revision: number): string {
  return `curbstop vending ${region} ${revision}`;
}

/** Opens the token before the store is locked: a person may be typing. */
async function openToken(options: HsmOptions, context: Context): Promise<{ place: HsmPlace; session: HsmSession }> {
  const place = { module: options.module, token: options.token };
  await prepareHsm(place, options, context);
  return { place, session: hsmSession(place) };
}

function checkedLabel(label: string): string {
  if (isHsmLabel(label)) return label;
  throw new KeyError("bad_name", "a label is 1 to 64 characters of ASCII (give another --label)");
}

function printMade(
  ring: KeyRing,
  name: "made" | "moved",
  key: RegionKey,
  options: StoreOptions,
  context: Context,
): void {
  const row = keyRow(ring.revision(key.region, "vending", key.revision));
  if (options.json === true) return printJson({ store: storeFile(options), [name]: row }, context);
  context.output.out(keyTable([row]));
}

/** Makes a region's vending key in an HSM: its first one, with the other keys of the region, or the next revision. */
export async function keysHsmMake(options: HsmMakeOptions, context: Context): Promise<void> {
  const { region, baseDate, keyExpiry } = options;
  const file = storeFile(options);
  const passphrase = await storePassphrase(options, context);
  const { place, session } = await openToken(options, context);
  const ring = await changeStore(file, passphrase, (before) => {
    const is_new = !before.regions().includes(region);
    const revision = is_new ? 1 : before.current(region, "vending").revision + 1;
    const label = checkedLabel(options.label ?? usualLabel(region, revision));
    const make = () => {
      session.make(label);
      return new HsmKey(referenceTo(place, label));
    };
    const now = new Date();
    if (is_new) {
      const sts = { base_date: baseDate ?? BASE_DATE_USUAL, key_expiry: keyExpiry ?? KEY_EXPIRY_MAX };
      return withRegion(before, region, sts, now, make());
    }
    const sts = {
      ...(baseDate === undefined ? {} : { base_date: baseDate }),
      ...(keyExpiry === undefined ? {} : { key_expiry: keyExpiry }),
    };
    // What cannot be made in the ring must not be made in the module either.
    withRotated(before, region, "vending", now, sts);
    return withRotated(before, region, "vending", now, sts, make());
  });
  printMade(ring, "made", ring.current(region, "vending"), options, context);
}

/** Puts a vending key of the store into an HSM, and keeps its reference alone. */
export async function keysHsmMove(options: HsmMoveOptions, context: Context): Promise<void> {
  const { region } = options;
  const file = storeFile(options);
  if (!storeExists(file)) throw noStore(file);
  const passphrase = await storePassphrase(options, context);
  const { place, session } = await openToken(options, context);
  let moved: RegionKey | undefined;
  const ring = await changeStore(file, passphrase, (before) => {
    const { revision: wanted } = options;
    const key = wanted === undefined ? before.current(region, "vending") : before.revision(region, "vending", wanted);
    if (key.key instanceof HsmKey) {
      const { label, token } = key.key.reference;
      throw new KeyError("hsm_key", `region ${region}: its vending key is "${label}" in token ${token} already`);
    }
    const label = checkedLabel(options.label ?? usualLabel(region, key.revision));
    session.put(label, key.key);
    const reference = referenceTo(place, label);
    if (reference.fingerprint !== fingerprint(key.key)) {
      throw new KeyError(
        "hsm_key",
        `key "${label}" in token ${place.token}: it is not what was put there (nothing moved)`,
      );
    }
    moved = key;
    return withMoved(before, key, new HsmKey(reference));
  });
  if (moved === undefined) throw new Error("a key was moved, or an error thrown");
  printMade(ring, "moved", moved, options, context);
  if (options.json === true) return;
  context.output.out(`copies of ${file} from before hold the key itself: destroy them, or keep them as its backup\n`);
}
