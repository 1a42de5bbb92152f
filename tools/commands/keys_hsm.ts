/**
 * `curbstop keys hsm`: vending keys in an HSM, by PKCS#11.
 */
import type { Command } from "commander";
import type { HsmListOptions, HsmMakeOptions, HsmMoveOptions } from "../actions/keys_hsm";
import type { Context } from "../context";
import { BASE_DATES } from "../keys/names";
import { parseBaseDate, parseKeyExpiry, parseRevision } from "./key_options";
import { PASSPHRASE_NOTES, parseRegion, vendingCommand } from "./store_options";

const MODULE = "/usr/lib/softhsm/libsofthsm2.so";
const PIN_NOTES = `
The HSM's PIN is asked for on the terminal, or read from a file that only you can read, or from $CURBSTOP_HSM_PIN. It
is never an argument. The npm package pkcs11js is needed, which is optional and compiled where it is installed.
`;

function hsmCommand(hsm: Command, name: string, description: string): Command {
  return vendingCommand(hsm, name, description)
    .requiredOption("--region <code>", "supply group code, six digits", parseRegion)
    .requiredOption("--module <file>", `the HSM's PKCS#11 library, like ${MODULE}`)
    .requiredOption("--token <label>", "the token in the HSM, by its label")
    .option("--label <label>", 'of the key in the token (default: "curbstop vending REGION REVISION")');
}

function notes(example: string): string {
  return `${PASSPHRASE_NOTES}${PIN_NOTES}\nExamples:\n  curbstop keys hsm ${example}\n`;
}

function addList(hsm: Command, context: Context): void {
  hsm
    .command("list")
    .description("list the tokens of an HSM, or the keys of a token; never a key itself")
    .requiredOption("--module <file>", `the HSM's PKCS#11 library, like ${MODULE}`)
    .option("--token <label>", "the keys of this token, by its label")
    .option("--hsm-pin-file <file>", "read the token's PIN from this file")
    .option("--json", "print {module, tokens}, with --token {module, token, keys: [{label, sensitive, extractable}]}")
    .addHelpText("after", `${PIN_NOTES}\nExamples:\n  curbstop keys hsm list --module ${MODULE}\n`)
    .action(async (options: HsmListOptions) => {
      const { keysHsmList } = await import("../actions/keys_hsm");
      await keysHsmList(options, context);
    });
}

function addMake(hsm: Command, context: Context): void {
  hsmCommand(hsm, "make-vending-key", "make a region's next vending key in the HSM; of a new region the other keys too")
    .option("--base-date <year>", `base date of its tokens: ${BASE_DATES.join(", ")}`, parseBaseDate)
    .option("--key-expiry <n>", "its key expiry number", parseKeyExpiry)
    .option("--json", "print {store, made: {region, kind, revision, made, fingerprint, hsm, ...}}")
    .addHelpText("after", notes(`make-vending-key --region 600100 --module ${MODULE} --token vending`))
    .action(async (options: HsmMakeOptions) => {
      const { keysHsmMake } = await import("../actions/keys_hsm");
      await keysHsmMake(options, context);
    });
}

function addMove(hsm: Command, context: Context): void {
  hsmCommand(hsm, "move", "put a vending key of the store into the HSM, and keep only where it is")
    .option("--revision <n>", "which revision (default: the current one)", parseRevision)
    .option("--json", "print {store, moved: {region, kind, revision, made, fingerprint, hsm, ...}}")
    .addHelpText("after", notes(`move --region 600100 --module ${MODULE} --token vending`))
    .action(async (options: HsmMoveOptions) => {
      const { keysHsmMove } = await import("../actions/keys_hsm");
      await keysHsmMove(options, context);
    });
}

export function addKeysHsm(keys: Command, context: Context): void {
  const hsm = keys.command("hsm").description("vending keys in an HSM, which they never leave").helpCommand(false);
  addList(hsm, context);
  addMake(hsm, context);
  addMove(hsm, context);
}
