/**
 * What `curbstop keys import` does: takes what is new in a copy of a store, or says whether the keys of a meter are
 * those that this store gives. A meter's keys are never stored.
 */
import { boardKeysIn, foreignKeys } from "../keys/board";
import { ringOf } from "../keys/content";
import { BOARD_FORMAT, ENVELOPE_MAX_BYTES, envelopeFormat, openEnvelope } from "../keys/envelope";
import { KeyError } from "../keys/key_error";
import { merged, type KeyRing, type RegionKey } from "../keys/ring";
import type { Secret } from "../keys/secret";
import { readSecretFile } from "../keys/secret_file";
import { changeStore, noStore, openStore, storeExists } from "../keys/store";
import type { Context } from "../context";
import { prepareHsms } from "./hsm_pins";
import {
  keyRow,
  keyTable,
  otherPassphrase,
  printJson,
  storeFile,
  storePassphrase,
  type OtherOptions,
  type StoreOptions,
} from "./keys_session";

export type KeysImportOptions = StoreOptions & OtherOptions;

/** The file to import from, and the store. */
interface Import {
  readonly file: string;
  readonly store: string;
  readonly passphrase: Secret;
  readonly options: KeysImportOptions;
  readonly json: boolean;
}

async function checkBoard(
  { file, store, passphrase, options, json }: Import,
  content: Buffer,
  context: Context,
): Promise<void> {
  const board = boardKeysIn(content, file);
  const ring = await openStore(store, passphrase);
  await prepareHsms(ring, options, context);
  const { region, meter } = board;
  if (!ring.regions().includes(region)) {
    const why = "a store keeps keys of regions, not of meters";
    throw new KeyError("region_unknown", `${file}: keys of a meter of region ${region}, unknown in ${store} (${why})`);
  }
  const foreign = foreignKeys(board, ring);
  if (foreign.length > 0) {
    const names = foreign.join(", ").replaceAll("_", " ");
    throw new KeyError("conflict", `${file}: not what ${store} gives for meter ${meter}: ${names} (another store's)`);
  }
  if (json) return printJson({ store, region, meter, added: [], agrees: true }, context);
  context.output.out(`the keys of meter ${meter} are those of ${store}; a meter's keys are derived, nothing to add\n`);
}

async function mergeStore({ file, store, passphrase, json }: Import, other: KeyRing, context: Context): Promise<void> {
  let added: RegionKey[] = [];
  const ring = await changeStore(store, passphrase, (before) => {
    const result = merged(before, other, file);
    added = result.added;
    return result.ring;
  });
  const rows = added.map((key) => keyRow(ring.revision(key.region, key.kind, key.revision)));
  if (json) return printJson({ store, added: rows }, context);
  context.output.out(rows.length === 0 ? `${file}: all of it is in ${store} already\n` : keyTable(rows));
}

export async function keysImport(file: string, options: KeysImportOptions, context: Context): Promise<void> {
  const store = storeFile(options);
  const text = readSecretFile(file, ENVELOPE_MAX_BYTES)?.toString("utf8");
  if (text === undefined) throw new KeyError("file", `${file}: there is no such file`);
  const format = envelopeFormat(text, file);
  if (format === BOARD_FORMAT && !storeExists(store)) throw noStore(store);
  const passphrase = await storePassphrase(options, context);
  const other = await otherPassphrase(file, false, options, context);
  const { content } = await openEnvelope(text, [format], other, file);
  const taken = { file, store, passphrase, options, json: options.json === true };
  if (format === BOARD_FORMAT) return checkBoard(taken, content, context);
  return mergeStore(taken, ringOf(content, file), context);
}
