/**
 * Requests: which meter a request id belongs to, over all meters. One small file each, made exclusively and forced to
 * the disk before the meter's journal is touched, so that one id never makes tokens for two meters, whoever asks first.
 * The file's name is a hash of the id: an id comes from outside, and is no name of a file.
 */
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { systemCode } from "../keys/key_error";
import { METER_DIGITS } from "../keys/names";
import { FILE_MODE, makeSecretFolder, readSecretFile } from "../keys/secret_file";
import { TokenError } from "./token_error";

const CLAIM_MAX_BYTES = 64;

function claimFile(folder: string, request: string): string {
  const name = createHash("sha256").update(request).digest("hex");
  return path.join(folder, "requests", name.slice(0, 2), name.slice(2, 34));
}

function meterIn(file: string): string | undefined {
  const text = readSecretFile(file, CLAIM_MAX_BYTES)?.toString("utf8").trim();
  if (text === undefined) return undefined;
  if (new RegExp(`^\\d{${METER_DIGITS}}$`).test(text)) return text;
  throw new TokenError("records_damaged", `${file}: this is not as it was written (use the newest good copy)`);
}

function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Writes the file whole, then gives it its name, if nobody else has. */
function makeClaim(file: string, meter: string): void {
  makeSecretFolder(path.dirname(file));
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    const descriptor = fs.openSync(draft, "wx", FILE_MODE);
    try {
      fs.writeFileSync(descriptor, `${meter}\n`);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.linkSync(draft, file);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return;
    throw new TokenError(
      "records_file",
      `${file}: cannot be written (${systemCode(error)}; make room, then try again)`,
    );
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Takes a request id for a meter; refused when it is another's. Taken twice for the same one is taken once. */
export function claimRequest(folder: string, request: string, meter: string): void {
  const file = claimFile(folder, request);
  if (meterIn(file) === undefined) makeClaim(file, meter);
  // Also where it was there: who made it may have been cut off before its name was on the disk.
  syncFolder(path.dirname(file));
  const owner = meterIn(file);
  if (owner === meter) return;
  throw new TokenError(
    "request_conflict",
    `request ${request}: it was for meter ${owner ?? "?"} (give a new request id)`,
  );
}
