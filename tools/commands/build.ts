/**
 * `curbstop build`: the firmware as one file for a board, and whether it fits.
 */
import type { Command } from "commander";
import type { BuildOptions } from "../actions/build";
import type { Context } from "../context";

const NOTES = `
Writes the bundle, its source map and the texts of its assertions (Espruino), its package script.bin (LuatOS), and a
manifest. Two builds of one commit are the same to the byte.
Exit code 1 when the firmware takes more of the board than it may; the files are written all the same.

Examples:
  curbstop build --board espruino-rak5010
  curbstop build --board lua-luatos --out dist --json
`;

export function addBuild(program: Command, context: Context): void {
  program
    .command("build")
    .description("bundle the firmware for a board, with its id, and measure it against the board's limits")
    .requiredOption("--board <name>", "which board: a file boards/<name>.board.json")
    .option("--out <dir>", "folder of the files (default: build/boards/<name>)")
    .option("--sizes", "list how many bytes come from which source (Espruino)")
    .option("--json", "print {board, entry, rooms, id, size_bytes, budget: [...], fits, files, sizes}")
    .addHelpText("after", NOTES)
    .action(async (options: BuildOptions) => {
      const { build } = await import("../actions/build");
      await build(options, context);
    });
}
