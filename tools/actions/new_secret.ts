/**
 * A file with secrets that a command makes: for its owner alone, whole or not at all, and never in the place of another.
 */
import fs from "node:fs";
import { KeyError } from "../keys/key_error";
import { withLock } from "../keys/lock";
import { writeSecretFile } from "../keys/secret_file";

/** Also what a device or a link leads to is something there: nothing secret goes to a terminal by its name. */
export function assertFree(file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new KeyError("file", `${file}: there is such a file already, and it is kept (take another name)`);
}

export async function writeNewSecret(file: string, text: string): Promise<void> {
  await withLock(file, async () => {
    assertFree(file);
    writeSecretFile(file, text);
    return Promise.resolve();
  });
}
