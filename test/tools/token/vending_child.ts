/**
 * A process of its own for the tests of the vending desk: `FOLDER METER PREFIX COUNT` sells COUNT tokens to a meter,
 * each under a request id of its own, and prints them one a line when all are sold. The key comes on standard input.
 */
import fs from "node:fs";
import { ringOf } from "../../../tools/keys/content";
import { VendingDesk } from "../../../tools/token/vending";

const WAIT_MS = 120_000;

async function main([folder, meter, prefix, count]: string[]): Promise<void> {
  const ring = ringOf(fs.readFileSync(0), "standard input");
  const desk = new VendingDesk(ring, folder, { wait_ms: WAIT_MS, now: () => new Date("2026-11-22T12:00:00Z") });
  const region = ring.regions()[0];
  const sold: string[] = [];
  for (let number = 0; number < Number(count); number++) {
    const order = { request: `${prefix}-${number}`, region, meter, use: "water", amount: 10, reason: "" } as const;
    const { issued } = await desk.issue(order);
    sold.push(`${issued.tid} ${issued.tokens[0]}`);
  }
  process.stdout.write(sold.join("\n") + "\n");
}

void main(process.argv.slice(2));
