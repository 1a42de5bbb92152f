/**
 * `curbstop token`: STS-format tokens (IEC 62055-41), twenty digits to key in at a meter. Made from complete
 * descriptions and explained (`encode`, `decode`), or sold (the rest).
 */
import { InvalidArgumentError, type Command } from "commander";
import type { TokenDecodeOptions } from "../actions/token_decode";
import type { TokenEngineeringOptions } from "../actions/token_engineering";
import type { TokenIssueOptions } from "../actions/token_issue";
import type { TokenKeyChangeOptions } from "../actions/token_key_change";
import type { MeterOptions } from "../actions/token_session";
import type { TokenSheetOptions } from "../actions/token_sheet";
import type { Order } from "../token/vending";
import { allTests, type MeterTest } from "../../firmware/token/tests";
import type { Context } from "../context";
import { amountMilli } from "../money";
import type { TokenMode } from "../token/explaining";
import { parseAlgorithm, parseRevision, parseTariffIndex, parseUnit } from "./key_options";
import { PASSPHRASE_NOTES, parseMeter, parseRegion, vendingCommand } from "./store_options";

const TESTS: readonly (MeterTest | "all")[] = [...allTests(), "all"];
const FLOW_MAX_L_H = 1_000_000;
const JSON_NOTE = "print {did, request, region, meter, use, said, tid, tokens, grouped, qr, ...}";
const QR_NOTE = "QR codes too, as text or as an SVG file (default: as text where a single one comes on a terminal)";
const METER = "600727000000000009";

function parseMode(text: string): TokenMode {
  if (text !== "volume" && text !== "currency") throw new InvalidArgumentError("the modes are volume, currency.");
  return text;
}

/** Tenths of a cubic metre. */
function parseVolume(text: string): number {
  const [, units, tenths = "0"] = /^(\d{1,7})(?:\.(\d))?$/.exec(text) ?? [];
  const volume = Number(units) * 10 + Number(tenths);
  if (units === undefined || volume === 0)
    throw new InvalidArgumentError("a volume is m3 with one decimal at most, from 0.1.");
  return volume;
}

function parseMoney(text: string): number {
  const amount_milli = amountMilli(text);
  if (amount_milli === undefined || amount_milli === 0)
    throw new InvalidArgumentError("an amount is like 12, 12.5 or 0.00481.");
  return amount_milli;
}

function parseFlow(text: string): number {
  const flow_l_h = Number(text);
  if (!/^\d{1,7}$/.test(text) || flow_l_h > FLOW_MAX_L_H)
    throw new InvalidArgumentError(`a flow is litres an hour, 0 (no limit) to ${FLOW_MAX_L_H}.`);
  return flow_l_h;
}

function parseFamily(text: string): "sts" | "openpaygo" {
  if (text !== "sts" && text !== "openpaygo") throw new InvalidArgumentError("the families are sts, openpaygo.");
  return text;
}

function parseTest(text: string, before: (MeterTest | "all")[] | undefined): (MeterTest | "all")[] {
  const test = TESTS.find((candidate) => candidate === text);
  if (test === undefined) throw new InvalidArgumentError(`the tests are ${TESTS.join(", ")}.`);
  return [...(before ?? []), test];
}

const ENCODE_NOTES = `
FILE is a JSON list, or - for standard input. Each entry describes one token and its key completely:
  dkga "04" or "02", ea 11 or 7, pan, sgc, ti, krn, kt, vk (hexadecimal), base 93, 14 or 35, issue_utc, rnd, cls, sub,
  and one of amount_tenths, amount_milli, watts, value; ken 255 and rnd at random when they are not there.
Nothing is remembered: for trials and vectors. \`token issue\` sells.

Examples:
  curbstop token encode tokens.json --json
`;

function addEncode(token: Command, context: Context): void {
  token
    .command("encode")
    .description("make tokens from complete descriptions, keys included")
    .argument("<file>", "JSON list of tokens, or - for standard input")
    .option("--json", "print a list of {token, decoder_key, tid}")
    .addHelpText("after", ENCODE_NOTES)
    .action(async (file: string, options: { json?: boolean }) => {
      const { tokenEncode } = await import("../actions/token_encode");
      tokenEncode(file, options.json === true, context);
    });
}

const DECODE_NOTES = `
The key file is JSON with the fields of \`token encode\` that belong to the key: dkga, ea, pan, sgc, ti, krn, kt, vk,
base, ken; for OpenPAYGO tokens also paygo_key instead. Tokens for tests need none. The answer is that of a meter that has taken no token yet; exit code 1 when it
refuses.

Examples:
  curbstop token decode --key meter.json 59386323472137426967
  curbstop token decode "0000 0000 0001 5099 7584" --json
`;

function addDecode(token: Command, context: Context): void {
  token
    .command("decode")
    .description("explain every field of tokens, and why a meter would refuse them")
    .argument("<tokens...>", "twenty digits each, of OpenPAYGO 9 or 12; in groups when quoted")
    .option("--key <file>", "the meter's key, or - for standard input")
    .option("--mode <mode>", "of the meter: volume, currency", parseMode, "volume")
    .option("--json", "print a list of {token, result, refused, fields}")
    .addHelpText("after", DECODE_NOTES)
    .action(async (tokens: string[], options: TokenDecodeOptions) => {
      const { tokenDecode } = await import("../actions/token_decode");
      tokenDecode(tokens, options, context);
    });
}

/** A command that sells to one meter. */
function meterCommand(token: Command, name: string, description: string, json = JSON_NOTE): Command {
  return vendingCommand(token, name, description)
    .requiredOption("--meter <pan>", "meter number (MeterPAN), 18 digits", parseMeter)
    .option("--region <code>", "the meter's region (default: the store's only one)", parseRegion)
    .option("--request <id>", "one id, one answer: asked again, the same token comes (default: a random id)")
    .option("--reason <text>", "stands on the receipt and in the records", "")
    .option("--records <folder>", "where sold tokens are remembered (default: tokens beside the key store)")
    .option("--first-revision <n>", "key revision of a meter not sold to before (default: current)", parseRevision)
    .option("--first-tariff-index <ti>", "its tariff index (default: 01)", parseTariffIndex)
    .option("--first-algorithm <ea>", "its encryption algorithm: 11 or 7 (default: 11)", parseAlgorithm)
    .option("--tables <file>", "the operator's tables of EA07, as JSON (default: the standard's sample ones)")
    .option("--qr [file]", QR_NOTE)
    .option("--json", json);
}

function examples(...lines: string[]): string {
  return `${PASSPHRASE_NOTES}\nExamples:\n${lines.map((line) => `  curbstop token ${line}\n`).join("")}`;
}

function addIssue(token: Command, context: Context, name: string, lend: boolean, description: string): void {
  const command = meterCommand(token, name, `${description}; what cannot be said exactly is rounded up`);
  if (!lend) {
    command
      .option("--family <family>", "sts: 20 digits; openpaygo: 9 or 12, with a count of their own", parseFamily, "sts")
      .option("--first-unit <n>", "of a meter not sold OpenPAYGO before: what one brings, l or 10^-5 money", parseUnit);
  }
  command
    .option("--volume <m3>", "for a meter that counts litres: 0.1 to 1820162.4", parseVolume)
    .option("--money <amount>", "for a meter that counts money, in currency units", parseMoney)
    .addHelpText("after", examples(`${name} --meter ${METER} --volume 12.5 --request till-3:20481`))
    .action(async (options: TokenIssueOptions) => {
      const { tokenIssue } = await import("../actions/token_issue");
      await tokenIssue(lend, options, context);
    });
}

function addReissue(token: Command, context: Context): void {
  meterCommand(token, "reissue", "hand out a lost token again: that of a request, or the meter's last one")
    .addHelpText("after", examples(`reissue --meter ${METER} --request till-3:20481`))
    .action(async (options: MeterOptions) => {
      const { tokenReissue } = await import("../actions/token_reissue");
      await tokenReissue(options, context);
    });
}

function addKeyChange(token: Command, context: Context): void {
  meterCommand(token, "key-change", "four tokens that bring a meter another key; later tokens are under the new one")
    .option("--revision <n>", "revision of the vending key (default: the current one)", parseRevision)
    .option("--tariff-index <ti>", "tariff index (default: as before)", parseTariffIndex)
    .option("--new-region <code>", "region (default: as before)", parseRegion)
    .addHelpText("after", examples(`key-change --meter ${METER} --reason "vending key rotated"`))
    .action(async (options: TokenKeyChangeOptions) => {
      const { tokenKeyChange } = await import("../actions/token_key_change");
      await tokenKeyChange(options, context);
    });
}

function addOrder(token: Command, context: Context, name: string, use: Order["use"], description: string): void {
  meterCommand(token, name, description)
    .addHelpText("after", examples(`${name} --meter ${METER} --reason "after repair"`))
    .action(async (options: MeterOptions) => {
      const { tokenOrder } = await import("../actions/token_issue");
      await tokenOrder(use, 0, options, context);
    });
}

function addLimit(token: Command, context: Context): void {
  meterCommand(token, "limit", "limit a meter's flow, or lift the limit")
    .requiredOption("--flow <l/h>", "litres an hour; 0 lifts the limit", parseFlow)
    .addHelpText("after", examples(`limit --meter ${METER} --flow 30`))
    .action(async (options: MeterOptions & { flow: number }) => {
      const { tokenOrder } = await import("../actions/token_issue");
      await tokenOrder("limit", options.flow, options, context);
    });
}

function addEngineering(token: Command, context: Context): void {
  token
    .command("engineering")
    .description("tokens for tests and displays, the same for every meter")
    .option("--test <name>", `only this one, may be given again: ${TESTS.join(", ")}`, parseTest)
    .option("--qr [file]", QR_NOTE)
    .option("--json", "print {did, tests: [{test, token, grouped, qr}]}")
    .addHelpText("after", "\nExamples:\n  curbstop token engineering --test valve\n")
    .action(async (options: TokenEngineeringOptions) => {
      const { tokenEngineering } = await import("../actions/token_engineering");
      await tokenEngineering(options, context);
    });
}

function addSheet(token: Command, context: Context): void {
  meterCommand(
    token,
    "sheet",
    "a test sheet for commissioning, with a token of 0.1 m3 on it, or of 0.01 for a meter of money",
    "print {did, steps, ...}",
  )
    .option("--mode <mode>", "of the meter: volume, currency", parseMode, "volume")
    .addHelpText("after", examples(`sheet --meter ${METER}`, `sheet --meter ${METER} --mode currency --qr sheet.svg`))
    .action(async (options: TokenSheetOptions) => {
      const { tokenSheet } = await import("../actions/token_sheet");
      await tokenSheet(options, context);
    });
}

export function addToken(program: Command, context: Context): void {
  const token = program.command("token").description("make, sell and explain tokens to key in").helpCommand(false);
  addEncode(token, context);
  addDecode(token, context);
  addIssue(token, context, "issue", false, "sell water or money to a meter");
  addIssue(token, context, "lend", true, "lend emergency credit to a meter, repaid by its next credit");
  addReissue(token, context);
  addKeyChange(token, context);
  addOrder(token, context, "clear-tamper", "clear_tamper", "clear a meter's tamper state");
  addOrder(token, context, "clear-credit", "clear_credit", "take all credit out of a meter");
  addLimit(token, context);
  addEngineering(token, context);
  addSheet(token, context);
}
