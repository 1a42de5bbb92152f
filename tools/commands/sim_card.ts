/**
 * `curbstop sim card`: a virtual card in a reader of this machine, for any other software to talk to.
 */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { SimCardOptions } from "../actions/sim_card";
import type { Context } from "../context";

const UID_BYTES = 7;

const EXAMPLES = `
The card is a MIFARE DESFire EV1 with AES. Without --image, or with an image that does not exist yet, it is fresh from
the factory: master key zero, no applications. An image is saved after every change of the card's memory, before the
answer goes out; it holds the card's keys in the clear, readable by nobody else (mode 0600).
vpcd is the virtual reader of pcscd (Debian: vsmartcard-vpcd); the card leaves with Ctrl-C, or when pcscd ends.

Examples:
  curbstop sim card --reader vpcd
  curbstop sim card --reader vpcd --port 35963 --image lena.card
  opensc-tool -c default -r "Virtual PCD 00 00" -s "90 60 00 00 00"
`;

function parseUid(text: string): number[] {
  if (!/^[0-9a-fA-F]+$/.test(text) || text.length !== 2 * UID_BYTES)
    throw new InvalidArgumentError(`a UID has ${2 * UID_BYTES} hexadecimal digits.`);
  return [...Buffer.from(text, "hex")];
}

export function addSimCard(sim: Command, context: Context): void {
  sim
    .command("card")
    .description("put a virtual card into a reader, for any other software to talk to")
    .addOption(new Option("--reader <kind>", "the kind of reader").choices(["vpcd", "pn532"]).makeOptionMandatory())
    .option("--port <port>", "vpcd: its TCP port (35963); pn532: the serial port or pty on which the reader appears")
    .option("--host <name>", "vpcd: where pcscd runs", "127.0.0.1")
    .option("--image <file>", "keep the card's memory in this file")
    .option("--uid <hex>", "UID of a card that is made, 7 bytes; drawn when not given", parseUid)
    .option("--json", "print what happens as JSON, an object a line")
    .addHelpText("after", EXAMPLES)
    .action(async (options: SimCardOptions) => {
      const { simCard } = await import("../actions/sim_card");
      await simCard(options, context);
    });
}
