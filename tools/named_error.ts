/**
 * An error with a name that programs can ask for, one line for a person, and the exit code that goes with the name. Each
 * part of the tools has its own names, in a file of its own (keys/key_error.ts and the like).
 */
export abstract class NamedError<Name extends string> extends Error {
  readonly exit_code: number;

  protected constructor(
    exit_codes: Readonly<Record<Name, number>>,
    readonly code: Name,
    message: string,
  ) {
    super(message);
    this.name = new.target.name;
    this.exit_code = exit_codes[code];
  }
}
