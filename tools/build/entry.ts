/**
 * Entry of a build: a module that is made for one board and stands in no file. It hands the board's description to
 * program.ts of the board's bindings (boards/<bindings>/) as an object literal, and exports what the boot file and the
 * tools call.
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
export const LUATOS_ENTRY_PATH = join(ROOT, "boards", "luatos", "entry.ts");

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

/** Pins of NodeMCU and LuatOS are numbers. */
function numbered(pins: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(pins).map(([role, pin]) => [role, typeof pin === "string" ? Number(pin) : pin]),
  );
}

/** The module's text for a NodeMCU board. Throws a UserError where its description names what has no binding there. */
export function nodemcuEntryText(board: Board): string {
  const { chip, pins, nvm, buses } = board;
  const { flow, valve: _valve, service: _service, rtc, ...parts } = board.parts;
  const has_modem = ["none", "im871a", "bg96"].includes(parts.radio);
  const bound = flow === "pulse_counter" && rtc === "none" && nvm.type === "spi_nor" && parts.display !== "ht1621";
  if (!bound || !has_modem || buses.i2c === undefined || buses.spi === undefined)
    throw new UserError(
      `${board.name}: NodeMCU needs a pulse counter, NOR flash on spi, i2c, no rtc, no ht1621, and no modem but im871a or bg96`,
    );
  const entry = moduleText(board, "NodemcuBoard", {
    name: board.name,
    chip: chip.toLowerCase(),
    pins: numbered(pins),
    i2c: numbered(buses.i2c),
    spi: numbered(buses.spi),
    uart_modem: buses.uart_modem === undefined ? undefined : numbered(buses.uart_modem),
    geometry: nvm.geometry,
    parts,
  });
  return `${entry}
export function takeLine(): void {
  program.takeLine();
}
`;
}

/** The number in the name of a bus or a line: 0 of I2C0_SCL. */
function busNumber(name: string): number {
  return Number(/^[A-Za-z0-9]*?(\d)(_|$)/.exec(name)?.[1] ?? Number.NaN);
}

/** GPIO that tell both edges (boards/luatos/pins.ts). */
const BOTH_EDGES = ["20", "21", "22"];

/** The module's text for a LuatOS board. Throws a UserError where its description names what has no binding there. */
export function luatosEntryText(board: Board): string {
  const { chip, nvm, buses } = board;
  const { supply_adc, supply_warning, ...pins } = board.pins;
  const { flow, valve: _valve, service, rtc, ...parts } = board.parts;
  const has_modem = parts.radio === "none" || parts.radio === "module";
  const bound = flow !== "pulse_counter" && rtc === "none" && nvm.type === "spi_nor" && parts.display !== "ht1621";
  if (!bound || !has_modem || supply_warning !== undefined || buses.i2c === undefined || buses.spi === undefined)
    throw new UserError(
      `${board.name}: LuatOS needs NOR flash on spi, i2c, no modem but its own, and no pulse counter, rtc, ht1621 or supply_warning`,
    );
  const channels = [pins["flow"], pins["flow_direction"]].filter((name) => name !== undefined);
  const deaf = channels.find((name) => !BOTH_EDGES.includes(name));
  if (deaf !== undefined)
    throw new UserError(`${board.name}: GPIO ${deaf} is told one kind of edge (a flow sensor is on GPIO 20 to 22)`);
  const { i2c, spi } = buses;
  const entry = moduleText(board, "LuatosBoard", {
    name: board.name,
    chip,
    pins: numbered(pins),
    supply: supply_adc === "VBAT" ? "vbat" : supply_adc === undefined ? undefined : busNumber(supply_adc),
    uart: busNumber(service),
    i2c: { id: busNumber(i2c.scl), rate_hz: i2c.rate_hz },
    spi: { id: busNumber(spi.sck), cs: Number(spi.cs), rate_hz: spi.rate_hz },
    geometry: nvm.geometry,
    update_slots: nvm.update_slots,
    parts,
  });
  return `${entry}\nexport { ring } from "./timer";\n`;
}

/** The module's text for an Espruino board. */
export function entryText(board: Board): string {
  const { interpreter, chip, pins, buses, nvm } = board;
  // The rest of the parts is known to the constants of boards/fitted.ts.
  const { flow: _flow, valve: _valve, ...parts } = board.parts;
  const description = {
    name: board.name,
    interpreter,
    chip,
    pins,
    buses: { i2c: buses.i2c, spi: buses.spi, uart_modem: buses.uart_modem },
    nvm: { type: nvm.type, bus: nvm.bus, geometry: nvm.geometry, address: nvm.address },
    parts,
  };
  return moduleText(board, "EspruinoBoard", description);
}
