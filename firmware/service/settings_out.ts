/**
 * Settings out: the settings and the tariff in force, for the technician's laptop, without a key.
 *
 * They are the bytes of a nameplate (nameplate.ts) whose keys are empty and whose CRC is 0: the line around it is no
 * safer than its text, and whoever compares has the settings themselves. The radio's part is as it was provisioned, with
 * empty keys and passwords (radio_plate.ts). In parts, as a line is short.
 */
import { hexText, textBytes } from "../card/bytes";
import { nameplateBytes, readNameplate } from "../nameplate";
import type { Meter } from "../state";
import { decimal } from "../text";

/** Bytes of a part. */
const PART_BYTES = 100;

/** In place of a CRC, for any bytes. */
function noCrc(bytes: string): number {
  return Math.min(bytes.length, 0);
}

/** "" where the settings are more than a nameplate holds. */
function keylessNameplate(meter: Meter): string {
  const plate = { settings: meter.settings, tariff: meter.account.tariff, radio: meter.annex.settings_part };
  const copy = readNameplate(nameplateBytes(plate, noCrc), noCrc);
  if (copy === undefined) {
    return "";
  }
  copy.settings.transport_key = "";
  copy.settings.tokens.key = "";
  copy.settings.tokens.paygo_key = "";
  return nameplateBytes(copy, noCrc);
}

/** The answer to `settings N`: part N, from 0, and how many bytes there are in all. */
export function answerSettings(meter: Meter, part: number): string {
  const bytes = textBytes(keylessNameplate(meter));
  const first = part * PART_BYTES;
  if (part < 0 || first >= bytes.length) {
    return "error no such part of the settings";
  }
  const run = bytes.slice(first, Math.min(first + PART_BYTES, bytes.length));
  return "settings=" + hexText(run) + " of=" + decimal(bytes.length);
}
