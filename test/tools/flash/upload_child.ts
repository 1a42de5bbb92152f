/**
 * An upload in a process of its own, so that it can be killed: `upload_child.ts <port> <bundle file>`.
 * Prints "started" when the first byte is about to be written, "done" at the end.
 */
import { readFileSync } from "node:fs";
import { flashTo } from "./stand_in";

async function main(port: string, file: string): Promise<void> {
  let started = false;
  const step = (): void => {
    if (!started) process.stdout.write("started\n");
    started = true;
  };
  await flashTo(port, readFileSync(file, "latin1"), { step });
  process.stdout.write("done\n");
}

main(process.argv[2], process.argv[3]).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
