/**
 * Whether a message is signed under a public key, by the verifier that meters have.
 */
import { bytesText } from "../../firmware/card/bytes";
import { verifyLms } from "../../firmware/crypto/lms";
import { createNodeCrypto } from "../keys/crypto";
import type { MessageFile } from "./message_file";

/** `public_key` is in hexadecimal. */
export function isSignedUnder({ signed_bytes, signature }: MessageFile, public_key: string): boolean {
  return verifyLms(
    createNodeCrypto(),
    [...Buffer.from(public_key, "hex")],
    [...signed_bytes],
    bytesText([...signature]),
  );
}
