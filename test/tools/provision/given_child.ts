/**
 * A desk in a process of its own that wants numbers for its boards: `given_child.ts <records> <serial> <meter>...`.
 * Prints the meters that it got, one a line.
 */
import { GivenRecords } from "../../../tools/provision/given";
import { ProvisionError } from "../../../tools/provision/provision_error";

async function main(file: string, serial: string, meters: readonly string[]): Promise<void> {
  const records = new GivenRecords(file);
  for (const meter of meters) {
    try {
      const order = { meter, region: "600100", board: "espruino-rak5010", serial, person: "A", digests: [] };
      await records.begin({ ...order, other_board: false });
      await records.give(meter, serial, "0.1.0");
      process.stdout.write(`${meter}\n`);
    } catch (error) {
      if (!(error instanceof ProvisionError)) throw error;
    }
  }
}

void main(process.argv[2], process.argv[3], process.argv.slice(4));
