/**
 * freefare_client.c, compiled with the system's compiler: what it can do stands at its top.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { programPath } from "./private_pcscd";

const SOURCE = join(__dirname, "freefare_client.c");
const LIMIT_MS = 120_000;

const run = promisify(execFile);

/** Why it cannot be compiled here, in words; undefined when it can. */
export async function clientMissing(folder: string): Promise<string | undefined> {
  if (programPath("cc") === undefined) return "cc not installed (apt-get install gcc libc6-dev)";
  const probe = join(folder, "probe.c");
  writeFileSync(probe, "#include <freefare.h>\n#include <nfc/nfc.h>\n#include <stdio.h>\n");
  const found = await run("cc", ["-fsyntax-only", probe]).then(
    () => true,
    () => false,
  );
  return found ? undefined : "headers not installed (apt-get install libfreefare-dev libnfc-dev libc6-dev)";
}

/** Lines of the client's answers: a verb and what came of it. */
export type Client = (...words: string[]) => Promise<string[]>;

/** Compiles the client, for the device on that serial port. */
export async function compileClient(folder: string, port: string): Promise<Client> {
  const program = join(folder, "freefare_client");
  await run("cc", ["-o", program, SOURCE, "-lfreefare", "-lnfc"]);
  const env = { ...process.env, LIBNFC_DEVICE: `pn532_uart:${port}` };
  return async (...words) => {
    const { stdout } = await run(program, words, { env, timeout: LIMIT_MS });
    return stdout.trim().split("\n");
  };
}
