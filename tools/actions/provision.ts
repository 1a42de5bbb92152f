/**
 * What `curbstop provision` does: a meter, or a list of them, gets number, region, keys, settings and tariff, is read
 * back and tested, and has its certificate. What was given to which board is written down first (tools/provision/given.ts).
 */
import fs from "node:fs";
import path from "node:path";
import { radioId } from "../../firmware/radio/radio_settings";
import { UserError } from "../../sim/scenario/user_error";
import { readBoard } from "../build/board_file";
import type { Board } from "../build/board_schema";
import { EXIT_NO, type Context } from "../context";
import { FlashError } from "../flash/flash_error";
import { boardKeysIn } from "../keys/board";
import { BOARD_FORMAT, ENVELOPE_MAX_BYTES, openEnvelope } from "../keys/envelope";
import { KeyError, systemCode } from "../keys/key_error";
import { readPassphrase } from "../keys/passphrase";
import { readSecretFile } from "../keys/secret_file";
import { noStore, openStore, storeExists } from "../keys/store";
import { table } from "../output";
import { createProgress } from "../progress";
import { askMeter, certificateOf, certificateText, type Certificate } from "../provision/certificate";
import { checkOwnClock } from "../provision/clock";
import { GivenRecords, usualGivenFile } from "../provision/given";
import { giveNameplate } from "../provision/giving";
import { lorawanNeeds } from "../provision/lorawan_part";
import { keyDigests, keysFromExport, keysFromStore, type MeterKeys, type Needs } from "../provision/meter_keys";
import { readPlan, type PlannedMeter } from "../provision/plan";
import { authorityOf, modemTrustOf, type Authority } from "../provision/mobile_part";
import { ProvisionError } from "../provision/provision_error";
import { checkRadio } from "../provision/radio_part";
import { loadSettings, nameplateOf, type SettingsFile } from "../provision/settings_file";
import { printJson, storeFile, storePassphrase, terminal, type StoreOptions } from "./keys_session";
import { choosePort, ownWorkplace, type Workplace } from "./workplace";

export interface ProvisionOptions extends StoreOptions {
  readonly board: string;
  readonly port?: string;
  readonly baud: number;
  readonly region: string;
  readonly meter?: string;
  readonly batch?: string;
  readonly group?: number;
  readonly settings: string;
  readonly keys?: string;
  readonly records?: string;
  readonly certificates?: string;
  readonly person: string;
  readonly newBooks?: boolean;
  readonly otherBoard?: boolean;
  readonly clockIsRight?: boolean;
}

/** What is the same for all meters of one command. */
interface Desk {
  readonly board: Board;
  readonly settings: SettingsFile;
  /** Whom the modems are to trust. */
  readonly authority: Authority | undefined;
  readonly records: GivenRecords;
  readonly keysOf: (meter: string) => MeterKeys;
  readonly options: ProvisionOptions;
  readonly workplace: Workplace;
}

function needsOf(board: Board, settings: SettingsFile): Needs {
  const { tokens, radio } = settings.meter;
  const lorawan = lorawanNeeds(radio?.lorawan);
  const tariff_index = tokens?.tariff_index;
  return { card: board.rooms.includes("card"), tariff_index, radio: radio !== undefined, lorawan };
}

/** The keys of an export, whose file has a passphrase of its own. */
async function exportedKeys(
  file: string,
  options: ProvisionOptions,
  needs: Needs,
  context: Context,
): Promise<Desk["keysOf"]> {
  const bytes = readSecretFile(file, ENVELOPE_MAX_BYTES);
  if (bytes === undefined)
    throw new KeyError("file", `${file}: there is no such file (curbstop keys export writes one)`);
  const wanted = { of: file, fresh: false, options: "--passphrase-file or --passphrase-fd" };
  const source = { file: options.passphraseFile, fd: options.passphraseFd };
  const passphrase = await readPassphrase(source, wanted, terminal(context));
  const { content } = await openEnvelope(bytes.toString("utf8"), [BOARD_FORMAT], passphrase, file);
  const board = boardKeysIn(content, file);
  return (meter) => keysFromExport(board, options.region, meter, needs);
}

async function keysFor(options: ProvisionOptions, needs: Needs, context: Context): Promise<Desk["keysOf"]> {
  if (options.keys !== undefined) return exportedKeys(options.keys, options, needs, context);
  const store = storeFile(options);
  if (!storeExists(store)) throw noStore(store);
  const ring = await openStore(store, await storePassphrase(options, context));
  return (meter) => keysFromStore(ring, options.region, meter, needs, new Date());
}

async function openDesk(options: ProvisionOptions, context: Context, workplace: Workplace): Promise<Desk> {
  const board = readBoard(options.board);
  const settings = loadSettings(options.settings);
  checkRadio(board, settings.meter.radio, options.settings);
  const authority = authorityOf(settings.meter.radio?.mobile, workplace.now());
  if (options.certificates !== undefined) makeCertificateFolder(options.certificates);
  const keysOf = await keysFor(options, needsOf(board, settings), context);
  const records = new GivenRecords(options.records ?? usualGivenFile(storeFile(options)), workplace.now);
  checkOwnClock(workplace.now(), await records.newest(), options.clockIsRight === true);
  return { board, settings, authority, records, keysOf, options, workplace };
}

function notWritten(file: string, error: unknown): UserError {
  return new UserError(
    `${file}: cannot be written (${systemCode(error)}; make room, or take a folder that is yours, then run it again)`,
  );
}

/** Made before a board is touched: where it cannot be, nobody has to open a case twice. */
function makeCertificateFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.W_OK);
  } catch (error) {
    throw notWritten(folder, error);
  }
}

function writeCertificate(folder: string, certificate: Certificate): string {
  const file = path.join(folder, `${certificate.meter}.json`);
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(file, JSON.stringify(certificate, null, 2) + "\n", { flush: true });
    fs.writeFileSync(path.join(folder, `${certificate.meter}.txt`), certificateText(certificate), { flush: true });
  } catch (error) {
    throw notWritten(file, error);
  }
  return file;
}

/** One meter, from its keys to its certificate. */
async function provisionMeter(
  desk: Desk,
  { meter, port, group }: PlannedMeter,
  step: (doing: string) => void,
): Promise<Certificate> {
  const { board, settings, authority, records, options, workplace } = desk;
  const keys = desk.keysOf(meter);
  const plate = nameplateOf(settings, keys, group);
  const device_eui = keys.radio?.lorawan?.device_eui;
  const { person, region } = options;
  const begin = (serial: string) =>
    records.begin({
      ...{ meter, region, board: board.name, serial, person },
      digests: keyDigests(keys),
      ...(keys.radio === undefined ? {} : { radio_id: radioId(meter) }),
      ...(device_eui === undefined ? {} : { device_eui }),
      other_board: options.otherBoard === true,
    });
  const order = {
    modem_trust: modemTrustOf(authority),
    ...{ port, baud_rate: options.baud, board, meter, region, plate, new_books: options.newBooks === true },
    ...{ begin, step, now: workplace.now },
    given: (serial: string, identity: { firmware: string }) => records.give(meter, serial, identity.firmware),
  };
  return records.withMeter(meter, () =>
    giveNameplate(order, async (line, serial, clock) => {
      const empty_mv = settings.meter.battery_empty_mv;
      // First the meter, which may take its time: its clock is compared with this machine's as it is then.
      const said = await askMeter(line);
      const about = { person, now: workplace.now(), empty_mv, clock, authority };
      const certificate = certificateOf(board, serial, keys, said, about);
      if (options.certificates !== undefined) writeCertificate(options.certificates, certificate);
      await records.test(meter, serial, certificate.passed);
      return certificate;
    }),
  );
}

async function provisionOne(desk: Desk, planned: PlannedMeter, context: Context): Promise<void> {
  const progress = createProgress(context.output);
  let certificate: Certificate;
  try {
    progress.start(1, 0, { doing: planned.meter });
    certificate = await provisionMeter(desk, planned, (doing) => progress.update(0, { doing }));
  } finally {
    progress.stop();
  }
  if (!certificate.passed) context.exit_code = EXIT_NO;
  if (desk.options.json === true) return printJson(certificate, context);
  context.output.out(certificateText(certificate));
}

interface Row {
  readonly meter: string;
  readonly port: string;
  readonly result: "passed" | "failed" | "refused" | "done before";
  readonly why?: string;
}

/** Between two boards on one port somebody must change them; where nobody is, the list was refused. */
async function changeBoards({ meter, port }: PlannedMeter, ask: Workplace["ask"]): Promise<void> {
  await ask?.(`connect the board of meter ${meter} to ${port}, then press Enter `);
}

async function batchRow(desk: Desk, planned: PlannedMeter, step: (doing: string) => void): Promise<Row> {
  try {
    const { passed, ports } = await provisionMeter(desk, planned, step);
    const failed = ports.filter(({ result }) => result === "failed").map(({ port }) => port);
    return passed ? { ...planned, result: "passed" } : { ...planned, result: "failed", why: failed.join(", ") };
  } catch (error) {
    // A board that refuses is left aside, and the next one is taken; what is wrong with this machine ends the batch.
    if (error instanceof FlashError || error instanceof ProvisionError)
      return { ...planned, result: "refused", why: error.message };
    throw error;
  }
}

/** Rows whose turn it is, and those that an earlier run has done. */
async function splitPlan(desk: Desk, plan: readonly PlannedMeter[]): Promise<{ todo: PlannedMeter[]; done: Row[] }> {
  const todo: PlannedMeter[] = [];
  const done: Row[] = [];
  for (const planned of plan) {
    if (await isPassed(desk, planned)) done.push({ ...planned, result: "done before" });
    else todo.push(planned);
  }
  return { todo, done };
}

/** A group is the radio's. */
function checkGroups({ settings, options }: Desk, plan: readonly PlannedMeter[]): void {
  const grouped = plan.find(({ group }) => group !== undefined);
  if (grouped === undefined || settings.meter.radio !== undefined) return;
  const why = `meter ${grouped.meter} is given a group, and has no radio`;
  throw new UserError(`${options.settings}: ${why} (add "radio" to its "meter", or leave the group out)`);
}

function checkHands(todo: readonly PlannedMeter[], file: string, ask: Workplace["ask"]): void {
  const used = new Set<string>();
  const shared = todo.find(({ port }) => used.size === used.add(port).size);
  if (shared === undefined || ask !== undefined) return;
  throw new UserError(`${file}: nobody is there to change boards at ${shared.port} (give each row a port of its own)`);
}

function printRows(rows: readonly Row[], desk: Desk, context: Context): void {
  if (desk.options.json === true) return printJson({ rows }, context);
  context.output.out(table(rows.map(({ meter, port, result, why }) => [meter, port, result, why ?? ""])));
}

async function isPassed({ records }: Desk, { meter }: PlannedMeter): Promise<boolean> {
  return (await records.find(meter))?.state === "passed";
}

async function provisionBatch(
  desk: Desk,
  plan: readonly PlannedMeter[],
  file: string,
  context: Context,
): Promise<void> {
  const { ask } = desk.workplace;
  const { todo, done } = await splitPlan(desk, plan);
  checkHands(todo, file, ask);
  const rows: Row[] = [...done];
  const progress = createProgress(context.output);
  const used = new Set<string>();
  try {
    for (const planned of todo) {
      // A second desk at the same list may have done it since.
      if (await isPassed(desk, planned)) {
        rows.push({ ...planned, result: "done before" });
        continue;
      }
      if (used.size === used.add(planned.port).size) {
        progress.stop();
        await changeBoards(planned, ask);
      }
      if (!progress.isActive) progress.start(plan.length, rows.length, { doing: planned.meter });
      rows.push(
        await batchRow(desk, planned, (doing) => progress.update(rows.length, { doing: `${planned.meter} ${doing}` })),
      );
      progress.update(rows.length, { doing: planned.meter });
    }
  } finally {
    progress.stop();
    // Also of a list that this machine or a person has ended in the middle: why a board was refused is known here alone.
    printRows(rows, desk, context);
  }
  if (rows.some(({ result }) => result === "failed" || result === "refused")) context.exit_code = EXIT_NO;
}

export async function provision(
  options: ProvisionOptions,
  is_port: (text: string) => boolean,
  context: Context,
  workplace: Workplace = ownWorkplace(),
): Promise<void> {
  if ((options.meter === undefined) === (options.batch === undefined))
    throw new UserError("give --meter for one meter, or --batch for a list of them");
  if (options.batch !== undefined) {
    if (options.keys !== undefined)
      throw new UserError("an export has the keys of one meter (a batch takes the key store)");
    if (options.newBooks === true) throw new UserError("a batch gives up nobody's books (give such a board by itself)");
    if (options.group !== undefined) throw new UserError("a batch has a column for groups (leave --group out)");
    const plan = await readPlan(options.batch, options.port, is_port);
    const desk = await openDesk(options, context, workplace);
    checkGroups(desk, plan);
    return provisionBatch(desk, plan, options.batch, context);
  }
  const { meter, group } = options;
  if (meter === undefined) throw new Error("a meter was checked to be there");
  const port = await choosePort(options.port, readBoard(options.board), context, workplace);
  const planned: PlannedMeter = { meter, port, ...(group === undefined ? {} : { group }) };
  const desk = await openDesk(options, context, workplace);
  checkGroups(desk, [planned]);
  return provisionOne(desk, planned, context);
}
