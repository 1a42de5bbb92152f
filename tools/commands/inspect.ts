/**
 * `curbstop inspect`: what is this? A card image, a token or a telegram.
 */
import type { Command } from "commander";
import type { InspectOptions } from "../actions/inspect";
import type { Context } from "../context";

const EXAMPLES = `
A token is given by its digits, a telegram in hexadecimal, a card image as its file, in hexadecimal or in base64. What
cannot be told or checked without the meter's key is said. A key is never shown, nor what an order on a card carries.

The key is the one for what is inspected: the radio key of a telegram, the voucher key of a card, the decoder key (EA11)
of a token; 32 hexadecimal digits in a file that only you can read.

Exit code 1: it is damaged, not genuine, or a meter would refuse it. Exit code 2: bad usage, or none of the three.

Examples:
  curbstop inspect 0000 1509 9554 3610 8736
  curbstop inspect 1444AE0C7856341201078C2027780B134365877AC5
  curbstop inspect --file lena.card --key-file voucher.key
  pbpaste | curbstop inspect - --json
`;

export function addInspect(program: Command, context: Context): void {
  program
    .command("inspect")
    .description("tell what a card image, a token or a telegram is, and what it says")
    .argument("[text...]", "what to inspect; - reads standard input")
    .option("--file <file>", "inspect the contents of this file")
    .option("--key-file <file>", "key of the meter, in a file that only you can read")
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (words: string[], options: InspectOptions) => {
      const { inspectText } = await import("../actions/inspect");
      inspectText(words, options, context);
    });
}
