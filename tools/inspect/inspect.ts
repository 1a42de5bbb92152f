/**
 * Inspects a text, whatever it is:
 *
 *   twenty digits, in groups or not             a token of the STS format
 *   nine or twelve digits                       a token of the OpenPAYGO format
 *   hexadecimal or base64 from "CURBCARD" on    the image of a card (sim/desfire/image.ts)
 *   other hexadecimal                           a telegram, wireless or wired
 *
 * What is damaged or not genuine is said in `problem`, with as much as could be read; only what is none of these is an
 * error. No key is ever in what is said.
 */
import { PAYGO_DIGITS, PAYGO_LONG_DIGITS } from "../../firmware/token/openpaygo";
import { INSPECT_MAX_CHARACTERS, type MeterKeys } from "../../sim/serve/inspector";
import type { Inspection } from "../../sim/serve/messages";
import { UserError } from "../../sim/scenario/user_error";
import { FRAME_MAX_BYTES } from "../radio/frame";
import { digitsOf } from "../token/explaining";
import { inspectCard } from "./card";
import { inspectTelegram } from "./telegram";
import { inspectPaygo, inspectToken } from "./token";

/** "CURBCARD". */
const CARD_HEX = "4355524243415244";
/** The same as base64 begins with it. */
const CARD_BASE64 = "Q1VSQkNBUk";

const NONE_OF_THEM =
  "this is no card image, token or telegram (give a token's digits, a telegram in hexadecimal, or a card image in " +
  "hexadecimal or base64)";

function hexBytes(digits: string): number[] {
  if (digits.length % 2 !== 0) {
    throw new UserError(`hexadecimal has two digits a byte, this has ${digits.length} (one is missing, or too many)`);
  }
  return [...Buffer.from(digits, "hex")];
}

function inspectHex(digits: string, keys: MeterKeys): Inspection {
  const bytes = hexBytes(digits);
  if (digits.toUpperCase().startsWith(CARD_HEX)) return inspectCard(bytes, keys);
  if (bytes.length > FRAME_MAX_BYTES) {
    throw new UserError(`a telegram has ${FRAME_MAX_BYTES} bytes at most, this has ${bytes.length} (give one of them)`);
  }
  return inspectTelegram(bytes, keys);
}

/** Throws a UserError when it is none of what is known, and nothing else. */
export function inspect(text: string, keys: MeterKeys): Inspection {
  if (text.length > INSPECT_MAX_CHARACTERS) {
    throw new UserError(`this text is too long (${INSPECT_MAX_CHARACTERS} characters at most)`);
  }
  const packed = text.replaceAll(/[\s_:-]/g, "");
  if (/^\d+$/.test(packed) && [PAYGO_DIGITS, PAYGO_LONG_DIGITS].includes(packed.length)) return inspectPaygo(packed);
  const sts = digitsOf(text.trim());
  if (sts !== undefined) return inspectToken(sts, keys);
  if (/^[0-9a-fA-F]+$/.test(packed)) return inspectHex(packed, keys);
  if (packed.startsWith(CARD_BASE64) && /^[A-Za-z0-9+/]+={0,2}$/.test(packed)) {
    return inspectCard([...Buffer.from(packed, "base64")], keys);
  }
  throw new UserError(NONE_OF_THEM);
}
