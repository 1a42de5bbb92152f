/**
 * Entry of a build: a module that is made for one board and stands in no file. It hands the board's description to
 * program.ts of boards/espruino or boards/nodemcu as an object literal, and exports what the boot file and the tools call.
 *
 * Only what the bindings read goes in (board.ts there); the compiler holds the literal to that type.
 */
import { join } from "node:path";
import { ROOT } from "../../sim/bundle/project";
import { UserError } from "../../sim/scenario/user_error";
import type { Board } from "./board_schema";

/** Where it would stand. */
export const ENTRY_PATH = join(ROOT, "boards", "espruino", "entry.ts");
export const NODEMCU_ENTRY_PATH = join(ROOT, "boards", "nodemcu", "entry.ts");

/** An object literal with names as identifiers: quoted ones would not be shortened. */
function literal(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{ ${fields.map(([name, one]) => `${name}: ${literal(one)}`).join(", ")} }`;
}

/** The module's text, for a description that is a record of this type. */
function moduleText(board: Board, type: string, description: unknown): string {
  return `/** Entry of ${board.name}; made by tools/build/entry.ts. */
import { createProgram } from "./program";
import type { ${type} } from "./board";

const BOARD: ${type} = ${literal(description)};
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

export function setClock(utc_s: number): string {
  return program.setClock(utc_s);
}
`;
}

/** Pins of NodeMCU are numbers. */
function numbered(pins: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(pins).map(([role, pin]) => [role, typeof pin === "string" ? Number(pin) : pin]),
  );
}

/** The module's text for a NodeMCU board. Throws a UserError where its description names what has no binding there. */
export function nodemcuEntryText(board: Board): string {
  const { chip, pins, nvm, buses } = board;
  const { flow, valve: _valve, radio: _radio, service: _service, rtc, ...parts } = board.parts;
  const bound = flow === "pulse_counter" && rtc === "none" && nvm.type === "spi_nor" && parts.display !== "ht1621";
  if (!bound || buses.i2c === undefined || buses.spi === undefined)
    throw new UserError(
      `${board.name}: NodeMCU needs a pulse counter, NOR flash on spi, i2c, and no rtc and no ht1621`,
    );
  return moduleText(board, "NodemcuBoard", {
    chip: chip.toLowerCase(),
    pins: numbered(pins),
    i2c: numbered(buses.i2c),
    spi: numbered(buses.spi),
    geometry: nvm.geometry,
    parts,
  });
}

/** The module's text for an Espruino board. */
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
  return moduleText(board, "EspruinoBoard", description);
}
