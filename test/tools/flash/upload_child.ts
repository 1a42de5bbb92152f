/**
 * An upload in a process of its own, so that it can be killed: `upload_child.ts <port> <bundle file> <board>`.
 * Prints "started" when the first byte is about to be written, "done" at the end.
 */
import { readFileSync } from "node:fs";
import { flashPort } from "./nodemcu/rig";
import { flashTo } from "./stand_in";

async function main(port: string, file: string, board: string): Promise<void> {
  let started = false;
  const step = (): void => {
    if (!started) process.stdout.write("started\n");
    started = true;
  };
  const bundle = readFileSync(file, "latin1");
  await (board === "lua-esp32" ? flashPort : flashTo)(port, bundle, { step });
  process.stdout.write("done\n");
}

main(process.argv[2], process.argv[3], process.argv[4]).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
