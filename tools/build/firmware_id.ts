/**
 * Firmware id: which software a meter runs, as two SHA-256 in hexadecimal.
 *
 *   legal   over the sources of the legally relevant part, the files that tools/identity.js names, in its order: each
 *           as path + NUL + text + NUL in UTF-8, with "/" in paths. It changes when, and only when, what counts and
 *           charges may have changed, and is the same for every board.
 *   bundle  over the bytes of the bundle of this board.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { METROLOGY_CHECKSUM, METROLOGY_VERSION } from "../../firmware/metrology/identity";
import { FIRMWARE_ID } from "../../firmware/version";
import { ROOT } from "../../sim/bundle/project";

export interface FirmwareId {
  readonly version: string;
  readonly metrology_version: string;
  readonly metrology_checksum: string;
  readonly legal_sha256: string;
  readonly bundle_sha256: string;
}

export function sha256Of(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The legally relevant sources under `root`. */
function legalText(root: string): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript, which runs before TypeScript can
  const { coveredFiles } = require("../identity.js") as { coveredFiles: (root: string) => string[] };
  return coveredFiles(root)
    .map((file) => `${file}\0${readFileSync(join(root, file), "utf8")}\0`)
    .join("");
}

export function firmwareId(bundle: string, root = ROOT): FirmwareId {
  return {
    version: FIRMWARE_ID,
    metrology_version: METROLOGY_VERSION,
    metrology_checksum: METROLOGY_CHECKSUM,
    legal_sha256: sha256Of(legalText(root)),
    bundle_sha256: sha256Of(Buffer.from(bundle, "latin1")),
  };
}
