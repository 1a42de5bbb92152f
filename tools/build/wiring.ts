/**
 * Wiring pages: how each board is wired, made from its board file as boards/WIRING.md (node tools/boards.js writes it). A
 * board has a table of its pins, a diagram in plain text, and a list of what is fitted, with part numbers.
 *
 * What a signal is connected to follows from the part on its port (parts.ts) and from the part's driver, whose header
 * says what the board owes it: pull-downs at the bridge, pull-ups at contacts, the ratio of the divider. Addresses on I2C
 * are the board file's, else the drivers' own defaults.
 */
import {
  DISPLAY_ADDRESS,
  DS3231_ADDRESS,
  FRAM_ADDRESS,
  KEYPAD_ADDRESS,
  PCF8563_ADDRESS,
  PN532_ADDRESS,
} from "../../boards/drivers/wiring/i2c_addresses";
import { DIVIDE, MULTIPLY } from "../../boards/drivers/wiring/supply";
import { boardNames, readBoard } from "./board_file";
import type { Board } from "./board_schema";
import { markdown } from "./support_table";

/** GPIO34 to GPIO39 of an ESP32 have no pull-ups (ESP32 datasheet, IO_MUX). */
const ESP32_INPUT_ONLY = 34;
/** Of an EC618 these alone have pull-ups as inputs (boards/luatos/pins.ts). */
const EC618_PULLED = ["20", "21", "22"];
/** The supply of a module that measures it inside. */
const OWN_SUPPLY = "VBAT";

type Direction = "in" | "out" | "both";

/** Each signal: its direction seen from the chip, and what is at the other end. */
const SIGNALS: Readonly<Record<string, readonly [Direction, string]>> = {
  flow: ["in", "flow sensor, channel A: contact to ground, pulled up"],
  flow_direction: ["in", "flow sensor, channel B: contact to ground, pulled up"],
  flow_loop: ["in", "loop through the sensor's cable to ground, pulled up: high is cut"],
  flow_empty: ["in", "empty pipe: high is air"],
  valve_open: ["out", "H-bridge IN1, pulled down"],
  valve_close: ["out", "H-bridge IN2, pulled down"],
  valve_is_open: ["in", "end switch of the open valve: to ground, pulled up"],
  valve_is_closed: ["in", "end switch of the shut valve: to ground, pulled up"],
  tamper_case: ["in", "case contact: to ground while the case is shut, pulled up"],
  tamper_magnet: ["in", "magnetic field sensor: low at rest, pulled up"],
  tamper_reader: ["in", "contact of the reader's cover: to ground while it is on, pulled up"],
  supply_adc: ["in", "middle of the supply's divider"],
  supply_warning: ["in", "supply comparator: low is a warning"],
  buzzer: ["out", "buzzer's transistor: high sounds"],
  modem_power: ["out", "BG96 PWRKEY: low for half a second switches it on"],
  lcd_cs: ["out", "HT1621 CS"],
  lcd_wr: ["out", "HT1621 WR"],
  lcd_data: ["out", "HT1621 DATA"],
};

const PCF8574_MAX_HZ = 100_000;

/**
 * Espruino puts pull-ups of 45 kOhm on the pins of an ESP32 until the firmware has them (jshPinDefaultPullup), and at each
 * restart: with weaker pull-downs both inputs of the bridge would be high.
 */
const BRIDGE_PULL_DOWN = "4.7 kOhm";

interface Wire {
  readonly pin: string;
  readonly signal: string;
  readonly direction: Direction;
  readonly to: string;
}

interface Fitted {
  readonly item: string;
  readonly part_number: string;
  readonly quantity: number;
}

function at(address: number): string {
  return `I2C address 0x${address.toString(16)}`;
}

/** A PCF8574 is specified for 100 kHz; its faster edition has the same pins and addresses. */
export function expanderOf({ buses }: Board): "PCF8574" | "PCA8574" {
  return (buses.i2c?.rate_hz ?? 0) > PCF8574_MAX_HZ ? "PCA8574" : "PCF8574";
}

/** What hangs on the I2C bus. */
function i2cParts(board: Board): string[] {
  const { nvm, parts } = board;
  const { display, keypad, rtc, card } = parts;
  const expander = expanderOf(board);
  const found = [
    nvm.bus === "i2c" ? [`${nvm.part}, ${at(parts.nvm_i2c_address ?? FRAM_ADDRESS)}`] : [],
    display === "hd44780" ? [`${expander} of the display, ${at(parts.display_i2c_address ?? DISPLAY_ADDRESS)}`] : [],
    keypad === "expander" ? [`${expander} of the keypad, ${at(parts.keypad_i2c_address ?? KEYPAD_ADDRESS)}`] : [],
    rtc === "pcf8563" ? [`PCF8563, ${at(PCF8563_ADDRESS)}`] : [],
    rtc === "ds3231" ? [`DS3231, ${at(DS3231_ADDRESS)}`] : [],
    card === "pn532_i2c" ? [`PN532, ${at(PN532_ADDRESS)}`] : [],
  ];
  return found.flat();
}

/** Buses of a board as wires. */
function busWires(board: Board): Wire[] {
  const { i2c, spi, uart_modem } = board.buses;
  const on_i2c = i2cParts(board).join("; ");
  const memory = board.nvm.part;
  const wires: Wire[] = [];
  if (i2c !== undefined) {
    wires.push({ pin: i2c.scl, signal: "I2C SCL", direction: "out", to: `${on_i2c}; pulled up` });
    wires.push({ pin: i2c.sda, signal: "I2C SDA", direction: "both", to: `${on_i2c}; pulled up` });
  }
  if (spi !== undefined) {
    wires.push({ pin: spi.sck, signal: "SPI SCK", direction: "out", to: `${memory} CLK` });
    wires.push({ pin: spi.mosi, signal: "SPI MOSI", direction: "out", to: `${memory} DI` });
    wires.push({ pin: spi.miso, signal: "SPI MISO", direction: "in", to: `${memory} DO` });
    wires.push({ pin: spi.cs, signal: "SPI CS", direction: "out", to: `${memory} CS` });
  }
  if (uart_modem !== undefined) {
    wires.push({ pin: uart_modem.tx, signal: "modem TX", direction: "out", to: "modem RX" });
    wires.push({ pin: uart_modem.rx, signal: "modem RX", direction: "in", to: "modem TX" });
  }
  return wires;
}

/** All wires of a board, signals first. */
export function wiresOf(board: Board): Wire[] {
  const signals = Object.entries(SIGNALS).flatMap(([signal, [direction, to]]): Wire[] => {
    const pin = board.pins[signal];
    const end =
      signal === "supply_adc" && pin === OWN_SUPPLY ? "the module's own supply, which it measures inside" : to;
    return pin === undefined ? [] : [{ pin, signal, direction, to: end }];
  });
  return [...signals, ...busWires(board)];
}

/** Contacts on pins that have no pull-up of their own. */
function barePins(board: Board): string[] {
  const contacts = wiresOf(board)
    .filter(({ direction, to }) => direction === "in" && to.endsWith("pulled up"))
    .map(({ pin }) => pin);
  if (board.chip === "EC618") return contacts.filter((pin) => !EC618_PULLED.includes(pin));
  if (board.chip !== "ESP32") return [];
  return contacts.filter((pin) => Number(pin.replace(/\D/g, "")) >= ESP32_INPUT_ONLY);
}

const RADIOS: Readonly<Record<string, readonly [item: string, part_number: string]>> = {
  im871a: ["wireless M-Bus modem", "IMST iM871A"],
  rak3172: ["LoRaWAN modem", "RAKwireless RAK3172"],
  bg96: ["LTE-M and NB-IoT modem, on the board", "Quectel BG96"],
  module: ["modem, in the board's own module", "-"],
};

const SENSORS: Readonly<Record<Board["parts"]["flow"], string>> = {
  pulse_input: "water meter with one contact (reed, or open collector)",
  quadrature: "water meter with two channels a quarter of a pulse apart",
  pulse_counter: "water meter with one contact, counted by the chip",
};

function optionalItems(board: Board): Fitted[] {
  const { parts, nvm, pins } = board;
  const expander = expanderOf(board);
  const one = (holds: boolean, item: string, part_number: string): Fitted[] =>
    holds ? [{ item, part_number, quantity: 1 }] : [];
  const [modem, modem_number] = RADIOS[parts.radio] ?? ["", ""];
  return [
    one(nvm.bus !== "internal", `memory of the journal, ${nvm.type.replace("_", " ")}`, nvm.part),
    one(parts.card === "pn532_i2c", "card reader, set to I2C", "NXP PN532"),
    one(parts.display === "hd44780", "display, 2 rows of 16 characters", "HD44780"),
    one(parts.display === "hd44780", "expander of the display", expander),
    one(parts.display === "ht1621", "display controller", "Holtek HT1621B"),
    one(parts.display === "ht1621", "glass, 8 characters of 14 segments (boards/drivers/ht1621.ts)", "made to order"),
    one(parts.keypad === "expander", "keypad, 4 rows and 3 columns, rows through diodes", "-"),
    one(parts.keypad === "expander", "expander of the keypad: P0 to P3 rows, P4 to P6 columns", expander),
    one(parts.rtc === "pcf8563", "clock, with its cell", "NXP PCF8563T"),
    one(parts.rtc === "ds3231", "clock, with its cell", "DS3231SN"),
    one(parts.radio !== "none", modem, modem_number),
    one(parts.radio === "module", "SIM card for data, and an LTE antenna at the module", "-"),
    one(pins["buzzer"] !== undefined, "buzzer with its own oscillator, and an NPN transistor", "-"),
    one(pins["tamper_case"] !== undefined, "case contact, closed while the case is shut", "-"),
    one(pins["tamper_magnet"] !== undefined, "magnetic field sensor", "-"),
    one(pins["tamper_reader"] !== undefined, "contact of the reader's cover", "-"),
  ].flat();
}

function resistors(board: Board): Fitted[] {
  const { supply_multiply = MULTIPLY, supply_divide = DIVIDE } = board.parts;
  const row = (holds: boolean, item: string, part_number: string, quantity: number): Fitted[] =>
    holds ? [{ item, part_number, quantity }] : [];
  const bare = barePins(board);
  const supply_pin = board.pins["supply_adc"];
  const divider = `divider of the supply, ${supply_multiply} : ${supply_divide} at ${supply_pin ?? ""}`;
  return [
    row(true, "pull-downs at the bridge's inputs", BRIDGE_PULL_DOWN, 2),
    row(board.buses.i2c !== undefined, "pull-ups of I2C", "4.7 kOhm", 2),
    row(bare.length > 0, `pull-ups at ${bare.join(", ")}, which have none of their own`, "10 kOhm", bare.length),
    row(supply_pin !== undefined && supply_pin !== OWN_SUPPLY, divider, "1 % resistors", 2),
  ].flat();
}

/** What is fitted, and how often. */
export function billOfMaterials(board: Board): Fitted[] {
  const switches = [board.pins["valve_is_open"], board.pins["valve_is_closed"]].filter((pin) => pin !== undefined);
  const ends = switches.length === 0 ? "without end switches, driven by time" : `with ${switches.length} end switches`;
  return [
    { item: `board: ${board.description}`, part_number: board.chip, quantity: 1 },
    { item: SENSORS[board.parts.flow], part_number: "-", quantity: 1 },
    { item: "H-bridge of the valve's motor", part_number: "DRV8833 or DRV8871", quantity: 1 },
    { item: `bistable motor valve, ${ends}`, part_number: "-", quantity: 1 },
    ...optionalItems(board),
    ...resistors(board),
  ];
}

/** The chip as a box, a wire a line. */
export function diagram(board: Board): string {
  const wires = wiresOf(board);
  const pin_width = Math.max(...wires.map(({ pin }) => pin.length));
  const signal_width = Math.max(board.chip.length - pin_width - 2, ...wires.map(({ signal }) => signal.length));
  const inner = pin_width + signal_width + 2;
  const edge = `+${"-".repeat(inner + 2)}+`;
  const arrows: Record<Direction, string> = { in: "<----", out: "---->", both: "<--->" };
  const lines = wires.map(({ pin, signal, direction, to }) => {
    return `| ${signal.padEnd(signal_width)}  ${pin.padStart(pin_width)} |${arrows[direction]} ${to}`;
  });
  return [edge, `| ${board.chip.padEnd(inner)} |`, edge, ...lines, edge].join("\n");
}

function section(board: Board): string {
  const wires = wiresOf(board).map(({ pin, signal, direction, to }) => [pin, signal, direction, to]);
  const fitted = billOfMaterials(board).map(({ item, part_number, quantity }) => [String(quantity), item, part_number]);
  const notes = board.notes.map((note) => `- ${note}`).join("\n");
  return [
    `## ${board.name}`,
    `${board.description}. The technician's line is ${board.parts.service}.`,
    ...(notes === "" ? [] : [notes]),
    markdown([["pin", "signal", "direction", "connected to"], ...wires]).trimEnd(),
    `\`\`\`text\n${diagram(board)}\n\`\`\``,
    markdown([["quantity", "what is fitted", "part number"], ...fitted]).trimEnd(),
  ].join("\n\n");
}

/** boards/WIRING.md. */
export function wiringPage(): string {
  const head = `<!-- written by node tools/boards.js -->

# Wiring

How each board is wired, made from its board file. All parts share one ground. Directions are seen from the chip. No board
has met hardware yet: what is chosen here and what comes from a maker is said in \`sources\` of the board file.`;
  return `${[head, ...boardNames().map((name) => section(readBoard(name)))].join("\n\n")}\n`;
}
