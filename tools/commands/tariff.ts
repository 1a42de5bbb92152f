/**
 * `curbstop tariff`: prices and supply rules for all meters of a region, made, signed, shown and verified.
 */
import { Option, type Command } from "commander";
import type { TariffMakeOptions } from "../actions/tariff_make";
import type { TariffPushOptions, TariffStatusOptions } from "../actions/tariff_push";
import type { TariffShowOptions } from "../actions/tariff_show";
import type { TariffSignOptions } from "../actions/tariff_sign";
import type { TariffVerifyOptions } from "../actions/tariff_verify";
import type { Context } from "../context";
import { PASSPHRASE_NOTES, PASSWORD_OPTION, storeCommand } from "./store_options";

const MAKE_NOTES = `
The file, in JSON:
  region      six digits                        version     rises from message to message
  start       "now" or a time                   scope       "all", {"group": n} or {"meter": "18 digits"}
  tariff      {standing_milli, blocks: [{up_to_l, price_milli}, ...]}, as in scenarios
  friendly_hours {from, to, weekends}           holidays    ["2027-12-25", ...]
  lifeline    {kind, ...}, as in scenarios      emergency_milli
  utility, signing_key (revision): 1 unless given
Of the last seven at least one; what is left out, meters keep as it is. Money is 10^-5 of the currency unit.

Examples:
  curbstop tariff make prices.json --out prices.message
`;

const SIGN_NOTES = `
A signing key makes 1,024 signatures, each with a leaf of its own, and a leaf that signed twice gives the key away. So
the store's counter must be the newest: where it may be a copy, nothing is signed. Messages that were signed since a
backup was made say so too: name them with --seen.
${PASSPHRASE_NOTES}
Examples:
  curbstop tariff sign prices.message --out prices.signed
  curbstop tariff sign prices.message --out prices.signed --seen last.signed
`;

const VERIFY_NOTES = `
Exit code 0: the message is signed under this key; 1: it is not.
${PASSPHRASE_NOTES}
Examples:
  curbstop tariff verify prices.signed --public-key region.key
  curbstop tariff verify prices.signed
`;

const PUSH_NOTES = `
With --mqtt the gateway (curbstop radio listen --mqtt --region --public-key) answers within 10 s, when the push is on its
disk. The same push again is there already, and stays one. Exit code 1: the gateway refuses it, or none answers.
A user is named in the broker's address, as mqtt://USER@HOST; a password in it is refused.

Examples:
  curbstop tariff push prices.signed --meters meters.json
  curbstop tariff push prices.signed --meters meters.json --mqtt mqtt://127.0.0.1:1883
`;

function collect(file: string, files: string[] | undefined): string[] {
  return [...(files ?? []), file];
}

/** What stands on the gateway's queue. */
function addRollOut(tariff: Command, context: Context): void {
  tariff
    .command("push")
    .description("put a signed message into the gateway's queue, for all its meters")
    .argument("<file>", "a message of `tariff sign`")
    .requiredOption("--meters <file>", "the gateway's meters")
    .option("--queue <file>", "the queue (default: gateway.queue beside the key store)")
    .addOption(new Option("--mqtt <url>", "send it to the gateway by way of this broker").conflicts("queue"))
    .option("--mqtt-password-file <file>", PASSWORD_OPTION)
    .option("--public-key <hex>", "refuse what is not signed under this key")
    .option("--json", "print {number, region, version, bytes, meters}; with --mqtt also result: taken, there_already")
    .addHelpText("after", PUSH_NOTES)
    .action(async (file: string, options: TariffPushOptions) => {
      const { tariffPush } = await import("../actions/tariff_push");
      await tariffPush(file, options, context);
    });
  tariff
    .command("status")
    .description("show how far pushed messages have come: heard, delivered, active, refused, silent")
    .option("--queue <file>", "the queue (default: gateway.queue beside the key store)")
    .option("--meters", "show each meter")
    .option("--json", "print an array of pushes")
    .addHelpText("after", "\nExit code 1: not all meters have answered.\n")
    .action(async (options: TariffStatusOptions) => {
      const { tariffStatus } = await import("../actions/tariff_push");
      await tariffStatus(options, context);
    });
}

export function addTariff(program: Command, context: Context): void {
  const tariff = program
    .command("tariff")
    .description("make, sign, verify and send tariffs and supply rules to meters")
    .helpCommand(false);
  tariff
    .command("make")
    .description("make a message, to be signed, from what is written in a JSON file")
    .argument("<file>", "the JSON file")
    .requiredOption("--out <file>", "the file to write, which must not exist")
    .option("--json", "print {file, region, version, start_utc_s, ...}")
    .addHelpText("after", MAKE_NOTES)
    .action(async (file: string, options: TariffMakeOptions) => {
      const { tariffMake } = await import("../actions/tariff_make");
      tariffMake(file, options, context);
    });
  storeCommand(tariff, "sign", "sign a message with its region's key")
    .argument("<file>", "a message of `tariff make`")
    .requiredOption("--out <file>", "the file to write, which must not exist")
    .option("--seen <file>", "a message signed with this key before; may be given more than once", collect)
    .option("--json", "print {file, region, signing_key, leaf, left, bytes}")
    .addHelpText("after", SIGN_NOTES)
    .action(async (file: string, options: TariffSignOptions) => {
      const { tariffSign } = await import("../actions/tariff_sign");
      await tariffSign(file, options, context);
    });
  tariff
    .command("show")
    .description("show every field of a message, signed or not")
    .argument("<file>", "the message")
    .option("--json", "print {file, region, version, start_utc_s, ..., signature: {bytes, leaf}}")
    .addHelpText("after", "\nExamples:\n  curbstop tariff show prices.signed\n")
    .action(async (file: string, options: TariffShowOptions) => {
      const { tariffShow } = await import("../actions/tariff_show");
      tariffShow(file, options, context);
    });
  storeCommand(tariff, "verify", "verify a message's signature, as a meter does")
    .argument("<file>", "a message of `tariff sign`")
    .option("--public-key <file>", "the region's public key (default: that of the key store)")
    .option("--json", "print {file, good, region, signing_key, version, start_utc_s, leaf}")
    .addHelpText("after", VERIFY_NOTES)
    .action(async (file: string, options: TariffVerifyOptions) => {
      const { tariffVerify } = await import("../actions/tariff_verify");
      await tariffVerify(file, options, context);
    });
  addRollOut(tariff, context);
}
