/**
 * The answer is no: this meter's number, keys or board cannot be given as asked. One line, exit code 1.
 */
export class ProvisionError extends Error {
  readonly exit_code = 1;
}
