/**
 * A process of its own for the tests of the lock: `count FILE N` adds one to the number in a file N times, each time
 * under the lock; `hold FILE` takes the lock, says so, and never lets go.
 */
import fs from "node:fs";
import { withLock } from "../../../tools/keys/lock";

const WAIT_MS = 60_000;

async function main([verb, file, times]: string[]): Promise<void> {
  if (verb === "hold") {
    return withLock(file, () => {
      process.stdout.write("held\n");
      return new Promise<void>((resolve) => setTimeout(resolve, WAIT_MS));
    });
  }
  for (let i = 0; i < Number(times); i++) {
    await withLock(
      file,
      async () => {
        const before = Number(fs.readFileSync(file, "utf8"));
        await new Promise((resolve) => setTimeout(resolve, 2));
        fs.writeFileSync(file, String(before + 1));
      },
      WAIT_MS,
    );
  }
}

void main(process.argv.slice(2));
