/**
 * What bin/curbstop.js hands over to: this process's arguments, streams and exit code, and nothing else.
 */
import { runCommandLine } from "./command_line";
import { processOutput } from "./output";

void runCommandLine(process.argv.slice(2), processOutput()).then((exit_code) => {
  process.exitCode = exit_code;
});
