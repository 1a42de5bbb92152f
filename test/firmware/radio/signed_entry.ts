/**
 * Judges signed messages on any engine, with the firmware's own SHA-256. Lines: the public key in hexadecimal, then a
 * message a line. It writes result, version, new parts and hashes of each.
 */
import { bytesText, hexBytes } from "../../../firmware/card/bytes";
import { createSha256 } from "../../../firmware/crypto/sha256";
import type { Recipient } from "../../../firmware/radio/signed_judgement";
import { beginJudgement, stepJudgement } from "../../../firmware/radio/signed_judgement";
import { decimal } from "../../../firmware/text";
import type { Host } from "../../../sim/world/host";

const STEP_HASHES = 50;

function judgeLine(recipient: Recipient, line: string): string {
  const hash = { sha256: createSha256() };
  const judgement = beginJudgement(hash, recipient, bytesText(hexBytes(line)));
  const verification = judgement.verification;
  while (judgement.result === "verifying") {
    stepJudgement(judgement, STEP_HASHES);
  }
  let text = judgement.result as string;
  if (judgement.content !== undefined) {
    text = text + " " + decimal(judgement.content.version);
  }
  for (const part of judgement.parts) {
    text = text + " " + part;
  }
  return verification === undefined ? text : text + " " + decimal(verification.hashes);
}

export function runProgram(host: Host): void {
  const key = host.read_line();
  const recipient: Recipient = {
    utility: 1,
    region: "600100",
    meter_number: "600727000000000009",
    group: 5,
    keys: [{ revision: 1, public_key: hexBytes(key === undefined ? "" : key) }],
    versions: [0, 0, 0, 0, 0],
  };
  let line = host.read_line();
  while (line !== undefined) {
    host.write_line(judgeLine(recipient, line));
    line = host.read_line();
  }
}
