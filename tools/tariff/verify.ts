/**
 * Whether a message is signed under a public key, by the verifier that meters have.
 */
import { bytesText } from "../../firmware/card/bytes";
import { verifyLms } from "../../firmware/crypto/lms";
import { createNodeCrypto } from "../keys/crypto";
import type { MessageFile } from "./message_file";

/** `public_key` is in hexadecimal. */
export function isSignedUnder(
  { signed_bytes, signature }: Pick<MessageFile, "signed_bytes" | "signature">,
  public_key: string,
): boolean {
  const key = [...Buffer.from(public_key, "hex")];
  return verifyLms(createNodeCrypto(), key, [...signed_bytes], bytesText([...signature]));
}
