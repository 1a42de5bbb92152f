/**
 * `curbstop flash`: the firmware onto a board.
 */
import { InvalidArgumentError, type Command } from "commander";
import type { FlashOptions } from "../actions/flash";
import type { Context } from "../context";
import { BAUD_USUAL, parseBaud, parsePort, PORT_WORDS } from "./port_options";

const NOTES = `
The port is a serial device or tcp://host:port; without one the only port is taken that such a board can be behind, and of
several you are asked. What is on the board is said first, and replaced only after a yes.
The cable may be pulled at any time: the board then has its old firmware or the new one, never a part of one. A line that
is lost and there again is taken up by itself.
Espruino and NodeMCU are flashed. For LuatOS main.lua and script.bin are written, for its maker's LuaTools; exit code 1.

Examples:
  curbstop flash --list
  curbstop flash --board espruino-rak5010
  curbstop flash --board lua-esp32 --port /dev/ttyUSB0
  curbstop flash --board espruino-rak5010 --port tcp://127.0.0.1:2323 --keep-books --yes
`;

function parseMeter(text: string): string {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError("a meter number has up to 18 digits.");
  return text;
}

export function addFlash(program: Command, context: Context): void {
  program
    .command("flash")
    .description("bring the firmware onto a board, check it, and start it")
    .option("--board <name>", "which board: a file boards/<name>.board.json")
    .option("--port <port>", PORT_WORDS, parsePort)
    .option("--list", "only list the serial ports, what they are likely to be, and which fit the --board")
    .option("--baud <n>", "speed of a serial line", parseBaud, BAUD_USUAL)
    .option("--meter <number>", "the meter that this board is: its own books need no further word", parseMeter)
    .option("--keep-books", "keep the books that are on the board, whosever they are")
    .option("--new-books", "start new books")
    .option("--yes", "replace what is there without a question")
    .option(
      "--json",
      "print {board, port, before, size_bytes, bundle_sha256, sequence, identity}; with --list the ports",
    )
    .addHelpText("after", NOTES)
    .action(async (options: FlashOptions) => {
      const { flash } = await import("../actions/flash");
      await flash(options, context);
    });
}
