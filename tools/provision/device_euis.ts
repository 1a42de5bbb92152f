/**
 * Device EUIs of meters with a LoRaWAN modem, which a settings file gives in one of two ways (lorawan_part.ts):
 *
 *   device_eui_file   a CSV with the columns meter and device_eui, a meter a row: the EUIs that the modules came with, as
 *                     their labels have them. Nothing in it is secret, and nobody but this reads its order
 *   device_eui_block  {first, count, first_meter}: EUIs out of a block of the utility's own (of its MA-L, MA-M or MA-S), one
 *                     behind the other with the meters' numbers: `first` is that of `first_meter`. A meter's EUI follows
 *                     from its number alone, so that two desks, and a list made a year before, have the same
 *
 * What counts in a MeterPAN are the eleven digits between its issuer and its check digit (IEC 62055-41 6.1.2). A meter of
 * another issuer, or outside of the block, has no EUI in it. That no two meters have one EUI is seen in the list, follows
 * for a block, and across settings files is the records' to see (given.ts).
 */
import fs from "node:fs";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { fileError } from "../../sim/scenario/load";
import { whole } from "../../sim/scenario/settings_schema";
import { UserError } from "../../sim/scenario/user_error";
import { isMeter } from "../keys/names";
import { columnsOnce } from "./plan";
import { ProvisionError } from "./provision_error";

const ISSUER_DIGITS = 6;
const ROWS_MAX = 1_000_000;
const FILE_MAX_BYTES = 64 * 1024 * 1024;
/** Of an MA-L, the largest block that is sold. */
const BLOCK_MAX = 2 ** 40;
const EUI_DIGITS = 16;
const LAST_EUI = 2n ** 64n - 1n;
const COLUMNS: readonly string[] = ["meter", "device_eui"];

const number = (eui: string): bigint => BigInt(`0x${eui}`);

/** All zeros or all ones are nobody's. */
function isDeviceEui(text: string): boolean {
  return /^[0-9A-Fa-f]{16}$/.test(text) && number(text) > 0n && number(text) < LAST_EUI;
}

/** An EUI as people write it, of a device or of whom it joins. */
export const EUI = z.string().regex(/^[0-9A-Fa-f]{16}$/, "must be 16 hexadecimal digits, high byte first");

export const BLOCK_OF_FILE = z
  .strictObject({
    first: EUI.refine(isDeviceEui, "must be the EUI of a device").describe("First EUI of the block."),
    count: whole(1, BLOCK_MAX).describe("How many there are."),
    first_meter: z
      .string()
      .refine(isMeter, "must be a meter number of 18 digits, the last of which is a check digit")
      .describe("The meter that has the first one."),
  })
  .refine(({ first, count }) => !isDeviceEui(first) || number(first) + BigInt(count) <= LAST_EUI, {
    path: ["count"],
    message: "goes beyond the last EUI",
  })
  .describe("Device EUIs of the utility's own, one behind the other with the meters' numbers.");

export type EuiBlock = z.output<typeof BLOCK_OF_FILE>;

const ROWS = z.array(z.object({ record: z.record(z.string(), z.string()), info: z.object({ lines: z.number() }) }));

function serialOf(meter: string): bigint {
  return BigInt(meter.slice(ISSUER_DIGITS, -1));
}

/** The EUI of a meter out of a block, in capitals. */
export function euiOfBlock({ first, count, first_meter }: EuiBlock, meter: string): string {
  const place = serialOf(meter) - serialOf(first_meter);
  const is_inside = place >= 0n && place < BigInt(count);
  if (!is_inside || meter.slice(0, ISSUER_DIGITS) !== first_meter.slice(0, ISSUER_DIGITS)) {
    const what = `${count} EUIs from meter ${first_meter} on`;
    throw new ProvisionError(`meter ${meter}: its number is outside of the block of device EUIs (${what})`);
  }
  return (number(first) + place).toString(16).toUpperCase().padStart(EUI_DIGITS, "0");
}

function rowsIn(text: string, file: string): z.output<typeof ROWS> {
  const options = { columns: columnsOnce, bom: true, trim: true, skip_empty_lines: true, info: true, to: ROWS_MAX + 1 };
  try {
    return ROWS.parse(parse(text, options));
  } catch (error) {
    const [line] = (error as Error).message.split("\n");
    throw new UserError(`${file}: ${line} (a CSV with the columns meter and device_eui)`);
  }
}

/** The EUIs of a list, in capitals, by meter. */
export function parseEuis(text: string, file: string): ReadonlyMap<string, string> {
  const rows = rowsIn(text, file);
  if (rows.length > ROWS_MAX) throw new UserError(`${file}: more than ${ROWS_MAX} meters (make it two lists)`);
  const euis = new Map<string, string>();
  const owners = new Map<string, string>();
  for (const { record, info } of rows) {
    const refuse = (words: string) => new UserError(`${file}:${info.lines}: ${words}`);
    const unknown = Object.keys(record).find((name) => !COLUMNS.includes(name));
    if (unknown !== undefined)
      throw refuse(`"${unknown}" is no column of such a list (they are ${COLUMNS.join(", ")})`);
    const { meter = "", device_eui = "" } = record;
    if (!isMeter(meter)) throw refuse(`meter "${meter}" is none: it has 18 digits, the last of which is a check digit`);
    if (!isDeviceEui(device_eui)) throw refuse(`device EUI "${device_eui}" is none: it has 16 hexadecimal digits`);
    const eui = device_eui.toUpperCase();
    const owner = owners.get(eui);
    if (euis.has(meter)) throw refuse(`meter ${meter} stands here twice (a meter has one device EUI)`);
    if (owner !== undefined) throw refuse(`device EUI ${eui} is that of meter ${owner} already (each is its own)`);
    euis.set(meter, eui);
    owners.set(eui, meter);
  }
  return euis;
}

/** The EUIs of a file, by meter. */
export function readEuis(file: string): ReadonlyMap<string, string> {
  let text: string;
  try {
    if (fs.statSync(file).size > FILE_MAX_BYTES) throw new UserError(`${file}: more than ${FILE_MAX_BYTES} bytes`);
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    throw error instanceof UserError ? error : fileError(file, error);
  }
  return parseEuis(text, file);
}
