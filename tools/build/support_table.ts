/**
 * Support table: which port works on which board, and how that was tested. It is made from the board files and from the
 * drivers that are there, and stands in boards/README.md between two comments (node tools/boards.js writes it).
 *
 *   -                 nothing is fitted
 *   no driver yet     something is fitted, but boards/<engine>/ has no driver for the port
 *   driver            there is a driver, without a test of its own
 *   bus twin          its test runs the driver against a bus twin (test/boards/<engine>/<file>.test.ts)
 *
 * A driver of a port is a file whose first comment says so, in a line `Port: flow`.
 * No port has met hardware yet, so no word for that is here.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../sim/bundle/project";
import { boardNames, readBoard } from "./board_file";
import { PORTS, type Board, type Port } from "./board_schema";

export const TABLE_START = "<!-- support table: written by node tools/boards.js -->";
export const TABLE_END = "<!-- end of the support table -->";

interface Driver {
  readonly ports: readonly string[];
  readonly tested: boolean;
}

/** The drivers of one engine, from their files. */
function driversOf(engine: string): Driver[] {
  const folder = join(ROOT, "boards", engine);
  if (!existsSync(folder)) return [];
  const sources = readdirSync(folder).filter((name) => /\.(ts|lua)$/.test(name));
  return sources.map((name) => {
    const comment = /^\s*(\/\*\*[\s\S]*?\*\/|--\[\[[\s\S]*?\]\])/.exec(readFileSync(join(folder, name), "utf8"))?.[0];
    const line = /^[ *-]*Ports?: ([a-z_, ]+)\.?$/m.exec(comment ?? "")?.[1] ?? "";
    const test = join(ROOT, "test", "boards", engine, name.replace(/\.\w+$/, ".test.ts"));
    return { ports: line.split(/[ ,]+/), tested: existsSync(test) };
  });
}

function cell(board: Board, port: Port, drivers: readonly Driver[]): string {
  if (board.fitted[port] === null) return "-";
  const own = drivers.filter((driver) => driver.ports.includes(port));
  if (own.length === 0) return "no driver yet";
  return own.some((driver) => driver.tested) ? "bus twin" : "driver";
}

/** The table as Markdown, in columns of even width. */
export function supportTable(): string {
  const boards = boardNames().map(readBoard);
  const drivers = new Map(boards.map(({ engine }) => [engine, driversOf(engine)]));
  const rows = [
    ["port", ...boards.map(({ name }) => name)],
    ...PORTS.map((port) => [port, ...boards.map((board) => cell(board, port, drivers.get(board.engine) ?? []))]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(" | ")} |`;
  const ruler = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(rows[0]), ruler, ...rows.slice(1).map(line)].join("\n") + "\n";
}

/** boards/README.md with the table as it is now. */
export function withTable(readme: string): string {
  const [start, end] = [readme.indexOf(TABLE_START), readme.indexOf(TABLE_END)];
  if (start < 0 || end < start) throw new Error(`boards/README.md has lost the comments around its support table`);
  return `${readme.slice(0, start + TABLE_START.length)}\n\n${supportTable()}\n${readme.slice(end)}`;
}
