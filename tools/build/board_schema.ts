/**
 * Shape of a board file, boards/<name>.board.json: what a board is, what is fitted, and what its firmware must fit into.
 *
 * `boards/board.schema.json` is made from it for editors (node tools/boards.js).
 */
import { z } from "zod";
import { ROOMS, type Room } from "../../sim/bundle/rooms";

const whole = (least: number, most: number) => z.int().min(least).max(most);
const words = z.string().min(1).max(200);

/** Every port of hal/hal.ts, in its order; a test holds it to that. */
export const PORTS = [
  "flow",
  "valve",
  "clock",
  "timer",
  "power",
  "tamper",
  "display",
  "keypad",
  "buzzer",
  "service",
  "watchdog",
  "random",
  "crypto",
  "nvm",
  "card",
  "radio",
  "engine",
] as const;

export type Port = (typeof PORTS)[number];

const PIN_ROLES = [
  "flow",
  "flow_direction",
  "flow_loop",
  "flow_empty",
  "valve_open",
  "valve_close",
  "valve_is_open",
  "valve_is_closed",
  "tamper_case",
  "tamper_magnet",
  "tamper_reader",
  "supply_adc",
  "supply_warning",
  "buzzer",
  "modem_power",
  "lcd_cs",
  "lcd_wr",
  "lcd_data",
] as const;

const pin = z.string().regex(/^[A-Za-z0-9_]{1,16}$/, "must be the name of a pin as the interpreter has it");

const rate_hz = whole(300, 100_000_000).describe("Clock or line speed.");

const buses = z
  .strictObject({
    i2c: z.strictObject({ scl: pin, sda: pin, rate_hz }).optional().describe("FRAM, card reader, expanders."),
    spi: z.strictObject({ sck: pin, miso: pin, mosi: pin, cs: pin, rate_hz }).optional().describe("NOR flash."),
    uart_modem: z.strictObject({ rx: pin, tx: pin, rate_hz }).optional().describe("Seen from the chip."),
  })
  .describe("Buses and their pins.");

const nvm = z
  .strictObject({
    type: z.enum(["fram", "spi_nor", "mcu_flash"]).describe("Kind of memory that holds the journal."),
    part: words.describe("Part number."),
    bus: z.enum(["i2c", "spi", "internal"]).describe("How it is reached."),
    address: whole(0, 0xffff_ffff).optional().describe("Flash of the chip: where the memory begins."),
    geometry: z
      .strictObject({
        size_bytes: whole(1024, 1 << 30).describe("Size of the part, or of what the journal has of it."),
        sector_bytes: whole(256, 1 << 20).describe("Smallest unit of erase."),
        page_bytes: whole(8, 65_536).describe("Largest run that one program may write."),
        word_bytes: z.union([z.literal(1), z.literal(4), z.literal(8)]).describe("Smallest unit of program."),
        programs_per_erase: whole(1, 1_000_000_000).describe("How often a word may be programmed between erases."),
        erase_limit: whole(1, Number.MAX_SAFE_INTEGER).describe("Erases that a sector is specified to survive."),
      })
      .describe("As in hal/nvm.ts."),
    update_slots: z
      .strictObject({
        first: whole(1, 1 << 30).describe("Where they begin, behind the journal."),
        slot_bytes: whole(8192, 1 << 24).describe("Size of one."),
      })
      .optional()
      .describe("LuatOS: where firmware stands that came by radio, in the same part: a sector, then two slots."),
    source: words.describe("Where the geometry stands."),
  })
  .describe("Memory of the journal.");

const memory = z
  .strictObject({
    variables: whole(500, 65_535).optional().describe("Espruino: variables of the interpreter."),
    variable_bytes: whole(10, 16).optional().describe("Espruino: bytes of one variable."),
    saved_code_bytes: whole(1024, 1 << 24)
      .optional()
      .describe("Flash for the bundle: Storage of Espruino, script area of LuatOS."),
    lua_heap_bytes: whole(1024, 1 << 24)
      .optional()
      .describe("Lua: what the firmware may take of the heap once loaded."),
    spare_percent: whole(0, 50).describe("Share of each limit that a build must leave free."),
  })
  .describe("What a build must fit into.");

const span_ms = whole(1, 60_000).optional();
const supply_mv = whole(500, 30_000).optional();
const i2c_address = whole(0x08, 0x77).optional();

/** Which parts are on the ports; what is not chosen here follows from pins and memory (parts.ts). */
const parts = z
  .strictObject({
    flow: z.enum(["pulse_input", "quadrature", "pulse_counter"]).describe("How the flow sensor is counted."),
    valve: z.enum(["hbridge"]).describe("What drives the valve."),
    display: z.enum(["none", "ht1621", "hd44780"]).describe("Segment glass on three pins, or characters on I2C."),
    keypad: z.enum(["none", "expander"]).describe("Twelve keys on an I2C expander."),
    rtc: z.enum(["none", "pcf8563", "ds3231"]).describe("Clock chip on I2C."),
    card: z.enum(["none", "pn532_i2c"]).describe("Card reader."),
    radio: z
      .enum(["none", "im871a", "rak3172", "bg96", "module"])
      .describe("Modem; `module`: that of the chip's own module."),
    service: z.enum(["Serial1", "USB", "Bluetooth", "uart0", "uart1"]).describe("The technician's line."),
    debounce_ms: span_ms.describe("Shortest phase of a contact that counts."),
    look_ms: span_ms.describe("How often a driver looks at the sensor itself."),
    valve_travel_max_ms: span_ms.describe("When a drive is cut."),
    valve_seat_ms: span_ms.describe("How long the motor runs on behind its end switch."),
    supply_multiply: whole(1, 1000).optional().describe("Supply: millivolts at the pin times this,"),
    supply_divide: whole(1, 1000).optional().describe("divided by this."),
    supply_low_mv: supply_mv.describe("Below: a brown-out begins."),
    supply_good_mv: supply_mv.describe("From here on it has ended."),
    supply_memory_mv: supply_mv.describe("Below: the memory is not written."),
    nvm_i2c_address: i2c_address.describe("FRAM."),
    display_i2c_address: i2c_address.describe("Expander of the characters."),
    keypad_i2c_address: i2c_address.describe("Expander of the keys."),
  })
  .describe("What is fitted.");

export const boardSchema = z
  .strictObject({
    $schema: z.string().optional().describe("Where editors find the JSON Schema; ignored by the build."),
    name: z
      .string()
      .regex(/^(espruino|lua)-[a-z0-9]{1,20}$/, "must be the engine, a hyphen and a short name")
      .describe("Name of the board: that of the file."),
    description: words.describe("What it is, in a line."),
    engine: z.enum(["espruino", "lua"]).describe("Which bundle it runs."),
    lua: z
      .strictObject({
        target: z.literal("5.3").describe("Version of Lua."),
        package: z.enum(["nodemcu", "luatos"]).describe("How the one file of a build is named and started."),
      })
      .optional()
      .describe("Lua boards only."),
    interpreter: words.describe("Espruino: what process.env.BOARD says. Lua: which build of the interpreter."),
    chip: words.describe("The microcontroller."),
    clock_hz: whole(1_000_000, 1_000_000_000).describe("Its clock."),
    number_model: z.enum(["double", "int64_double"]).describe("How the interpreter counts (firmware/self_check.ts)."),
    native_crypto: z.array(z.enum(["aes", "sha256", "sha512"])).describe("What the interpreter computes natively."),
    memory,
    storage: z
      .strictObject({
        address: whole(0, 0xffff_ffff).describe("Address of the first byte of Storage."),
        page_bytes: whole(256, 1 << 20).describe("Smallest unit of erase there."),
      })
      .optional()
      .describe("Espruino boards only: where saved code stands."),
    pins: z
      .strictObject(Object.fromEntries(PIN_ROLES.map((role) => [role, pin.optional().describe("Pin of this signal.")])))
      .describe("Signals and their pins."),
    buses,
    nvm,
    parts,
    rooms: z.array(z.enum(ROOMS as [Room, ...Room[]])).describe("Rooms of the firmware that the build has."),
    notes: z.array(words).describe("What a person who builds it must know."),
    sources: z.array(words).min(1).describe("Where the values come from."),
  })
  .superRefine((board, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    const { variables, variable_bytes, saved_code_bytes, lua_heap_bytes } = board.memory;
    if (board.engine === "espruino") {
      if (variables === undefined || variable_bytes === undefined || saved_code_bytes === undefined)
        refuse("memory", "must have variables, variable_bytes and saved_code_bytes");
      if (board.storage === undefined) refuse("storage", "must say where Storage is");
    } else {
      if (lua_heap_bytes === undefined) refuse("memory", "must have lua_heap_bytes");
      if (board.lua === undefined) refuse("lua", "must say which Lua and which package");
      if ((board.lua?.package === "luatos") !== (saved_code_bytes !== undefined))
        refuse("memory", "must have saved_code_bytes on LuatOS, and not on NodeMCU");
    }
    if (!board.name.startsWith(`${board.engine}-`)) refuse("name", "must begin with the engine");
    if (board.rooms.includes("radio") && board.parts.radio === "none")
      refuse("rooms", "must not have radio, for there is no modem");
    for (const [path, message] of [...partFaults(board), ...slotFaults(board)]) refuse(path, message);
    const { i2c, spi, uart_modem } = board.buses;
    const bus_pins = [i2c, spi, uart_modem].flatMap((bus) => Object.entries(bus ?? {}));
    const used = [
      ...Object.values(board.pins).filter((name) => name !== undefined),
      ...bus_pins.filter(([name]) => name !== "rate_hz").map(([, name]) => String(name)),
    ];
    const doubled = used.find((name, index) => used.indexOf(name) !== index);
    if (doubled !== undefined) refuse("pins", `must not use ${doubled} twice`);
  })
  .describe("A board that runs the Curbstop firmware.");

interface Fittings {
  readonly engine: "espruino" | "lua";
  readonly lua?: { readonly package: "nodemcu" | "luatos" } | undefined;
  readonly pins: Readonly<Partial<Record<string, string>>>;
  readonly buses: z.output<typeof buses>;
  readonly nvm: z.output<typeof nvm>;
  readonly parts: z.output<typeof parts>;
}

/** Parts without what they are connected to, and pins without a part: field and what it must be. */
function partFaults({ engine, pins, buses: lines, nvm: memory_part, parts: chosen }: Fittings): [string, string][] {
  const has = (...roles: (typeof PIN_ROLES)[number][]): boolean => roles.every((role) => pins[role] !== undefined);
  const on_i2c = [
    chosen.display === "hd44780",
    chosen.keypad !== "none",
    chosen.rtc !== "none",
    chosen.card !== "none",
  ];
  const espruino_lines: readonly string[] = ["Serial1", "USB", "Bluetooth"];
  const checks: [boolean, string, string][] = [
    [has("flow", "valve_open", "valve_close"), "pins", "must have flow, valve_open and valve_close"],
    [has("flow_direction") === (chosen.flow === "quadrature"), "parts", "a quadrature sensor has a pin flow_direction"],
    [has("lcd_cs", "lcd_wr", "lcd_data") === (chosen.display === "ht1621"), "parts", "an ht1621 has three lcd pins"],
    [!on_i2c.includes(true) || lines.i2c !== undefined, "buses", "must have i2c for the parts on it"],
    [memory_part.bus === "internal" || lines[memory_part.bus] !== undefined, "buses", "must have the memory's bus"],
    [(memory_part.type === "mcu_flash") === (memory_part.bus === "internal"), "nvm", "mcu_flash is internal"],
    [(memory_part.type === "mcu_flash") === (memory_part.address !== undefined), "nvm", "mcu_flash has an address"],
    [(memory_part.address ?? 0) % memory_part.geometry.sector_bytes === 0, "nvm", "must begin at a sector"],
    [memory_part.type !== "spi_nor" || memory_part.bus === "spi", "nvm", "spi_nor is on spi"],
    [espruino_lines.includes(chosen.service) === (engine === "espruino"), "parts", "service is a line of the engine"],
    [engine === "lua" || chosen.flow !== "pulse_counter", "parts", "Espruino has no pulse counter"],
    [
      ["none", "module"].includes(chosen.radio) || lines.uart_modem !== undefined,
      "buses",
      "must have the modem's line",
    ],
    [!has("modem_power") || chosen.radio === "bg96", "pins", "modem_power is the power key of a bg96"],
    [engine === "lua" || chosen.radio !== "module", "parts", "Espruino has no modem of its own"],
  ];
  return checks.filter(([holds]) => !holds).map(([, path, message]) => [path, message]);
}

/** Slots for updates where no firmware looks for them, or that are in each other's way; as above. */
function slotFaults({ lua, nvm: { update_slots: slots, geometry } }: Fittings): [string, string][] {
  if (slots === undefined) return [];
  const { first, slot_bytes } = slots;
  const checks: [boolean, string][] = [
    [lua?.package === "luatos", "update_slots are for LuatOS"],
    [first >= geometry.size_bytes, "update_slots must begin behind the journal"],
    [(first % geometry.sector_bytes) + (slot_bytes % geometry.sector_bytes) === 0, "update_slots are whole sectors"],
  ];
  return checks.filter(([holds]) => !holds).map(([, message]) => ["nvm", message]);
}

export type Board = z.output<typeof boardSchema>;

/** The JSON Schema of board files, as text ready to be written. */
export function boardJsonSchema(): string {
  return JSON.stringify(z.toJSONSchema(boardSchema, { io: "input" }), null, 2) + "\n";
}
