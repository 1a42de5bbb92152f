/**
 * `curbstop provision`: a board that runs the firmware becomes a meter.
 */
import { InvalidArgumentError, type Command } from "commander";
import type { ProvisionOptions } from "../actions/provision";
import type { Context } from "../context";
import { GROUP_MAX, groupIn } from "../provision/group";
import { BAUD_USUAL, parseBaud, parsePort, PORT_WORDS } from "./port_options";
import { PASSPHRASE_NOTES, parseMeter, parseRegion, storeCommand } from "./store_options";

const PERSON_MAX = 60;

const NOTES = `
The settings file holds what the meters have in common, {"meter": {...}, "tariff": {...}} in the words of a scenario; keys
come from the key store, or for one meter from a file of \`curbstop keys export --for board\`, and go onto the board alone.
A number is written down for its board before the board hears of it, and no other board gets it. Run again after a cable
was pulled: the board is then nobody's or whole, and the command goes on where it stopped. A list is a CSV with the columns
meter, port and group (of its radio); meters that have passed are left out when it is run again. The board's case is open.
With "ca_certificate" in "mobile" of a radio the authority's certificate (PEM) goes into the modem first, if it is not there;
with "ca_certificate_next" that of the authority to come, too. Run again with another one it is renewed, books and all kept.
${PASSPHRASE_NOTES}
Examples:
  curbstop provision --board espruino-rak5010 --port /dev/ttyACM0 --region 600100 --meter 600727000000000009 \\
    --settings household.json --person "A. Rossi" --certificates certificates
  curbstop provision --board espruino-rak5010 --batch meters.csv --region 600100 --settings household.json --person "A. Rossi"
`;

function parsePerson(text: string): string {
  if (/^[\p{L}\p{N} .,'-]+$/u.test(text) && text.length <= PERSON_MAX) return text;
  throw new InvalidArgumentError(`a person has a name of up to ${PERSON_MAX} letters.`);
}

function parseGroup(text: string): number {
  const group = groupIn(text);
  if (group !== undefined) return group;
  throw new InvalidArgumentError(`a group is a number from 0 to ${GROUP_MAX}.`);
}

function isPort(text: string): boolean {
  try {
    return parsePort(text) === text;
  } catch {
    return false;
  }
}

export function addProvision(program: Command, context: Context): void {
  storeCommand(program, "provision", "give a board its number, region, keys, settings and tariff, and test its ports")
    .requiredOption("--board <name>", "which board: a file boards/<name>.board.json")
    .option("--port <port>", PORT_WORDS, parsePort)
    .option("--baud <n>", "speed of a serial line", parseBaud, BAUD_USUAL)
    .requiredOption("--region <code>", "supply group code, six digits", parseRegion)
    .option("--meter <pan>", "meter number (MeterPAN), 18 digits", parseMeter)
    .option("--batch <csv>", "a list of meters, each with its port")
    .option("--group <n>", "group of its radio (default: that of the settings)", parseGroup)
    .requiredOption("--settings <file>", "what the meters have in common, as JSON")
    .option("--keys <file>", "the keys of this meter, exported for a board (default: the key store)")
    .option("--records <file>", "what was given to which board (default: beside the key store)")
    .option("--certificates <folder>", "write each certificate there, as JSON and as text")
    .requiredOption("--person <name>", "who does it, for records and certificate", parsePerson)
    .option("--new-books", "give up whatever the board knows, and begin anew")
    .option("--other-board", "the board that had this number is lost or scrapped")
    .option("--clock-is-right", "this machine's clock is right, and that of the newest record was ahead of the time")
    .option("--json", "print the certificate, or {rows: [{meter, port, result, why}]} of a list")
    .addHelpText("after", NOTES)
    .action(async (options: ProvisionOptions) => {
      const { provision } = await import("../actions/provision");
      await provision(options, isPort, context);
    });
}
