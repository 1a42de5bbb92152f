/**
 * LMS entry: verifies one signature so many times, for counting what that costs a meter and nothing else (lms_cost.ts).
 *
 * Lines: the public key, the message and the signature in hexadecimal, then how many times, then hashes a step. It writes
 * the verdict and the calls of the hash.
 */
import { bytesText, hexBytes } from "../../firmware/card/bytes";
import type { LmsHash } from "../../firmware/crypto/lms";
import { beginVerification, stepVerification } from "../../firmware/crypto/lms";
import { decimal } from "../../firmware/text";
import type { Host } from "../world/host";
import { wholeNumber } from "../world/words";

function nextLine(host: Host): string {
  const line = host.read_line();
  return line === undefined ? "" : line;
}

export function runLms(host: Host, hash: LmsHash): void {
  const public_key = hexBytes(nextLine(host));
  const message = hexBytes(nextLine(host));
  const signature = bytesText(hexBytes(nextLine(host)));
  const times = wholeNumber(nextLine(host));
  const step_hashes = wholeNumber(nextLine(host));
  let verdict = "none";
  let hashes = 0;
  for (let i = 0; i < times; i++) {
    const work = beginVerification(hash, public_key, message, signature);
    verdict = stepVerification(work, step_hashes);
    while (verdict === "working") {
      verdict = stepVerification(work, step_hashes);
    }
    hashes += work.hashes;
  }
  host.write_line(verdict + " " + decimal(hashes));
}
