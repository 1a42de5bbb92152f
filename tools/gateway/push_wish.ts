/**
 * What is pushed of a signed message, whichever way it comes to the queue: held to what every meter would refuse.
 */
import { CONTENT_MAX_BYTES } from "../../firmware/carousel/fragments";
import type { MessageFile } from "../tariff/message_file";
import { isSignedUnder } from "../tariff/verify";
import { GatewayError } from "./gateway_error";
import type { PushWish } from "./queue";

/** `name` is what an error calls the message; without a public key its signature is for the meters to judge. */
export function wishOf(
  name: string,
  message: MessageFile,
  meters: readonly string[],
  public_key: string | undefined,
): PushWish {
  const { signed_bytes, signature, content } = message;
  const refuse = (why: string): GatewayError => new GatewayError("bad_message", `${name}: ${why}`);
  if (signature.length === 0) throw refuse("it is not signed, and no meter would take it (curbstop tariff sign)");
  if (signed_bytes.length + signature.length > CONTENT_MAX_BYTES)
    throw refuse(`it is longer than a carousel carries (${CONTENT_MAX_BYTES} bytes)`);
  if (public_key !== undefined && !isSignedUnder(message, public_key))
    throw refuse("it is not signed under that public key, and no meter would take it");
  const digits = Buffer.concat([signed_bytes, signature]).toString("hex").toUpperCase();
  return { region: content.region, version: content.version, content: digits, meters };
}
