/**
 * `curbstop radio`: telegrams of meters. Decoding needs no store of keys: a gateway hands over one meter's key.
 */
import { Option, type Command } from "commander";
import type { RadioDecodeOptions } from "../actions/radio_decode";
import type { Context } from "../context";

/** As in radio/frame.ts, which is loaded when the command runs. */
const FORMATS: readonly NonNullable<RadioDecodeOptions["format"]>[] = ["auto", "a", "b", "none"];

const DECODE_NOTES = `
The telegram is given in hexadecimal, from its length field on, with or without the check sums of the link layer (frame
formats A and B are recognised); a wired M-Bus frame from its 68 on. Several are read in order: a full frame explains
the compact frames of the same meter that follow it.

The key is the meter's own AES-128 key, 32 hexadecimal digits. Other people on the same machine can see the arguments
of a running program: give --key-file with a file that only you can read, or --key - and the key on standard input.

Exit code 1: the telegram is damaged, not genuine, or not for this key. Exit code 2: bad usage.

Examples:
  curbstop radio decode 1444AE0C7856341201078C2027780B134365877AC5
  curbstop radio decode 7344620E01... --key-file meter.key
  curbstop radio decode 2A442D2C99... --key 28F6... --name MyWater --json
`;

function addDecode(radio: Command, context: Context): void {
  radio
    .command("decode")
    .description("decode telegrams: what a meter says, field by field")
    .argument("<hex...>", "telegrams in hexadecimal")
    .option("--key <key>", "key of the meter; - reads it from standard input (others can see arguments)")
    .option("--key-file <file>", "read the key from this file, which only you can read")
    .addOption(new Option("--format <format>", "frame format, where it is known").choices(FORMATS))
    .option("--name <name>", "your name of the meter, for the field name")
    .option("--json", "print an object a line, with the fields that wmbusmeters prints")
    .addHelpText("after", DECODE_NOTES)
    .action(async (telegrams: string[], options: RadioDecodeOptions) => {
      const { radioDecode } = await import("../actions/radio_decode");
      await radioDecode(telegrams, options, context);
    });
}

export function addRadio(program: Command, context: Context): void {
  const radio = program.command("radio").description("telegrams of meters").helpCommand(false);
  addDecode(radio, context);
}
