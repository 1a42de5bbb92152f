/**
 * Support bundle: what a meter tells of itself, in one JSON file for somebody who is not there. Written by
 * `curbstop monitor --bundle`, read by `--analyse`; whatever else writes one (a simulator's page) takes this form.
 *
 *   format        "curbstop support bundle"
 *   version       1; a reader refuses any other
 *   made_utc_s    when it was written, by the clock of who wrote it
 *   made_by       "monitor" or "page"
 *   board         name of the board, null where nobody said
 *   identity      {firmware, metrology, checksum, meter, region} as the meter says them
 *   readings      {volume_l, reverse_l, refused_pulses, balance_milli, debt_milli, tariff, flow_l_h, shut_by, info}: the
 *                 answer to `read`; shut_by and info are names joined by "+", "-" for none
 *   storage       the answer to `store`, each number as a number: {storage, resets, memory_most, ...}
 *   self_test     the answer to `selftest` (firmware/service/self_test.ts), null where the firmware has none
 *   settings      firmware/settings.ts without any key, null where the firmware does not tell
 *   prices        the tariff in force as firmware/credit/tariff.ts has it, null likewise
 *   events        {sequence, utc_s, code, value}, oldest first; utc_s 0: the clock was not set; a gap in the sequence is
 *                 an event that the meter no longer has
 *   hours         {from_utc_s, litres: [...]}, oldest first: litres of hours that follow one another, and when the first
 *                 of them ended (0: not known)
 *   months        {month, register_l, charged_milli}, oldest first; months count from year 0, January of 2026 is 24313
 *   missing       what could not be had, in words
 *
 * There is never a key in it: writing and reading refuse a bundle that has a field of such a name.
 */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { fileError } from "../../sim/scenario/load";
import { UserError } from "../../sim/scenario/user_error";
import { FlashError } from "../flash/flash_error";
import { printable } from "../flash/link";
import { EVENT, IDENTITY, READINGS, SELF_TEST } from "./answers";

const FORMAT = "curbstop support bundle";
const VERSION = 1;
const BUNDLE_MAX_BYTES = 8 * 1024 * 1024;
export const EVENTS_MAX = 5000;
export const HOURS_MAX = 1000;
const FILE_MODE = 0o600;
const ISSUE_MAX = 200;

/** Fields of settings that hold keys (firmware/settings.ts, token/settings.ts, radio/radio_settings.ts). */
export const KEY_FIELDS: readonly string[] = [
  "transport_key",
  "key",
  "paygo_key",
  "master_key",
  "region_key",
  "region_key_next",
];

const whole = z.int();
/** Text that a terminal shows as it is. */
const words = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[\x20-\x7e]*$/, "must be plain text");
const plain = z.union([whole, words(100), z.boolean(), z.array(whole).max(100)]);
const plainRecord = z.record(words(40), plain);

const BUNDLE = z
  .strictObject({
    format: z.literal(FORMAT),
    version: z.literal(VERSION),
    made_utc_s: whole.min(0),
    made_by: z.enum(["monitor", "page"]),
    board: words(60).nullable(),
    identity: IDENTITY.strict(),
    readings: READINGS.strict(),
    storage: plainRecord,
    self_test: SELF_TEST.strict().nullable(),
    settings: z.record(words(40), z.union([plain, plainRecord])).nullable(),
    prices: plainRecord.nullable(),
    events: z.array(EVENT.strict()).max(EVENTS_MAX),
    hours: z
      .array(z.strictObject({ from_utc_s: whole.min(0), litres: z.array(whole.min(0)).max(1000) }))
      .max(HOURS_MAX),
    months: z.array(z.strictObject({ month: whole, register_l: whole, charged_milli: whole })).max(100),
    missing: z.array(words(200)).max(20),
  })
  .refine((bundle) => !hasKey(bundle), { error: "a support bundle never holds a key" });

export type SupportBundle = z.output<typeof BUNDLE>;
export type BundleContent = Omit<SupportBundle, "format" | "version">;

function hasKey(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  return Object.entries(value).some(([name, inner]) => KEY_FIELDS.includes(name) || hasKey(inner));
}

/** What is wrong with a bundle; names in it are whosever wrote it, and not for a terminal. */
function issueText({ issues: [issue] }: z.ZodError): string {
  return printable(`${issue.path.join(".") || "the file"}: ${issue.message}`).slice(0, ISSUE_MAX);
}

/** The text of a bundle's file. Throws a FlashError where what a meter has said cannot stand in one. */
export function bundleText(content: BundleContent): string {
  const parsed = BUNDLE.safeParse({ format: FORMAT, version: VERSION, ...content });
  if (parsed.success) return JSON.stringify(parsed.data, null, 1) + "\n";
  throw new FlashError(`the meter's answers make no support bundle: ${issueText(parsed.error)} (ask again)`);
}

/** Refuses, before a meter is asked for long, a file that is there or a folder that takes none. */
export function checkBundleFile(file: string): void {
  if (fs.existsSync(file)) throw fileTaken(file);
  try {
    fs.accessSync(path.dirname(file), fs.constants.W_OK);
  } catch (error) {
    throw notWritten(file, error);
  }
}

function fileTaken(file: string): UserError {
  return new UserError(`${file}: there is such a file already, and it is kept (take another name)`);
}

function notWritten(file: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  return new UserError(`${file}: cannot be written (${code}; make room, or take a folder that is yours)`);
}

/** Writes a bundle to a file that must not be there yet; a part of one is never left. */
export function writeBundle(file: string, content: BundleContent): void {
  const text = bundleText(content);
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(file, "wx", FILE_MODE);
    fs.writeFileSync(descriptor, text);
    fs.fsyncSync(descriptor);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw fileTaken(file);
    if (descriptor !== undefined) fs.rmSync(file, { force: true });
    throw notWritten(file, error);
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

/** The bundle in a text; `file` is how messages call it. Throws a UserError of one line. */
export function parseBundle(text: string, file: string): SupportBundle {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${file}: this is no JSON (a support bundle is written by curbstop monitor --bundle)`);
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== FORMAT)
    throw new UserError(`${file}: this is no support bundle (curbstop monitor --bundle writes one)`);
  if (version !== VERSION)
    throw new UserError(`${file}: a support bundle of another version (this program reads ${VERSION}: update it)`);
  const parsed = BUNDLE.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(`${file}: ${issueText(parsed.error)} (ask for it once more)`);
}

export function readBundle(file: string): SupportBundle {
  let text: string;
  try {
    if (fs.statSync(file).size > BUNDLE_MAX_BYTES)
      throw new UserError(`${file}: more than ${BUNDLE_MAX_BYTES} bytes, so this is no support bundle`);
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    throw error instanceof UserError ? error : fileError(file, error);
  }
  return parseBundle(text, file);
}
