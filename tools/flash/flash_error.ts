/**
 * The answer is no: the port, or the board behind it, does not do what was asked. One line, exit code 1.
 */
export class FlashError extends Error {
  readonly exit_code = 1;
}

/** A line that was open and is not any more: the board may be there again in a moment. */
export class LineLost extends FlashError {}

/** A port that does not open. */
export class PortRefused extends FlashError {}
