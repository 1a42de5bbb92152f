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
  "valve_open",
  "valve_close",
  "valve_is_open",
  "valve_is_closed",
  "tamper_case",
  "supply_adc",
  "buzzer",
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
    geometry: z
      .strictObject({
        size_bytes: whole(1024, 1 << 30).describe("Size of the part."),
        sector_bytes: whole(256, 1 << 20).describe("Smallest unit of erase."),
        page_bytes: whole(8, 65_536).describe("Largest run that one program may write."),
        word_bytes: z.union([z.literal(1), z.literal(4), z.literal(8)]).describe("Smallest unit of program."),
        programs_per_erase: whole(1, 1_000_000_000).describe("How often a word may be programmed between erases."),
        erase_limit: whole(1, Number.MAX_SAFE_INTEGER).describe("Erases that a sector is specified to survive."),
      })
      .describe("As in hal/nvm.ts."),
    source: words.describe("Where the geometry stands."),
  })
  .describe("Memory of the journal.");

const memory = z
  .strictObject({
    variables: whole(500, 65_535).optional().describe("Espruino: variables of the interpreter."),
    variable_bytes: whole(10, 16).optional().describe("Espruino: bytes of one variable."),
    saved_code_bytes: whole(1024, 1 << 24)
      .optional()
      .describe("Espruino: flash for saved code (Storage)."),
    lua_heap_bytes: whole(1024, 1 << 24)
      .optional()
      .describe("Lua: what the firmware may take of the heap once loaded."),
    spare_percent: whole(0, 50).describe("Share of each limit that a build must leave free."),
  })
  .describe("What a build must fit into.");

const fittedPorts = Object.fromEntries(
  PORTS.map((port) => [port, words.nullable().describe("Part on this port; null when nothing is fitted.")]),
) as Record<Port, z.ZodNullable<z.ZodString>>;

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
    fitted: z.strictObject(fittedPorts).describe("What is on each port of hal/."),
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
    }
    if (!board.name.startsWith(`${board.engine}-`)) refuse("name", "must begin with the engine");
    const used = Object.values(board.pins).filter((name) => name !== undefined);
    const doubled = used.find((name, index) => used.indexOf(name) !== index);
    if (doubled !== undefined) refuse("pins", `must not use ${doubled} twice`);
  })
  .describe("A board that runs the Curbstop firmware.");

export type Board = z.output<typeof boardSchema>;

/** The JSON Schema of board files, as text ready to be written. */
export function boardJsonSchema(): string {
  return JSON.stringify(z.toJSONSchema(boardSchema, { io: "input" }), null, 2) + "\n";
}
