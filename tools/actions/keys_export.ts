/**
 * What `curbstop keys export` does: the keys of one meter, in an encrypted file of their own. Never on standard output.
 */
import fs from "node:fs";
import { BOARD_KEY_NAMES, boardKeysOf, sealBoardKeys } from "../keys/board";
import { fingerprint } from "../keys/fingerprint";
import { KeyError } from "../keys/key_error";
import { withLock } from "../keys/lock";
import { writeSecretFile } from "../keys/secret_file";
import { noStore, openStore, storeExists } from "../keys/store";
import type { Context } from "../context";
import { table } from "../output";
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
}

function assertFree(file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new KeyError("file", `${file}: there is such a file already, and it is kept (take another name)`);
}

export async function keysExport(options: KeysExportOptions, context: Context): Promise<void> {
  const { region, meter, out } = options;
  const store = storeFile(options);
  assertFree(out);
  if (!storeExists(store)) throw noStore(store);
  const ring = await openStore(store, await storePassphrase(options, context));
  const board = boardKeysOf(ring, region, meter);
  const text = await sealBoardKeys(board, await otherPassphrase(out, true, options, context));
  await withLock(out, async () => {
    assertFree(out);
    writeSecretFile(out, text);
    return Promise.resolve();
  });
  const keys = BOARD_KEY_NAMES.map((name) => {
    const { revision, key } = board.keys[name];
    return { name, revision, fingerprint: fingerprint(key) };
  });
  if (options.json === true) return printJson({ file: out, region, meter, keys }, context);
  const rows = keys.map((key) => [key.name.replace("_", " "), String(key.revision).padStart(8), key.fingerprint]);
  context.output.out(table([["key", "revision", "fingerprint"], ...rows]));
  context.output.out(`of meter ${meter} of region ${region} in ${out}\n`);
}
