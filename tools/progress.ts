/**
 * Progress: one line on standard error while something takes its time; silent where nobody watches.
 *
 * The cursor stays visible and the wrapping of lines untouched, because Ctrl-C ends the process without a last word.
 */
import { SingleBar } from "cli-progress";
import type { Output } from "./output";

const BAR_CHARACTERS = 24;

/** A bar that is gone when it stops; `{doing}` is the text that goes with the last update. */
export function createProgress(output: Output): SingleBar {
  return new SingleBar({
    stream: output.error_stream,
    format: "{bar} {value}/{total} {doing}",
    barsize: BAR_CHARACTERS,
    barCompleteChar: "━",
    barIncompleteChar: "─",
    clearOnComplete: true,
    hideCursor: false,
    linewrap: true,
    gracefulExit: false,
  });
}
