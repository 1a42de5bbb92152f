/**
 * What `curbstop keys export` does: the keys of one meter, in an encrypted file of their own. Never on standard output.
 */
import { BOARD_KEY_NAMES, boardKeysOf, sealBoardKeys, type BoardKeys } from "../keys/board";
import { fingerprint } from "../keys/fingerprint";
import { SIGNING_KINDS } from "../keys/names";
import { publicFingerprint } from "../keys/signing";
import type { Secret } from "../keys/secret";
import { noStore, openStore, storeExists } from "../keys/store";
import { readPublicKey } from "../lms/public_key_file";
import { tablesIn } from "../token/tables_file";
import { readInput } from "../token/token_input";
import type { Context } from "../context";
import { table } from "../output";
import { prepareHsms } from "./hsm_pins";
import { assertFree, writeNewSecret } from "./new_secret";
import {
  otherPassphrase,
  printJson,
  storeFile,
  storePassphrase,
  type OtherOptions,
  type StoreOptions,
} from "./keys_session";

export interface KeysExportOptions extends StoreOptions, OtherOptions {
  region: string;
  meter: string;
  for: "board";
  out: string;
  tariffIndex?: string;
  algorithm?: 7 | 11;
  /** File of the operator's tables of EA07. */
  tables?: string;
  openpaygoUnit?: number;
  /** Files of the next revisions' public keys. */
  signingNext?: string;
  updateNext?: string;
}

/** Rows of the region's public keys, as `keys list` calls them. */
function publicRows(board: BoardKeys): { name: string; revision: number; fingerprint: string }[] {
  return SIGNING_KINDS.flatMap((kind) => {
    const { [kind]: held } = board;
    if (held === undefined) return [];
    const rows = [{ name: kind, revision: held.revision, fingerprint: publicFingerprint(held.public_key) }];
    if (held.next === undefined) return rows;
    return [...rows, { name: kind, revision: held.revision + 1, fingerprint: publicFingerprint(held.next) }];
  });
}

/** Rows of the tokens' keys and of LoRaWAN's, beside those of the others. */
function tokenRows({ tokens, lorawan }: BoardKeys): { name: string; revision: number; fingerprint: string }[] {
  const row = (name: string, revision: number, key: Secret) => ({ name, revision, fingerprint: fingerprint(key) });
  return [
    ...(tokens === undefined ? [] : [row("decoder", tokens.krn, tokens.key)]),
    ...(tokens?.paygo === undefined ? [] : [row("openpaygo", tokens.krn, tokens.paygo.key)]),
    ...(lorawan === undefined ? [] : [row("lorawan", lorawan.revision, lorawan.key)]),
  ];
}

export async function keysExport(options: KeysExportOptions, context: Context): Promise<void> {
  const { region, meter, out, algorithm: ea, tariffIndex: ti, openpaygoUnit: paygo_unit } = options;
  const tables = options.tables === undefined ? undefined : tablesIn(readInput(options.tables), options.tables);
  const [signing, update] = [options.signingNext, options.updateNext].map((file) =>
    file === undefined ? undefined : readPublicKey(file),
  );
  const store = storeFile(options);
  assertFree(out);
  if (!storeExists(store)) throw noStore(store);
  const ring = await openStore(store, await storePassphrase(options, context));
  await prepareHsms(ring, options, context);
  const board = boardKeysOf(ring, region, meter, {}, { tables, ea, ti, paygo_unit }, { signing, update });
  const text = await sealBoardKeys(board, await otherPassphrase(out, true, options, context));
  await writeNewSecret(out, text);
  const others = BOARD_KEY_NAMES.map((name) => {
    const { revision, key } = board.keys[name];
    return { name, revision, fingerprint: fingerprint(key) };
  });
  const keys = [...others, ...tokenRows(board), ...publicRows(board)];
  if (options.json === true) return printJson({ file: out, region, meter, keys }, context);
  const rows = keys.map((key) => [key.name.replace("_", " "), String(key.revision).padStart(8), key.fingerprint]);
  context.output.out(table([["key", "revision", "fingerprint"], ...rows]));
  context.output.out(`of meter ${meter} of region ${region} in ${out}\n`);
}
