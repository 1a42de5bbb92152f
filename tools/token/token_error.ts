/**
 * What can go wrong with tokens, each by a name that programs can ask for, with one line that says what, where and what
 * to do. What good keys or good records answer with no is 1; what cannot be used at all is 2. No message holds a key.
 */
import { EXIT_NO, EXIT_USAGE } from "../context";
import { NamedError } from "../named_error";

const EXIT_CODES = {
  /** The meter's account. */
  request_conflict: EXIT_NO,
  request_unknown: EXIT_NO,
  wrong_region: EXIT_NO,
  key_expired: EXIT_NO,
  base_date_over: EXIT_NO,
  same_key: EXIT_NO,
  wrong_tables: EXIT_NO,
  /** What was asked for. */
  bad_input: EXIT_USAGE,
  bad_file: EXIT_USAGE,
  bad_meter: EXIT_USAGE,
  bad_key: EXIT_USAGE,
  out_of_range: EXIT_USAGE,
  /** The records. */
  records_damaged: EXIT_USAGE,
  records_file: EXIT_USAGE,
} as const;

export type TokenErrorName = keyof typeof EXIT_CODES;

export class TokenError extends NamedError<TokenErrorName> {
  constructor(code: TokenErrorName, message: string) {
    super(EXIT_CODES, code, message);
  }
}
