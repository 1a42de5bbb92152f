/**
 * What can go wrong with keys, each by a name that programs can ask for, with one line that says what to do. A file or
 * a word that cannot be used is bad usage (2); what a good store answers with no is 1. No message ever holds a key.
 */
import { EXIT_NO, EXIT_USAGE } from "../context";
import { NamedError } from "../named_error";

const EXIT_CODES = {
  /** The passphrase is wrong, or a byte of the file is not as it was written: a cipher cannot tell which. */
  wrong_passphrase: EXIT_NO,
  region_exists: EXIT_NO,
  region_unknown: EXIT_NO,
  key_unknown: EXIT_NO,
  revisions_used_up: EXIT_NO,
  conflict: EXIT_NO,
  locked: EXIT_NO,
  /** The record of used leaves is missing, old, or another machine's: signing might use a leaf twice. */
  signing_state: EXIT_NO,
  leaves_used_up: EXIT_NO,
  cancelled: EXIT_NO,
  /** The HSM: its PIN, and the key in it. */
  hsm_pin: EXIT_NO,
  hsm_key: EXIT_NO,
  /** Not a file of this kind, or no longer. */
  damaged: EXIT_USAGE,
  newer_format: EXIT_USAGE,
  too_open: EXIT_USAGE,
  file: EXIT_USAGE,
  passphrase: EXIT_USAGE,
  bad_name: EXIT_USAGE,
  /** The HSM itself cannot be used. */
  hsm: EXIT_USAGE,
} as const;

export type KeyErrorName = keyof typeof EXIT_CODES;

export class KeyError extends NamedError<KeyErrorName> {
  constructor(code: KeyErrorName, message: string) {
    super(EXIT_CODES, code, message);
  }
}

/** What the operating system answered, by its name: ENOENT and the like. */
export function systemCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown error";
}
