/**
 * The answer is no: the port, or the board behind it, does not do what was asked. One line, exit code 1.
 */
export class FlashError extends Error {
  readonly exit_code = 1;
}
