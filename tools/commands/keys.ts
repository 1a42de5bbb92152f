/**
 * `curbstop keys`: the keys of the utility's regions, made and kept. Commands that share their options.
 */
import { InvalidArgumentError, type Command } from "commander";
import type { KeysExportOptions } from "../actions/keys_export";
import type { KeysImportOptions } from "../actions/keys_import";
import type { KeysListOptions } from "../actions/keys_list";
import type { KeysLorawanOptions } from "../actions/keys_lorawan";
import type { KeysMakeOptions } from "../actions/keys_make";
import type { KeysPublicOptions } from "../actions/keys_public";
import type { KeysRotateOptions } from "../actions/keys_rotate";
import type { Context } from "../context";
import {
  BASE_DATES,
  BASE_DATE_USUAL,
  KEY_EXPIRY_MAX,
  KEY_KINDS,
  SIGNING_KINDS,
  SIGNING_REVISION_MAX,
  type KeyKind,
  type SigningKind,
} from "../keys/names";
import { parseAlgorithm, parseBaseDate, parseKeyExpiry, parseTariffIndex, parseUnit } from "./key_options";
import { addKeysHsm } from "./keys_hsm";
import {
  PASSPHRASE_NOTES,
  parseDescriptor,
  parseMeter,
  parseRegion,
  storeCommand,
  vendingCommand,
} from "./store_options";

const ALL_KINDS = [...KEY_KINDS, ...SIGNING_KINDS];
const KINDS = ALL_KINDS.join(", ");
const DATES = BASE_DATES.join(", ");

function parseKind(text: string): KeyKind | SigningKind {
  const kind = ALL_KINDS.find((candidate) => candidate === text);
  if (kind === undefined) throw new InvalidArgumentError(`the kinds are ${KINDS}.`);
  return kind;
}

function parsePurpose(text: string): "board" {
  if (text !== "board") throw new InvalidArgumentError("keys are exported for a board.");
  return text;
}

function withOther(command: Command, what: string): Command {
  return command
    .option("--other-passphrase-file <file>", `read the passphrase of ${what} from this file`)
    .option("--other-passphrase-fd <n>", `the same from a file descriptor (the store's line first)`, parseDescriptor);
}

function addMake(keys: Command, context: Context): void {
  storeCommand(keys, "make", "make the keys of a region; makes the store too when there is none")
    .requiredOption("--region <code>", "supply group code, six digits", parseRegion)
    .option("--base-date <year>", `base date of the vending key's tokens: ${DATES}`, parseBaseDate, BASE_DATE_USUAL)
    .option("--key-expiry <n>", "key expiry number of the vending key", parseKeyExpiry, KEY_EXPIRY_MAX)
    .option("--signing", "its signing key too, also when the others are there already; takes seconds")
    .option("--update", "the key that signs its firmware updates too, likewise")
    .option("--json", "print {store, made: [{region, kind, revision, made, rotated, fingerprint, ...}]}")
    .addHelpText(
      "after",
      `${PASSPHRASE_NOTES}\nExamples:\n  curbstop keys make --region 600100\n  curbstop keys make --region 600100 --signing\n`,
    )
    .action(async (options: KeysMakeOptions) => {
      const { keysMake } = await import("../actions/keys_make");
      await keysMake(options, context);
    });
}

function addList(keys: Command, context: Context): void {
  storeCommand(keys, "list", "list regions, kinds, revisions, dates and fingerprints; never a key")
    .option("--region <code>", "only this region", parseRegion)
    .option("--json", "print {store, keys: [{region, kind, revision, current, made, rotated, fingerprint, ...}]}")
    .addHelpText(
      "after",
      `${PASSPHRASE_NOTES}\nExamples:\n  curbstop keys list\n  curbstop keys list --region 600100 --json\n`,
    )
    .action(async (options: KeysListOptions) => {
      const { keysList } = await import("../actions/keys_list");
      await keysList(options, context);
    });
}

function addRotate(keys: Command, context: Context): void {
  storeCommand(keys, "rotate", "make a new revision of one key; the old one is kept to read with")
    .requiredOption("--region <code>", "supply group code, six digits", parseRegion)
    .requiredOption("--kind <kind>", `which key: ${KINDS}`, parseKind)
    .option("--base-date <year>", `of a vending key: ${DATES} (default: as before)`, parseBaseDate)
    .option("--key-expiry <n>", "of a vending key (default: as before)", parseKeyExpiry)
    .option("--json", "print {store, rotated: {...}, made: {...}}")
    .addHelpText("after", `${PASSPHRASE_NOTES}\nExamples:\n  curbstop keys rotate --region 600100 --kind vending\n`)
    .action(async (options: KeysRotateOptions) => {
      const { keysRotate } = await import("../actions/keys_rotate");
      await keysRotate(options, context);
    });
}

function parseSigningRevision(text: string): number {
  const value = Number(text);
  if (!/^[1-9]\d{0,2}$/.test(text) || value > SIGNING_REVISION_MAX)
    throw new InvalidArgumentError(`a revision is a whole number, 1 to ${SIGNING_REVISION_MAX}.`);
  return value;
}

function addPublic(keys: Command, context: Context): void {
  storeCommand(keys, "public", "print the public key of a region's signing key, in hexadecimal")
    .requiredOption("--region <code>", "supply group code, six digits", parseRegion)
    .option("--revision <n>", "which revision (default: the current one)", parseSigningRevision)
    .option("--update", "of the key that signs firmware updates")
    .option("--json", "print {region, revision, made, fingerprint, public_key}")
    .addHelpText("after", `${PASSPHRASE_NOTES}\nExamples:\n  curbstop keys public --region 600100 > region.key\n`)
    .action(async (options: KeysPublicOptions) => {
      const { keysPublic } = await import("../actions/keys_public");
      await keysPublic(options, context);
    });
}

function addExport(keys: Command, context: Context): void {
  const command = vendingCommand(keys, "export", "write the keys of one meter into an encrypted file of their own")
    .requiredOption("--region <code>", "supply group code, six digits", parseRegion)
    .requiredOption("--meter <pan>", "meter number (MeterPAN), 18 digits", parseMeter)
    .requiredOption("--for <whom>", "board: voucher, card, radio, transport and token keys of this meter", parsePurpose)
    .requiredOption("--out <file>", "the file to write, which must not exist")
    .option("--tariff-index <ti>", "of its tokens (default: 01)", parseTariffIndex)
    .option("--algorithm <ea>", "of its tokens: 11 or 7 (default: 11)", parseAlgorithm)
    .option("--tables <file>", "the operator's tables of EA07, as JSON (default: the standard's sample ones)")
    .option("--openpaygo-unit <n>", "OpenPAYGO too; what one of a value brings, l or 10^-5 money", parseUnit)
    .option("--signing-next <file>", "public key of the next signing key, which another machine keeps")
    .option("--update-next <file>", "the same of the next update key")
    .option("--json", "print {file, region, meter, keys: [{name, revision, fingerprint}]}");
  const example = "curbstop keys export --region 600100 --meter 600727000000000009 --for board --out meter.keys";
  withOther(command, "the new file")
    .addHelpText("after", `${PASSPHRASE_NOTES}\nExamples:\n  ${example}\n`)
    .action(async (options: KeysExportOptions) => {
      const { keysExport } = await import("../actions/keys_export");
      await keysExport(options, context);
    });
}

const LORAWAN_NOTES = `
For meters with a LoRaWAN modem: what their network server has to know before they join. Device EUIs and the group come from
the settings file of \`curbstop provision\` (radio.lorawan), each meter's key is derived from the region's radio key, and is
the one that its nameplate gets. The file has keys in the clear, as a network server takes them: it is for your eyes alone,
is never written in the place of another, and best removed once it is imported. A list is that of provision, a CSV with the
column meter. Columns are dev_eui, join_eui, name and app_key, behind semicolons; those of the group mc_addr, mc_nwk_s_key,
mc_app_s_key, frequency_hz, data_rate and class.
${PASSPHRASE_NOTES}
Examples:
  curbstop keys lorawan --region 600100 --settings household.json --batch meters.csv --out devices.csv
  curbstop keys lorawan --region 600100 --settings household.json --meter 600727000000000009 --out device.csv
`;

function addLorawan(keys: Command, context: Context): void {
  storeCommand(keys, "lorawan", "write the list of LoRaWAN devices that a network server imports, keys in the clear")
    .requiredOption("--region <code>", "supply group code, six digits", parseRegion)
    .requiredOption("--settings <file>", "what the meters have in common, as JSON, with radio.lorawan")
    .option("--meter <pan>", "meter number (MeterPAN), 18 digits", parseMeter)
    .option("--batch <csv>", "a list of meters")
    .requiredOption("--out <file>", "the file to write, which must not exist")
    .option("--group-out <file>", "write the keys of the multicast group there, likewise")
    .option("--json", "print {file, group_file, region, radio_key, devices: [{meter, device_eui}]}, never a key")
    .addHelpText("after", LORAWAN_NOTES)
    .action(async (options: KeysLorawanOptions) => {
      const { keysLorawan } = await import("../actions/keys_lorawan");
      await keysLorawan(options, context);
    });
}

const IMPORT_NOTES = `
From a copy of a store comes what is missing here. The same revision of a key with other content is a conflict, and
then nothing is taken. Keys of a meter are compared with what this store derives; there is nothing to add.
${PASSPHRASE_NOTES}
Examples:
  curbstop keys import backup.store
  curbstop keys import meter.keys --json
`;

function addImport(keys: Command, context: Context): void {
  const command = vendingCommand(keys, "import", "take the keys of a copy of a store, or check an export")
    .argument("<file>", "copy of a key store, or a file of `keys export`")
    .option("--json", "print {store, added: [...]}, for an export {store, region, meter, added: [], agrees}");
  withOther(command, "that file")
    .addHelpText("after", IMPORT_NOTES)
    .action(async (file: string, options: KeysImportOptions) => {
      const { keysImport } = await import("../actions/keys_import");
      await keysImport(file, options, context);
    });
}

export function addKeys(program: Command, context: Context): void {
  const keys = program.command("keys").description("make and keep the keys of regions").helpCommand(false);
  addMake(keys, context);
  addList(keys, context);
  addRotate(keys, context);
  addPublic(keys, context);
  addExport(keys, context);
  addLorawan(keys, context);
  addImport(keys, context);
  addKeysHsm(keys, context);
}
