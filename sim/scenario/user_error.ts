/**
 * A mistake of the person at the keyboard: one line that says where and what, exit code 2, no stack.
 */
export class UserError extends Error {
  readonly exit_code = 2;
}
