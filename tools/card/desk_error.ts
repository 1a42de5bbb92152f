/**
 * What can go wrong at the card desk, each by a name that programs can ask for, with one line that says what, where and
 * what to do. What a good card or good records answer with no is 1; what cannot be used at all is 2.
 */
import { EXIT_NO, EXIT_USAGE } from "../context";
import { NamedError } from "../named_error";

const EXIT_CODES = {
  /** The card. */
  foreign_region: EXIT_NO,
  not_fresh: EXIT_NO,
  not_ours: EXIT_NO,
  other_type: EXIT_NO,
  not_in_records: EXIT_NO,
  blocked_card: EXIT_NO,
  not_current: EXIT_NO,
  not_genuine: EXIT_NO,
  records_behind: EXIT_NO,
  half_made: EXIT_NO,
  /** The meter's account. */
  has_card: EXIT_NO,
  no_card: EXIT_NO,
  other_utility: EXIT_NO,
  unfinished: EXIT_NO,
  nothing_unfinished: EXIT_NO,
  refund_pending: EXIT_NO,
  no_read_back: EXIT_NO,
  nothing_to_refund: EXIT_NO,
  limit_exceeded: EXIT_NO,
  cards_used_up: EXIT_NO,
  /** The desk. */
  no_card_there: EXIT_NO,
  reader: EXIT_NO,
  no_smartcard: EXIT_USAGE,
  records_damaged: EXIT_USAGE,
  records_file: EXIT_USAGE,
  bad_argument: EXIT_USAGE,
} as const;

export type DeskErrorName = keyof typeof EXIT_CODES;

export class DeskError extends NamedError<DeskErrorName> {
  constructor(code: DeskErrorName, message: string) {
    super(EXIT_CODES, code, message);
  }
}
