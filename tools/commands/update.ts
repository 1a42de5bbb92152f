/**
 * `curbstop update`: firmware updates for all meters of a region, made, signed, shown, verified and sent.
 */
import { InvalidArgumentError, type Command } from "commander";
import type { UpdateMakeOptions } from "../actions/update_make";
import type { UpdatePushOptions } from "../actions/update_push";
import type { UpdateShowOptions } from "../actions/update_show";
import type { UpdateSignOptions } from "../actions/update_sign";
import type { UpdateVerifyOptions } from "../actions/update_verify";
import type { Context } from "../context";
import { FRAGMENT_USUAL_BYTES } from "../update/sizes";
import { PASSPHRASE_NOTES, parseMeter, parseRegion, storeCommand } from "./store_options";

const MAKE_NOTES = `
The firmware is built from this checkout, as \`curbstop build\` does. Versions are numbers that rise from update to update
of a region; --allow-down lets meters with a higher one take it too, once. What was issued later counts.

Examples:
  curbstop update make --board espruino-rak5010 --region 600100 --version 2 --out two.update
`;

const SIGN_NOTES = `
The update key is another one than the key for tariffs (curbstop keys make --region CODE --update). Each signature takes a
leaf for good; --seen names updates that were signed since a backup of the store was made.
${PASSPHRASE_NOTES}
Examples:
  curbstop update sign two.update --out two.signed
`;

const VERIFY_NOTES = `
Exit code 0: the update is signed under this key; 1: it is not.
${PASSPHRASE_NOTES}
Examples:
  curbstop update verify two.signed --public-key update.key
`;

const PUSH_NOTES = `
The gateway broadcasts manifest and image in its daily windows, in turns, and reads the image from this file each time: it
must stay where it is. How far it has come: curbstop tariff status.

Examples:
  curbstop update push two.signed --meters meters.json
`;

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,10}$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most}.`);
    return value;
  };
}

function parseStart(text: string): number {
  const value = Date.parse(text);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(value))
    throw new InvalidArgumentError("a time such as 2027-01-01T02:00:00+01:00.");
  return Math.floor(value / 1000);
}

function collect(file: string, files: string[] | undefined): string[] {
  return [...(files ?? []), file];
}

function addMake(update: Command, context: Context): void {
  update
    .command("make")
    .description("make an update, to be signed, of a board's firmware")
    .requiredOption("--board <name>", "which board: a file boards/<name>.board.json")
    .requiredOption("--region <code>", "supply group code, six digits", parseRegion)
    .requiredOption("--version <n>", "version of the update", whole(1, 2147483647))
    .option("--utility <n>", "number of the utility", whole(0, 65535), 1)
    .option("--update-key <n>", "revision of the update key that is to sign", whole(1, 255), 1)
    .option("--start <time>", "not run before this time (default: as soon as it is whole)", parseStart)
    .option("--group <n>", "for this group of meters alone", whole(1, 65535))
    .option("--meter <pan>", "for this meter alone", parseMeter)
    .option("--fragment <bytes>", "bytes of a fragment, a multiple of 8", whole(32, 200), FRAGMENT_USUAL_BYTES)
    .option("--allow-down", "also for meters with a higher version")
    .requiredOption("--out <file>", "the file to write, which must not exist")
    .option("--json", "print {file, region, board, version, image_sha256, ...}")
    .addHelpText("after", MAKE_NOTES)
    .action(async (options: UpdateMakeOptions) => {
      const { updateMake } = await import("../actions/update_make");
      await updateMake(options, context);
    });
}

function addSigning(update: Command, context: Context): void {
  storeCommand(update, "sign", "sign an update with its region's update key")
    .argument("<file>", "an update of `update make`")
    .requiredOption("--out <file>", "the file to write, which must not exist")
    .option("--seen <file>", "an update signed with this key before; may be given more than once", collect)
    .option("--json", "print {file, region, update_key, version, leaf, left}")
    .addHelpText("after", SIGN_NOTES)
    .action(async (file: string, options: UpdateSignOptions) => {
      const { updateSign } = await import("../actions/update_sign");
      await updateSign(file, options, context);
    });
  storeCommand(update, "verify", "verify an update's signature, as a meter does")
    .argument("<file>", "an update of `update sign`")
    .option("--public-key <file>", "the region's public update key (default: that of the key store)")
    .option("--json", "print {file, good, region, update_key, version, board}")
    .addHelpText("after", VERIFY_NOTES)
    .action(async (file: string, options: UpdateVerifyOptions) => {
      const { updateVerify } = await import("../actions/update_verify");
      await updateVerify(file, options, context);
    });
}

export function addUpdate(program: Command, context: Context): void {
  const update = program
    .command("update")
    .description("make, sign, verify and send firmware updates to meters")
    .helpCommand(false);
  addMake(update, context);
  addSigning(update, context);
  update
    .command("show")
    .description("show every field of an update, signed or not")
    .argument("<file>", "the update")
    .option("--json", "print {file, region, board, version, ..., signature: {bytes, leaf}}")
    .addHelpText("after", "\nExamples:\n  curbstop update show two.signed\n")
    .action(async (file: string, options: UpdateShowOptions) => {
      const { updateShow } = await import("../actions/update_show");
      updateShow(file, options, context);
    });
  update
    .command("push")
    .description("put a signed update into the gateway's queue, for all its meters")
    .argument("<file>", "an update of `update sign`")
    .requiredOption("--meters <file>", "the gateway's meters")
    .option("--queue <file>", "the queue (default: gateway.queue beside the key store)")
    .option("--public-key <file>", "refuse what is not signed under this key")
    .option("--json", "print {number, region, version, meters}")
    .addHelpText("after", PUSH_NOTES)
    .action(async (file: string, options: UpdatePushOptions) => {
      const { updatePush } = await import("../actions/update_push");
      await updatePush(file, options, context);
    });
}
