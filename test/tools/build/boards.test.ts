import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ANNEX_SECTOR_BLOCKS } from "../../../firmware/annex";
import { layoutOf } from "../../../firmware/journal/layout";
import { boardNames, parseBoard, readBoard } from "../../../tools/build/board_file";
import { boardJsonSchema, PORTS, type Board } from "../../../tools/build/board_schema";
import { FITTED_CONSTANTS } from "../../../tools/build/parts";
import { billOfMaterials, diagram, wiresOf, wiringPage } from "../../../tools/build/wiring";
import { readDrivers, supportTable, withTable } from "../../../tools/build/support_table";

const ROOT = join(__dirname, "..", "..", "..");
const BOARDS = [
  ...["espruino-esp32", "espruino-esp32lora", "espruino-puckjs", "espruino-rak5010", "espruino-wifi"],
  ...["lua-esp32", "lua-luatos"],
];

/** A board file with one field changed. */
function changed(name: string, change: (board: Record<string, never>) => void): string {
  const board = JSON.parse(readFileSync(join(ROOT, "boards", `${name}.board.json`), "utf8")) as Record<string, never>;
  change(board);
  return JSON.stringify(board);
}

describe("wiring pages", () => {
  it("are not stale (node tools/boards.js)", () => {
    assert.equal(readFileSync(join(ROOT, "boards", "WIRING.md"), "utf8"), wiringPage());
  });

  for (const name of BOARDS) {
    it(`have every pin of ${name} once in its table, and as a line of its diagram`, () => {
      const board = readBoard(name);
      const { i2c, spi, uart_modem } = board.buses;
      const lines = [i2c, spi, uart_modem].flatMap((bus) => Object.entries(bus ?? {}));
      const bus_pins = lines.filter(([line]) => line !== "rate_hz").map(([, pin]) => String(pin));
      const pins = [...Object.values(board.pins).filter((pin) => pin !== undefined), ...bus_pins];
      const wires = wiresOf(board);
      assert.deepEqual(wires.map(({ pin }) => pin).sort(), [...pins].sort());
      const drawn = diagram(board).split("\n");
      for (const { pin, signal } of wires)
        assert.equal(drawn.filter((line) => line.startsWith(`| ${signal} `) && line.includes(` ${pin} |`)).length, 1);
      assert.equal(new Set(drawn.slice(0, 3).map((line) => line.length)).size, 1, "the box is closed");
    });

    it(`have the memory of ${name} by its part number, and nothing that is not fitted`, () => {
      const board = readBoard(name);
      const numbers = billOfMaterials(board).map(({ part_number }) => part_number);
      assert.equal(numbers.includes(board.nvm.part), board.nvm.bus !== "internal");
      assert.equal(numbers.includes("NXP PN532"), board.parts.card === "pn532_i2c");
      assert.equal(numbers.includes("Holtek HT1621B"), board.parts.display === "ht1621");
      // A PCF8574 is specified for 100 kHz and no more; a PCA8574 for 400 kHz.
      const expander = (board.buses.i2c?.rate_hz ?? 0) > 100_000 ? "PCA8574" : "PCF8574";
      const fitted = numbers.filter((number) => ["PCA8574", "PCF8574"].includes(number));
      assert.deepEqual(fitted, new Array<string>(expanders(board)).fill(expander));
    });
  }

  it("pull a bridge's inputs down through the pull-ups of 45 kOhm that an ESP32's pins have until the firmware runs", () => {
    const { part_number } = billOfMaterials(readBoard("espruino-esp32")).find(({ item }) => item.includes("bridge's"))!;
    const pull_down_kohm = Number.parseFloat(part_number);
    // A DRV8833 takes up to 0.7 V for low.
    assert.ok((3.3 * pull_down_kohm) / (pull_down_kohm + 45) < 0.5, part_number);
  });

  it("ask for pull-ups where an ESP32 and an EC618 have none, and for no divider at a supply that is measured inside", () => {
    const rows = billOfMaterials(readBoard("espruino-esp32")).map(({ item }) => item);
    assert.ok(rows.includes("pull-ups at D34, D35, D36, D39, which have none of their own"), rows.join("\n"));
    const module_rows = billOfMaterials(readBoard("lua-luatos")).map(({ item }) => item);
    assert.ok(module_rows.includes("pull-ups at 26, 27, which have none of their own"), module_rows.join("\n"));
    assert.ok(!module_rows.some((item) => item.startsWith("divider")), module_rows.join("\n"));
  });
});

function expanders({ parts }: Board): number {
  return Number(parts.display === "hd44780") + Number(parts.keypad === "expander");
}

describe("boards", () => {
  it("are those of the project", () => assert.deepEqual(boardNames(), BOARDS));

  for (const name of BOARDS) {
    it(`${name} is a board, and the journal can live on its memory`, () => {
      const board = readBoard(name);
      assert.ok(layoutOf(board.nvm.geometry) !== undefined);
      assert.ok(board.nvm.bus === "internal" || board.buses[board.nvm.bus] !== undefined, "its bus is there");
    });

    it(`${name} has a memory for the radio's books, or no radio`, () => {
      const { rooms, nvm } = readBoard(name);
      const sector_blocks = layoutOf(nvm.geometry)?.sector_blocks ?? 0;
      assert.ok(!rooms.includes("radio") || sector_blocks >= ANNEX_SECTOR_BLOCKS, `${sector_blocks} blocks`);
    });
  }

  it("say what is on every port of hal/hal.ts", () => {
    const source = readFileSync(join(ROOT, "hal", "hal.ts"), "utf8");
    const ports = [...source.matchAll(/^ {2}readonly (\w+): /gm)].map((match) => match[1]);
    assert.deepEqual([...PORTS], ports);
  });

  it("have a schema that is not stale (node tools/boards.js)", () => {
    assert.equal(readFileSync(join(ROOT, "boards", "board.schema.json"), "utf8"), boardJsonSchema());
  });

  it("have a support table that is not stale (node tools/boards.js)", () => {
    const readme = readFileSync(join(ROOT, "boards", "README.md"), "utf8");
    assert.equal(withTable(readme), readme);
    assert.notEqual(
      withTable(readme.replace("| twin, interpreter", "| no driver yet")),
      readme.replace("| twin, interpreter", "| no driver yet"),
    );
    const { status } = spawnSync(process.execPath, ["tools/boards.js", "--check"], { cwd: ROOT });
    assert.equal(status, 0);
  });

  it("have a table with a row for every port and a column for every board", () => {
    const lines = supportTable().trimEnd().split("\n");
    assert.equal(lines.length, PORTS.length + 2);
    for (const line of lines) assert.equal(line.split("|").length, BOARDS.length + 3);
  });

  it("say of the Lua boards that what counts, shuts and keeps was tried in their interpreter", () => {
    const [, , ...rows] = supportTable().trimEnd().split("\n");
    const tried = rows.filter((row) => /^\| (flow|valve|nvm|service|timer|watchdog|random|crypto|engine)/.test(row));
    assert.equal(tried.length, 9);
    for (const row of tried) for (const cell of row.split("|").slice(-3, -1)) assert.match(cell, /interpreter/, row);
  });

  it("have a test for every driver that a board's bindings call", () => {
    const drivers = readDrivers(["espruino", "luatos", "nodemcu"]);
    assert.ok(drivers.length >= 20, "the lines `Port:` are found");
    for (const { file, tests } of drivers) assert.ok(tests.length > 0, `${file} has no test`);
  });

  it("have a constant for every part that a build can leave out, and each of them a driver", () => {
    const source = readFileSync(join(ROOT, "boards", "fitted.ts"), "utf8");
    const names = [...source.matchAll(/^export const (FITTED_\w+): boolean = true;$/gm)].map((match) => match[1]);
    assert.deepEqual(Object.keys(FITTED_CONSTANTS), names);
    const driven = readDrivers(["espruino"]).flatMap((driver) => driver.drives);
    for (const [port, part] of Object.values(FITTED_CONSTANTS)) assert.ok(driven.includes(`${port} ${part}`), part);
  });

  const refused: [string, RegExp, (board: Record<string, never>) => void][] = [
    ["a field that nobody knows", /Unrecognized key: "colour"/, (board) => Object.assign(board, { colour: "red" })],
    [
      "another name than the file's",
      /name: must be "espruino-wifi"/,
      (b) => Object.assign(b, { name: "espruino-wlan" }),
    ],
    ["a pin used twice", /pins: must not use B3 twice/, (b) => Object.assign(b["pins"], { valve_open: "B3" })],
    ["no memory to fit into", /memory: must have variables/, (b) => Object.assign(b, { memory: { spare_percent: 0 } })],
    ["a pin of a bus used again", /pins: must not use B8 twice/, (b) => Object.assign(b["pins"], { buzzer: "B8" })],
    ["a part that there is not", /parts\.display: /, (b) => Object.assign(b["parts"], { display: "crystal ball" })],
    ["a part without its pins", /parts: a quadrature/, (b) => Object.assign(b["parts"], { flow: "pulse_input" })],
    ["a part without its bus", /buses: must have i2c/, (b) => Object.assign(b, { buses: {} })],
    ["another engine's line", /parts: service is/, (b) => Object.assign(b["parts"], { service: "uart0" })],
    ["a radio room and no modem", /rooms: must not have radio/, (b) => Object.assign(b, { rooms: ["radio"] })],
    ["a modem without its line", /buses: must have the modem/, (b) => Object.assign(b["parts"], { radio: "im871a" })],
    ["a power key without a BG96", /pins: modem_power is/, (b) => Object.assign(b["pins"], { modem_power: "B1" })],
    [
      "slots for updates on another engine",
      /nvm: update_slots are for LuatOS/,
      (board) => Object.assign(board["nvm"], { update_slots: { first: 1 << 29, slot_bytes: 8192 } }),
    ],
    ["a room that there is not", /rooms\[0\]: /, (board) => Object.assign(board, { rooms: ["attic"] })],
    ["no source of its values", /sources: /, (board) => Object.assign(board, { sources: [] })],
    ["an address that is none", /storage\.address: /, (board) => Object.assign(board["storage"], { address: -1 })],
  ];
  for (const [what, message, change] of refused) {
    it(`refuses ${what} in one line with file and field`, () => {
      assert.throws(
        () => parseBoard(changed("espruino-wifi", change), "espruino-wifi"),
        (error: Error) => {
          assert.match(error.message, message);
          assert.match(error.message, /^boards\/espruino-wifi\.board\.json: [^\n]+$/);
          return true;
        },
      );
    });
  }

  it("refuses slots for updates that are in the journal's way, or no whole sectors", () => {
    const { $schema: _schema, ...board } = readBoard("lua-luatos");
    const { nvm } = board;
    const { size_bytes, sector_bytes } = nvm.geometry;
    const cases: [number, number, RegExp][] = [
      [size_bytes - sector_bytes, 520_192, /nvm: update_slots must begin behind the journal/],
      [size_bytes + 1, 520_192, /nvm: update_slots are whole sectors/],
      [size_bytes, 520_191, /nvm: update_slots are whole sectors/],
    ];
    for (const [first, slot_bytes, message] of cases) {
      const text = JSON.stringify({ ...board, nvm: { ...nvm, update_slots: { first, slot_bytes } } });
      assert.throws(() => parseBoard(text, "lua-luatos"), message);
    }
  });

  it("refuses what is not JSON", () => assert.throws(() => parseBoard("{", "espruino-wifi"), /not JSON/));
});
