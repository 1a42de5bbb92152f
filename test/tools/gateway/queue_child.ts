/**
 * A gateway's queue at work until someone kills it: reserves counters, says each that it will use, and adds messages.
 *   node -r ./tools/load_typescript.js queue_child.ts FILE METER
 */
import { writeSync } from "node:fs";
import { DownlinkQueue } from "../../../tools/gateway/queue";

const [file, meter] = process.argv.slice(2);

async function main(): Promise<void> {
  const queue = new DownlinkQueue(file, () => new Date("2026-11-22T00:00:00Z"));
  for (let turn = 0; ; turn++) {
    const counter = await queue.nextCounter(meter);
    // What is said here is what would be on the air.
    writeSync(1, `counter ${counter}\n`);
    if (turn % 7 === 0) {
      const [oldest] = queue.waitingFor(meter);
      if (oldest !== undefined && queue.waitingFor(meter).length > 8)
        await queue.change(() => [{ entry: "answered", number: oldest.number, code: 0, at: new Date().toISOString() }]);
      const { number, request } = await queue.addMessage(meter, 3, [turn % 256]);
      writeSync(1, `message ${number} ${request}\n`);
    }
  }
}

void main();
