/**
 * `curbstop monitor`: a meter's service port, live, as a file to send on, and explained from such a file.
 */
import { InvalidArgumentError, type Command } from "commander";
import type { MonitorOptions } from "../actions/monitor";
import type { Context } from "../context";
import { BAUD_USUAL, parseBaud, parsePort, PORT_WORDS } from "./port_options";

const LAST_USUAL = 20;
const ONLY_MAX = 50;

const NOTES = `
Nothing here needs a key or changes the meter. On a terminal a request can be typed: id, read, log N, store, months,
hours N, selftest, settings N. Event codes are those of firmware/README.md.

Examples:
  curbstop monitor --port /dev/ttyACM0
  curbstop monitor --port tcp://127.0.0.1:2323 --only valve_fault,tamper --json
  curbstop monitor --port /dev/ttyACM0 --board espruino-rak5010 --bundle meter.json
  curbstop monitor --analyse meter.json
`;

function parseCodes(text: string): string[] {
  const codes = text.split(",");
  if (codes.length <= ONLY_MAX && codes.every((code) => /^[a-z0-9_]{1,40}$/.test(code))) return codes;
  throw new InvalidArgumentError("event codes are words such as valve_fault, with commas between them.");
}

function parseBoardName(text: string): string {
  if (/^[a-z0-9-]{1,60}$/.test(text)) return text;
  throw new InvalidArgumentError("a board is named as in boards/, such as espruino-rak5010.");
}

function parseLast(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("a number of events is a whole number.");
  return value;
}

export function addMonitor(program: Command, context: Context): void {
  program
    .command("monitor")
    .description("watch a meter's log at its service port, save what it tells of itself, or explain what was saved")
    .option("--port <port>", PORT_WORDS, parsePort)
    .option("--baud <n>", "speed of a serial line", parseBaud, BAUD_USUAL)
    .option("--only <codes>", "only events with these codes, with commas between them", parseCodes)
    .option("--last <n>", "begin with so many of the newest events", parseLast, LAST_USUAL)
    .option("--once", "stop after the newest event instead of waiting for the next")
    .option("--bundle <file>", "write a support bundle, which holds no key, and stop")
    .option("--board <name>", "the board's name, for the bundle", parseBoardName)
    .option("--analyse <file>", "say what a support bundle shows, without a meter")
    .option("--json", "print events as {sequence, utc_s, code, value, unit, words}, one a line; else one object")
    .addHelpText("after", NOTES)
    .action(async (options: MonitorOptions) => {
      const { monitor } = await import("../actions/monitor");
      await monitor(options, context);
    });
}
