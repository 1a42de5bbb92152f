/**
 * `curbstop card`: the card desk. Eight commands that share their options.
 */
import { InvalidArgumentError, type Command } from "commander";
import type { CardBlockOptions } from "../actions/card_block";
import type { CardCommissionOptions } from "../actions/card_commission";
import type { CardIssueOptions } from "../actions/card_issue";
import type { CardListReadersOptions } from "../actions/card_list_readers";
import type { CardRefundOptions } from "../actions/card_refund";
import type { CardReplaceOptions } from "../actions/card_replace";
import type { DeskOptions } from "../actions/card_session";
import type { CardTopUpOptions } from "../actions/card_top_up";
import type { Context } from "../context";
import { amountMilli } from "../money";
import { PASSPHRASE_NOTES, parseMeter, parseRegion, vendingCommand } from "./store_options";

const FOUR_BYTES_MAX = 4_294_967_295;
const UTILITY_MAX = 65_535;
const UID_DIGITS = 14;
const WAIT_MAX_S = 600;
const WAIT_USUAL_S = 10;
const DAY_S = 86_400;

const NOTES = `
The card lies on a PC/SC reader, or is an image file (--image), the one that curbstop sim card --image serves. What was
sold is remembered in the records, beside the key store: keep them as safe as the store; there is no other memory of it.
${PASSPHRASE_NOTES}`;

function wholeParser(what: string, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,10}$/.test(text) || value > most)
      throw new InvalidArgumentError(`${what} is a whole number, 0 to ${most}.`);
    return value;
  };
}

function parseAmount(text: string): number {
  const amount_milli = amountMilli(text);
  if (amount_milli === undefined)
    throw new InvalidArgumentError("an amount is a number of currency units like 12 or 12.50, up to five decimals.");
  return amount_milli;
}

/** The last second of a day, UTC. */
function parseDay(text: string): number {
  const day_s = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) / 1000 : NaN;
  // A day that no month has would become one of the next.
  if (Number.isNaN(day_s) || new Date(day_s * 1000).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError("a day is written like 2027-06-30.");
  return day_s + DAY_S - 1;
}

function parseUid(text: string): string {
  if (!/^[0-9a-fA-F]+$/.test(text) || text.length !== UID_DIGITS)
    throw new InvalidArgumentError(`a UID has ${UID_DIGITS} hexadecimal digits.`);
  return text.toLowerCase();
}

function withRecords(command: Command): Command {
  return command
    .option("--records <file>", "the desk's records (default: card-desk.records beside the key store)")
    .option("--json", "print the receipt as JSON");
}

/** A command with a card, keys and records. */
function deskCommand(card: Command, name: string, description: string): Command {
  const command = vendingCommand(card, name, description)
    .option("--region <code>", "region of this desk, when the store has several", parseRegion)
    .option("--image <file>", "the card is this image file")
    .option("--reader <name>", "the card is on the reader whose name has this in it (default: the one with a card)")
    .option("--wait <s>", "wait so long for a card", wholeParser("a time", WAIT_MAX_S), WAIT_USUAL_S);
  return withRecords(command);
}

function withPointOfSale(command: Command): Command {
  return command.option("--point-of-sale <n>", "number of the desk", wholeParser("a desk", FOUR_BYTES_MAX), 0);
}

function withMeter(command: Command): Command {
  return command.requiredOption("--meter <pan>", "meter number (MeterPAN), 18 digits", parseMeter);
}

function withUtility(command: Command): Command {
  return command.option(
    "--utility <n>",
    "number of the utility (default: 1, or the meter's)",
    wholeParser("a utility", UTILITY_MAX),
  );
}

const METER = "--meter 600727000000000009";

function addIssue(card: Command, context: Context): void {
  withUtility(withMeter(deskCommand(card, "issue", "make an empty card the first card of a meter")))
    .addHelpText(
      "after",
      `${NOTES}\nExamples:\n  curbstop card issue ${METER}\n  curbstop card issue ${METER} --image lena.card\n`,
    )
    .action(async (options: CardIssueOptions) => {
      const { cardIssue } = await import("../actions/card_issue");
      await cardIssue(options, context);
    });
}

const TOP_UP_NOTES = `
A sale is recorded before the card is written. When the card leaves too early, or anything else stops the command, the
sale stands: --retry writes the same voucher again, and nothing else is sold to that meter before.
${NOTES}
Examples:
  curbstop card top-up --amount 12.50
  curbstop card top-up --amount 20 --expires 2027-06-30 --point-of-sale 3 --json
  curbstop card top-up --retry
`;

function addTopUp(card: Command, context: Context): void {
  const command = deskCommand(card, "top-up", "sell an amount onto the card of a meter")
    .option("--amount <units>", "currency units, up to five decimals", parseAmount)
    .option("--retry", "finish a sale that was cut off")
    .option("--expires <day>", "last day (UTC) on which the meter takes it (default: any)", parseDay);
  withPointOfSale(command)
    .addHelpText("after", TOP_UP_NOTES)
    .action(async (options: CardTopUpOptions) => {
      const { cardTopUp } = await import("../actions/card_top_up");
      await cardTopUp(options, context);
    });
}

function addRead(card: Command, context: Context): void {
  deskCommand(card, "read", "show what a card holds, and what its meter says on it")
    .addHelpText("after", `${NOTES}\nExamples:\n  curbstop card read\n  curbstop card read --image lena.card --json\n`)
    .action(async (options: DeskOptions) => {
      const { cardRead } = await import("../actions/card_read");
      await cardRead(options, context);
    });
}

function addReplace(card: Command, context: Context): void {
  withPointOfSale(withMeter(deskCommand(card, "replace", "make an empty card take the place of a meter's lost one")))
    .addHelpText("after", `${NOTES}\nExamples:\n  curbstop card replace ${METER}\n`)
    .action(async (options: CardReplaceOptions) => {
      const { cardReplace } = await import("../actions/card_replace");
      await cardReplace(options, context);
    });
}

const REFUND_NOTES = `
Given back is what was sold and not taken by the meter, by its signed read-back. It takes two visits: the first writes a
voucher that takes the untaken part back; when the meter has seen it, the second finds the proof, and the amount can be
paid. Until then nothing is sold to the meter. Exit code 1: nothing is to be paid (yet).
${NOTES}
Examples:
  curbstop card refund
  curbstop card refund --json
`;

function addRefund(card: Command, context: Context): void {
  withPointOfSale(deskCommand(card, "refund", "give back what was sold and the meter has not taken"))
    .addHelpText("after", REFUND_NOTES)
    .action(async (options: CardRefundOptions) => {
      const { cardRefund } = await import("../actions/card_refund");
      await cardRefund(options, context);
    });
}

const BLOCK_NOTES = `
Needs neither the card nor a passphrase. Printed is what the hot list of the region will carry.

Examples:
  curbstop card block --card 17 --reason lost
  curbstop card block ${METER} --reason stolen
`;

function addBlock(card: Command, context: Context): void {
  const command = card
    .command("block")
    .description("block a card that was lost")
    .option("--card <n>", "number of the card", wholeParser("a card", FOUR_BYTES_MAX))
    .option("--uid <hex>", "UID of the card", parseUid)
    .option("--meter <pan>", "the card in use of this meter", parseMeter)
    .option("--region <code>", "region of the card, when the number is there in several", parseRegion)
    .option("--reason <words>", "why", "lost")
    .option("--store <file>", "the key store beside which the records are");
  withRecords(command)
    .addHelpText("after", BLOCK_NOTES)
    .action(async (options: CardBlockOptions) => {
      const { cardBlock } = await import("../actions/card_block");
      await cardBlock(options, context);
    });
}

const COMMISSION_NOTES = `
The tariff file holds one tariff as scenarios have it (curbstop sim schema), for example
  {"id": 1, "standing_milli": 5000, "blocks": [{"up_to_l": 10000, "price_milli": 120000}, {"price_milli": 250000}]}
The card is empty, or a commissioning card that has done its work. A meter that had a card before (it was replaced, or
lost its memory) counts all that was sold so far as taken: what it still held goes into --opening.
${NOTES}
Examples:
  curbstop card commission ${METER} --tariff household.json --opening 5
`;

function addCommission(card: Command, context: Context): void {
  withUtility(withMeter(deskCommand(card, "commission", "make a card that puts a meter into service")))
    .requiredOption("--tariff <file>", "JSON file with the tariff")
    .option("--opening <units>", "opening credit, currency units", parseAmount, 0)
    .option("--expires <day>", "last day (UTC) on which a meter takes it (default: any)", parseDay)
    .addHelpText("after", COMMISSION_NOTES)
    .action(async (options: CardCommissionOptions) => {
      const { cardCommission } = await import("../actions/card_commission");
      await cardCommission(options, context);
    });
}

function addListReaders(card: Command, context: Context): void {
  card
    .command("list-readers")
    .description("list the card readers of this machine")
    .option("--json", "print {readers: [{name, has_card, atr}]}")
    .addHelpText("after", "\nExamples:\n  curbstop card list-readers\n")
    .action(async (options: CardListReadersOptions) => {
      const { cardListReaders } = await import("../actions/card_list_readers");
      cardListReaders(options, context);
    });
}

export function addCard(program: Command, context: Context): void {
  const card = program.command("card").description("the card desk: make, sell and read cards").helpCommand(false);
  addIssue(card, context);
  addTopUp(card, context);
  addRead(card, context);
  addReplace(card, context);
  addRefund(card, context);
  addBlock(card, context);
  addCommission(card, context);
  addListReaders(card, context);
}
