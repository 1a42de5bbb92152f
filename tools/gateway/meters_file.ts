/**
 * The gateway's meters: a JSON file that only its owner can read, for it holds their radio keys.
 *
 *   [{"id": "00420001", "key": "32 hexadecimal digits", "name": "Cellar"}, ...]
 *
 * `id` is what telegrams say, eight digits. `manufacturer` (CSB), `version` (1) and `device_type` (7) are those of our
 * meter unless given. A meter without a key is heard, when it does not encrypt, and never sent to. `next_key` is the one
 * that a message of the kind "key" brings it; from then on it is heard under that one, and stands there as its `key`
 * when all is done.
 */
import { z } from "zod";
import { DEVICE_WATER, type Address } from "../../firmware/radio/link";
import { MANUFACTURER, TELEGRAM_VERSION } from "../../firmware/radio/uplink";
import { readSecretFile } from "../keys/secret_file";
import { METER_ID, METERS_MAX } from "./entries";
import { GatewayError } from "./gateway_error";

const FILE_MAX_BYTES = 64 * 1024 * 1024;
const NAME_MAX = 64;

const radioKey = z.string().regex(/^[0-9a-fA-F]{32}$/, "a key has 32 hexadecimal digits");

const METERS = z
  .array(
    z.strictObject({
      id: z.string().regex(METER_ID, "an id has eight digits"),
      key: radioKey.optional(),
      next_key: radioKey.optional(),
      name: z.string().min(1).max(NAME_MAX).optional(),
      manufacturer: z
        .string()
        .regex(/^[A-Z]{3}$/, "a manufacturer has three capital letters")
        .optional(),
      version: z.number().int().min(0).max(255).optional(),
      device_type: z.number().int().min(0).max(255).optional(),
    }),
  )
  .max(METERS_MAX);

export interface KnownMeter {
  readonly address: Address;
  readonly name: string;
  readonly key: number[] | undefined;
  readonly next_key: number[] | undefined;
}

export type KnownMeters = Map<string, KnownMeter>;

/** What is wrong with the file, without showing a key. */
function fault(file: string, issue: z.core.$ZodIssue | undefined): GatewayError {
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  const what = issue === undefined ? "it is no JSON" : issue.message;
  return new GatewayError("bad_meters", `${file}: the list of meters is wrong${where}: ${what}`);
}

function keyBytes(digits: string | undefined): number[] | undefined {
  return digits === undefined ? undefined : [...Buffer.from(digits, "hex")];
}

export function readMeters(file: string): KnownMeters {
  const bytes = readSecretFile(file, FILE_MAX_BYTES);
  if (bytes === undefined) throw new GatewayError("bad_meters", `${file}: there is no such file`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw fault(file, undefined);
  }
  const parsed = METERS.safeParse(value);
  if (!parsed.success) throw fault(file, parsed.error.issues[0]);
  const meters: KnownMeters = new Map();
  for (const { id, key, next_key, name, manufacturer, version, device_type } of parsed.data) {
    if (meters.has(id)) throw new GatewayError("bad_meters", `${file}: the meter ${id} stands there twice`);
    meters.set(id, {
      address: {
        id,
        manufacturer: manufacturer ?? MANUFACTURER,
        version: version ?? TELEGRAM_VERSION,
        device_type: device_type ?? DEVICE_WATER,
      },
      name: name ?? id,
      key: keyBytes(key),
      next_key: keyBytes(next_key),
    });
  }
  return meters;
}
