/**
 * What can go wrong at a gateway, each by a name that programs can ask for, with one line that says what to do.
 */
import { EXIT_NO, EXIT_USAGE } from "../context";
import { NamedError } from "../named_error";

const EXIT_CODES = {
  /** The queue's file is not as it was written. */
  queue_damaged: EXIT_USAGE,
  queue_file: EXIT_USAGE,
  queue_full: EXIT_NO,
  /** The list of meters, or one of its lines. */
  bad_meters: EXIT_USAGE,
  unknown_meter: EXIT_USAGE,
  bad_message: EXIT_USAGE,
  bad_argument: EXIT_USAGE,
  no_modem: EXIT_NO,
  no_broker: EXIT_NO,
  /** A LoRaWAN network server. */
  no_network: EXIT_NO,
  /** Of a gateway that a push was sent to by way of the broker. */
  no_answer: EXIT_NO,
  push_refused: EXIT_NO,
} as const;

export type GatewayErrorName = keyof typeof EXIT_CODES;

export class GatewayError extends NamedError<GatewayErrorName> {
  constructor(code: GatewayErrorName, message: string) {
    super(EXIT_CODES, code, message);
  }
}
