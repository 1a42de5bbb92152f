/**
 * What `curbstop build` does: bundle, source map and manifest of one board, and what they take of it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BundleError, ROOT } from "../../sim/bundle/project";
import { UserError } from "../../sim/scenario/user_error";
import { readBoard } from "../build/board_file";
import type { Board } from "../build/board_schema";
import { measureBudget, type BudgetRow } from "../build/budget";
import { bundleBoard, type BoardBundle } from "../build/bundle";
import { firmwareId, type FirmwareId } from "../build/firmware_id";
import { PACKAGE_NAME, readLuadb } from "../build/luadb";
import { sourceSizes, type SourceSize } from "../build/sizes";
import { EXIT_NO, type Context } from "../context";
import { table } from "../output";

export interface BuildOptions {
  readonly board: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly sizes?: boolean;
}

interface Report {
  readonly board: string;
  readonly entry: string;
  readonly rooms: readonly string[];
  readonly id: FirmwareId;
  readonly size_bytes: number;
  readonly budget: readonly BudgetRow[];
  readonly fits: boolean;
}

/** Writes files into a folder that is made for them; their paths. */
export function writeInto(folder: string, files: readonly (readonly [string, string | Buffer])[]): string[] {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of files) writeFileSync(join(folder, name), content);
  } catch (error) {
    throw new UserError(`${folder}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
  return files.map(([name]) => join(folder, name));
}

/** Where a build goes that is not sent elsewhere. */
export function usualFolder(board: Board): string {
  return join(ROOT, "build", "boards", board.name);
}

/** Writes a package and reads it again as a board would; its path. */
export function writePackage(folder: string, packed: Buffer): string {
  const [path] = writeInto(folder, [[PACKAGE_NAME, packed]]);
  const files = readLuadb(readFileSync(path));
  if ("fault" in files) throw new UserError(`${path}: ${files.fault} is not as it was written (is the disk full?)`);
  return path;
}

function writeFiles(folder: string, bundle: BoardBundle, report: Report): string[] {
  const files: [string, string | Buffer][] = [[bundle.code_name, Buffer.from(bundle.code, "latin1")]];
  if (bundle.map_name !== undefined) files.push([bundle.map_name, bundle.map ?? ""]);
  if (bundle.messages.length > 0) {
    files.push([`${report.board}.messages.json`, JSON.stringify(bundle.messages, null, 2) + "\n"]);
  }
  // What was measured is of this machine and stays out of the manifest, which is of the commit.
  const { budget: _budget, fits: _fits, ...manifest } = report;
  files.push([`${report.board}.json`, JSON.stringify(manifest, null, 2) + "\n"]);
  const written = writeInto(folder, files);
  return bundle.packed === undefined ? written : [...written, writePackage(folder, bundle.packed)];
}

function verdict(row: BudgetRow): string {
  if (row.within === undefined) return "pending";
  return row.within ? "ok" : "over";
}

function reportText(report: Report, files: readonly string[]): string {
  const rooms = report.rooms.length === 0 ? "none of those that can be left out" : report.rooms.join(", ");
  const facts = table([
    ["board", report.board],
    ["of", report.entry],
    ["rooms", rooms],
    ["version", `${report.id.version}, metrology ${report.id.metrology_version} ${report.id.metrology_checksum}`],
    ["legal part", report.id.legal_sha256],
    ["bundle", report.id.bundle_sha256],
  ]);
  const rows = report.budget.map((row) => {
    const value = row.value === undefined ? "pending" : row.value.toLocaleString("en");
    const limit = `at most ${row.at_most.toLocaleString("en")} of ${row.limit.toLocaleString("en")}`;
    return [row.name, value.padStart(9), row.unit, limit, verdict(row)];
  });
  const pending = report.budget.filter((row) => row.pending !== undefined);
  const reasons = pending.map((row) => `${row.name} is pending: ${row.pending}\n`).join("");
  return `${facts}\n${table(rows)}${reasons}\n${files.join("\n")}\n`;
}

function sizesText(sizes: readonly SourceSize[]): string {
  return table(sizes.map(({ source, size_bytes }) => [size_bytes.toLocaleString("en").padStart(9), source]));
}

function overText(board: Board, row: BudgetRow): string {
  const [value, at_most] = [row.value ?? 0, row.at_most].map((number) => number.toLocaleString("en"));
  const can_shrink = board.engine === "espruino" && board.rooms.length > 0;
  const remedy = can_shrink ? `leave a room out in boards/${board.name}.board.json` : "the firmware must get smaller";
  return `${board.name}: ${row.name}: ${value} ${row.unit} are more than the ${at_most} that it may take (${remedy})`;
}

/** Builds; the answer is no when a limit is not kept. */
export async function build(options: BuildOptions, context: Context): Promise<void> {
  const { output } = context;
  const board = readBoard(options.board);
  let bundle: BoardBundle;
  try {
    bundle = await bundleBoard(board, { source_map: true });
  } catch (error) {
    if (error instanceof BundleError) throw new UserError(error.message);
    throw error;
  }
  const budget = await measureBudget(board, bundle);
  const over = budget.filter((row) => row.within === false);
  const report: Report = {
    board: board.name,
    entry: bundle.entry,
    rooms: board.rooms,
    id: firmwareId(bundle.code),
    size_bytes: Buffer.byteLength(bundle.code, "latin1"),
    budget,
    fits: over.length === 0,
  };
  if (options.sizes === true && bundle.map === undefined)
    throw new UserError(`${board.name}: --sizes needs a source map, which Lua builds do not have`);
  const sizes = options.sizes === true ? sourceSizes(bundle.code, bundle.map ?? "") : [];
  const files = writeFiles(options.out ?? usualFolder(board), bundle, report);
  if (options.json === true)
    output.out(JSON.stringify({ ...report, files, ...(sizes.length > 0 ? { sizes } : {}) }, null, 2) + "\n");
  else output.out(reportText(report, files) + (sizes.length === 0 ? "" : `\n${sizesText(sizes)}`));
  for (const row of over) output.err(`curbstop: ${overText(board, row)}\n`);
  if (over.length > 0) context.exit_code = EXIT_NO;
}
