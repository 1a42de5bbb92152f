/**
 * Entry of an Espruino build: a module that is made for one board and stands in no file. It hands the board's
 * description to boards/espruino/program.ts as an object literal, and exports what the boot file and the tools call.
 *
 * Only what the drivers read goes in (boards/espruino/board.ts); the compiler holds the literal to that type.
 */
import { join } from "node:path";
import { ROOT } from "../../sim/bundle/project";
import type { Board } from "./board_schema";

/** Where it would stand. */
export const ENTRY_PATH = join(ROOT, "boards", "espruino", "entry.ts");

/** An object literal with names as identifiers: quoted ones would not be shortened. */
function literal(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{ ${fields.map(([name, one]) => `${name}: ${literal(one)}`).join(", ")} }`;
}

/** The module's text. */
export function entryText(board: Board): string {
  const { interpreter, chip, pins, buses, nvm } = board;
  // The rest of the parts is known to the constants of boards/fitted.ts, or is no driver's yet.
  const { flow: _flow, valve: _valve, radio: _radio, ...parts } = board.parts;
  const description = {
    interpreter,
    chip,
    pins,
    buses: { i2c: buses.i2c, spi: buses.spi },
    nvm: { type: nvm.type, bus: nvm.bus, geometry: nvm.geometry, address: nvm.address },
    parts,
  };
  return `/** Entry of ${board.name}; made by tools/build/entry.ts. */
import { createProgram } from "./program";
import type { EspruinoBoard } from "./board";

const BOARD: EspruinoBoard = ${literal(description)};
const program = createProgram(BOARD);

export function start(): string {
  return program.start();
}

export function identity(): string {
  return program.identity();
}

export function provision(bytes: string): string {
  return program.provision(bytes);
}

export function newBooks(): string {
  return program.newBooks();
}
`;
}
