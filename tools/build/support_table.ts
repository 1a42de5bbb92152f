/**
 * Support table: which port works on which board, and how that was tested. It is made from the board files, the drivers
 * and their tests, and stands in boards/README.md between two comments (node tools/boards.js writes it).
 *
 *   -                 nothing is fitted
 *   no driver yet     something is fitted, but no driver is there for it
 *   not bound         there is a driver, but boards/<bindings>/ does not use it: nothing calls it there
 *   bound             boards/<bindings>/ uses it, and no test does
 *   twin              a test runs the driver against a twin of its part, on Node (test/boards/drivers, test/firmware)
 *   interpreter       a test runs it in the engine's own interpreter (test/boards/<bindings>)
 *
 * A driver is a file whose first comment says so in a line `Port: flow (pulse_input).`, with the parts it drives
 * (parts.ts). It is bound where a file of boards/<bindings>/ imports it, or the file of boards/drivers/wiring/ that puts
 * it on a board's pins, or where it stands there itself. A test runs it when it imports it or its wiring, or a helper
 * beside it does, or a scene of test/boards that it plays. No port has met hardware yet, so no word for that is here.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { ROOT } from "../../sim/bundle/project";
import { boardNames, readBoard } from "./board_file";
import { PORTS, type Board, type Port } from "./board_schema";
import { partOn } from "./parts";

export const TABLE_START = "<!-- support table: written by node tools/boards.js -->";
export const TABLE_END = "<!-- end of the support table -->";

const DRIVER_FOLDERS = [
  "boards/drivers",
  "boards/espruino",
  "boards/luatos",
  "boards/nodemcu",
  "firmware/reader",
  "firmware/modem",
];
/** Its files put drivers on an engine's pins: whoever imports one uses the drivers that it imports. */
const WIRING = "boards/drivers/wiring/";
/** Scenes of tests that several engines play. */
const SCENES = "test/boards";
const TEST_FOLDERS = [
  "test/boards/drivers",
  "test/firmware/reader",
  "test/firmware/modem",
  "test/boards/espruino",
  "test/boards/espruino/device",
  "test/boards/luatos",
  "test/boards/luatos/device",
  "test/boards/nodemcu",
  "test/boards/nodemcu/device",
];

/** Bindings of a board: the folder of boards/ that is called so, where there is one. */
export function bindingsOf(board: Board): string {
  return board.lua?.package ?? board.engine;
}

interface Driver {
  /** From the root. */
  readonly file: string;
  /** Each `port part`. */
  readonly drives: readonly string[];
  /** Bindings that use it. */
  readonly bound: readonly string[];
  /** Tests and their helpers that import it, from the root. */
  readonly tests: readonly string[];
}

function sourcesOf(folder: string): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** The files that a source imports at run time, from the root and without their ends. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/^(?:import (?!type)|} )[^;]*?from "(\.[^"]+)";$/gm)].map(([, name]) =>
    relative(ROOT, resolve(ROOT, dirname(file), name)),
  );
}

function drivesOf(file: string): string[] {
  const comment = /\/\*\*[\s\S]*?\*\//.exec(readFileSync(join(ROOT, file), "utf8"))?.[0] ?? "";
  return [...comment.matchAll(/^ \* Port: (\w+) \(([\w, ]+)\)\.$/gm)].flatMap(([, port, parts]) =>
    parts.split(", ").map((part) => `${port} ${part}`),
  );
}

/** Every driver there is. */
export function readDrivers(bindings: readonly string[]): Driver[] {
  const shared = (module: string) => (dirname(module) === SCENES ? importsOf(`${module}.ts`) : [module]);
  const wired = (module: string) => (module.startsWith(WIRING) ? importsOf(`${module}.ts`) : [module]);
  const tests = TEST_FOLDERS.flatMap(sourcesOf).map((file) => ({
    file,
    imports: importsOf(file).flatMap(shared).flatMap(wired),
  }));
  const users = bindings.map((name) => ({
    name,
    imports: sourcesOf(`boards/${name}`).flatMap(importsOf).flatMap(wired),
  }));
  return DRIVER_FOLDERS.flatMap(sourcesOf).flatMap((file) => {
    const drives = drivesOf(file);
    if (drives.length === 0) return [];
    const module = file.replace(/\.ts$/, "");
    const bound = users.filter(({ name, imports }) => imports.includes(module) || file.includes(`/${name}/`));
    const own_tests = tests.filter(({ imports }) => imports.includes(module)).map((test) => test.file);
    return [{ file, drives, bound: bound.map(({ name }) => name), tests: own_tests }];
  });
}

function cell(board: Board, port: Port, drivers: readonly Driver[]): string {
  const part = partOn(board, port);
  if (part === undefined) return "-";
  // What stands in one engine's folder is no other engine's.
  const name = bindingsOf(board);
  const able = drivers.filter(({ drives, file }) => drives.includes(`${port} ${part}`) && usable(file, name));
  if (able.length === 0) return "no driver yet";
  const bound = able.filter((driver) => driver.bound.includes(name));
  if (bound.length === 0) return "not bound";
  const tests = bound.flatMap((driver) => driver.tests);
  const words = [
    tests.some((test) => /^test\/(boards\/drivers|firmware\/(reader|modem))\//.test(test)) ? ["twin"] : [],
    tests.some((test) => test.startsWith(`test/boards/${name}/`)) ? ["interpreter"] : [],
  ].flat();
  return words.length === 0 ? "bound" : words.join(", ");
}

function usable(file: string, bindings: string): boolean {
  const folder = dirname(file);
  return folder === `boards/${bindings}` || !/^boards\/(?!drivers$)/.test(folder);
}

/** A table of Markdown, in columns of even width. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(" | ")} |`;
  const ruler = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(rows[0]), ruler, ...rows.slice(1).map(line)].join("\n") + "\n";
}

/** The table as Markdown, in columns of even width. */
export function supportTable(): string {
  const boards = boardNames().map(readBoard);
  const drivers = readDrivers([...new Set(boards.map(bindingsOf))]);
  return markdown([
    ["port", ...boards.map(({ name }) => name)],
    ...PORTS.map((port) => [port, ...boards.map((board) => cell(board, port, drivers))]),
  ]);
}

/** Which driver is tested where. */
export function driverTable(): string {
  const bindings = [...new Set(boardNames().map((name) => bindingsOf(readBoard(name))))];
  const rows = readDrivers(bindings).map(({ file, drives, tests }) => [
    `\`${file}\``,
    drives.join(", "),
    tests.length === 0 ? "-" : tests.map((test) => `\`${test.replace(/^test\//, "")}\``).join(", "),
  ]);
  return markdown([["driver", "port and part", "in test/"], ...rows]);
}

/** boards/README.md with the tables as they are now. */
export function withTable(readme: string): string {
  const [start, end] = [readme.indexOf(TABLE_START), readme.indexOf(TABLE_END)];
  if (start < 0 || end < start) throw new Error(`boards/README.md has lost the comments around its support table`);
  const tables = `${supportTable()}\n${driverTable()}`;
  return `${readme.slice(0, start + TABLE_START.length)}\n\n${tables}\n${readme.slice(end)}`;
}
