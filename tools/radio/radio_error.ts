/**
 * What can be wrong with a telegram, each by a name that programs can ask for, with one line that says what to do.
 * A telegram that says no is 1; a key or an option that cannot be used is bad usage (2). No message ever holds a key.
 */
import { EXIT_NO, EXIT_USAGE } from "../context";
import { NamedError } from "../named_error";

const EXIT_CODES = {
  /** The bytes end inside of something. */
  truncated: EXIT_NO,
  /** A length field and the bytes do not agree. */
  wrong_length: EXIT_NO,
  /** Changed on the way: a check sum of the link layer does not hold. */
  bad_crc: EXIT_NO,
  /** A layer, mode or record that this program does not know. */
  unsupported: EXIT_NO,
  /** What is decrypted makes no sense: wrong key, or changed on the way. */
  wrong_key: EXIT_NO,
  /** Made by someone without the key, or changed on the way. */
  wrong_mac: EXIT_NO,
  /** A compact frame whose format no full frame has shown yet. */
  unknown_format: EXIT_NO,
  key_missing: EXIT_USAGE,
  bad_key: EXIT_USAGE,
  bad_hex: EXIT_USAGE,
} as const;

export type RadioErrorName = keyof typeof EXIT_CODES;

export class RadioError extends NamedError<RadioErrorName> {
  constructor(code: RadioErrorName, message: string) {
    super(EXIT_CODES, code, message);
  }
}
