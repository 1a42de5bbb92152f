/**
 * Shape of a scenario file. What one field alone can get wrong is refused here; what needs two fields is in rules.ts.
 *
 * A step has one verb, so its shape is one object with every verb optional and a rule that counts them: a union of
 * twenty shapes would answer a misspelt field with twenty complaints.
 */
import { z } from "zod";
import { CREDIT_MAX_MILLI } from "../../firmware/credit/ledger";
import { CONTENT_MAX_BYTES } from "../../firmware/carousel/fragments";
import type { MessageKind } from "../../firmware/radio/message";
import { BODY_MAX_BYTES, MESSAGE_KINDS } from "../../firmware/radio/message";
import { COUNTER_MAX, REQUEST_MAX } from "../../firmware/radio/radio_books";
import { NUMBER_FIELDS, TEXT_FIELDS } from "./fields";
import { FLOW_MAX_ML, RUN_MAX_S, SEED_MAX, STEPS_MAX } from "./limits";
import { tokenStep } from "./token_steps";
import { instant, isoTime, meterSchema, tariffSchema, whole } from "./settings_schema";

const TIME_PATTERN = /^(\d{1,5}d|(\d{1,5}d )?([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{3})?)$/;
const TIME_WORDS = 'must be a time such as "3d 07:30:00", "07:30:00" or "3d", or whole seconds, from the start';
const time = z.union([z.string().regex(TIME_PATTERN, TIME_WORDS), whole(0, RUN_MAX_S)], { error: TIME_WORDS });

const hex = (bytes_min: number, bytes_max: number) =>
  z
    .string()
    .regex(
      new RegExp(`^([0-9a-fA-F]{2}){${bytes_min},${bytes_max}}$`),
      `must be ${bytes_min} to ${bytes_max} bytes in hexadecimal`,
    );

/** More than any session takes. */
const CARD_BYTES_MAX = 1_000_000;

const cardOfImage = z
  .strictObject({
    image: z.string().min(1).describe("Image of a card (curbstop sim card --image), relative to this file."),
    copy: z
      .boolean()
      .default(false)
      .describe("True: a copy of the card as the file has it, not the card that was here before and was written to."),
  })
  .describe("One and the same card whenever the same file is named, with all that was written to it in this run.");

const radioFrames = z
  .strictObject({
    message: z
      .strictObject({
        kind: z.enum(MESSAGE_KINDS as [MessageKind, ...MessageKind[]]).describe("What is asked of the meter."),
        request: whole(1, REQUEST_MAX).describe("Number of the request."),
        counter: whole(1, COUNTER_MAX).describe("Message counter of this direction."),
        body: hex(0, BODY_MAX_BYTES).describe("As firmware/radio/message.ts has it."),
      })
      .optional()
      .describe("A message to this meter, sealed with its master key."),
    signed: hex(1, CONTENT_MAX_BYTES)
      .optional()
      .describe("A signed message (curbstop tariff sign), cut into the fragments of a carousel."),
  })
  .describe("Frames that are made before the run; one of the fields.");

const onlyTrue = z.literal(true, { error: "must be true" });

export const expectationSchema = z
  .strictObject({
    field: z.enum([...NUMBER_FIELDS, ...TEXT_FIELDS]).describe("A field of the view."),
    is: z
      .union([z.int(), z.string().regex(/^[\x20-\x7e]{1,120}$/)], { error: "must be a whole number or a text" })
      .optional()
      .describe("The value it must have: a number or a text, as the field is."),
    min: z.int().optional().describe("The least it may be (number fields)."),
    max: z.int().optional().describe("The most it may be (number fields)."),
  })
  .describe("What a field of the view must be at that moment: `is`, or `min`, `max` or both.");

const draw = z.strictObject({
  flow_l_h: whole(-1_000_000, 1_000_000).describe("Flow of the open tap in litres an hour; negative runs backward."),
  duration_s: whole(1, RUN_MAX_S).describe("How long it is open, in seconds."),
});

const off_ms = whole(0, RUN_MAX_S * 1000).describe("How long the meter is without power, in milliseconds.");

const verbs = {
  commission: z
    .strictObject({ opening_milli: whole(0, CREDIT_MAX_MILLI).describe("Opening credit.") })
    .describe("Commissions the meter (only with `commissioned`: false)."),
  credit: z
    .strictObject({
      sequence: whole(1, SEED_MAX).describe("Number of the credit; one taken before is not taken again."),
      amount_milli: whole(1, CREDIT_MAX_MILLI).describe("What is added."),
    })
    .describe("A top-up as an authenticated carrier hands it to the ledger."),
  tariff: tariffSchema.describe("A tariff as an authenticated carrier brings it; in force at once without `start`."),
  lock: z.boolean().describe("Remote lock of the valve on or off."),
  clear_tamper: onlyTrue.describe("An authorised technician clears the tamper latch."),
  flow: z
    .strictObject({ volume_ml: whole(-FLOW_MAX_ML, FLOW_MAX_ML).describe("Millilitres; negative runs backward.") })
    .describe("Water is asked for in this instant."),
  draw: draw.describe("A tap is open for a while; draws add up."),
  household: z.boolean().describe("The built-in household's demand on or off."),
  keys: z
    .string()
    .regex(/^[0-9*#]{1,40}$/, "must be 1 to 40 of the keys 0-9 * #")
    .describe("Keys pressed one after another."),
  token: tokenStep,
  tamper: z
    .strictObject({
      input: z.enum(["case", "magnet", "reader"]).describe("Which input."),
      active: z.boolean().describe("Whether it is active from now on."),
    })
    .describe("A tamper input changes."),
  sensor: z
    .strictObject({
      empty: z.boolean().optional().describe("Air instead of water in the tube."),
      cut: z.boolean().optional().describe("The sensor's cable is cut."),
      jump_pulses: whole(1, 2 ** 32)
        .optional()
        .describe("The counter jumps forward without water (interference)."),
      deaf: z
        .boolean()
        .optional()
        .describe("The engine has lost its watch of the sensor: it counts on, and no one is told; false: it is back."),
    })
    .describe("A fault of the flow sensor; one of the fields."),
  valve: z
    .strictObject({
      stuck: z.boolean().optional().describe("The motor runs, the valve stays."),
      slow: z.boolean().optional().describe("Travel takes longer than it should."),
      lying: z.boolean().optional().describe("The end switches keep their last position."),
      leak_l_h: whole(0, 100_000).optional().describe("Flow that passes the closed valve."),
    })
    .describe("A fault of the valve; one of the fields."),
  battery_mv: whole(0, 10_000).describe("Supply voltage from now on."),
  brown_out: z.boolean().describe("The brown-out warning comes, or goes."),
  power_cut: z
    .strictObject({ off_ms })
    .describe("The power fails without a warning; the firmware boots again when it is back."),
  watchdog_reset: z.strictObject({ off_ms }).describe("The watchdog resets the meter, which is told so at its boot."),
  nvm: z
    .strictObject({
      wear: z
        .strictObject({
          sector: whole(0, 255).describe("Number of the sector, from 0; one that the part has."),
          operation: z.enum(["program", "erase"]).describe("What no longer has an effect."),
        })
        .optional()
        .describe("A sector is worn out: programs or erases are without effect, and no one says so."),
      low: z.boolean().optional().describe("The supply is too low for the memory to be programmed or erased."),
      reads: z
        .enum(["right", "noisy", "empty"])
        .optional()
        .describe("What reads bring while it is: the bytes, wrong bits, or nothing."),
    })
    .describe("A fault of the memory; one of the fields."),
  clock: z
    .strictObject({
      set: instant("What the clock is set to").optional(),
      jump_s: whole(-SEED_MAX, SEED_MAX).optional().describe("How far the clock jumps, in seconds."),
      lost: onlyTrue.optional().describe("The clock no longer knows the time."),
    })
    .describe("What happens to the meter's clock; one of the fields."),
  service: z
    .string()
    .regex(/^[\x20-\x7e]{1,200}$/, "must be 1 to 200 printable ASCII characters")
    .describe("A line typed at the service port."),
  card: z
    .strictObject({
      in: z
        .union([hex(4, 10), cardOfImage], { error: 'must be a UID in hexadecimal or an object with "image"' })
        .optional()
        .describe(
          "The card that enters the field: one that no application knows, by its UID, or one of an image file.",
        ),
      out: onlyTrue.optional().describe("The card leaves."),
      pull_after: z
        .strictObject({
          bytes: whole(0, CARD_BYTES_MAX).describe("Bytes that cross the air until then, both ways together."),
          done: z
            .boolean()
            .default(false)
            .describe("Right between a command and its answer: whether the card has carried the command out."),
        })
        .optional()
        .describe("The card that is there is pulled so many bytes from now."),
      spoil: onlyTrue.optional().describe("One bit of the next answer that has data is wrong."),
      slow_ms: whole(0, 60_000).optional().describe("How much more time than it needs a card takes for each answer."),
    })
    .describe("A card enters or leaves, or something is wrong with it; one of the fields."),
  radio: z
    .union([hex(1, 255), radioFrames], {
      error: 'must be a frame in hexadecimal, or an object with "message" or "signed"',
    })
    .describe("A frame arrives at the antenna: as it is, or made for this meter."),
  modem: z.enum(["ok", "duty_cycle", "failed", "silent"]).describe("What comes of frames that are sent from now on."),
  expect: expectationSchema,
};

export const VERBS = Object.keys(verbs) as Verb[];
export type Verb = keyof typeof verbs;

type OptionalVerbs = { [V in Verb]: z.ZodOptional<(typeof verbs)[V]> };
const optionalVerbs = Object.fromEntries(
  Object.entries(verbs).map(([verb, shape]) => [verb, shape.optional()]),
) as OptionalVerbs;

export const stepSchema = z
  .strictObject({ at: time.describe("When, counted from the start."), ...optionalVerbs })
  .meta({ description: "One thing that happens: `at` and exactly one verb.", minProperties: 2, maxProperties: 2 });

const START_WORDS = 'must be a time such as "2019-03-01T08:00:00+01:00", whole seconds since 1970, "flow" or null';
const start = z.union([isoTime(START_WORDS), whole(86_400, 68_719_476_735), z.literal("flow"), z.null()], {
  error: START_WORDS,
});

export const scenarioSchema = z
  .strictObject({
    $schema: z.string().optional().describe("Where editors find the JSON Schema; ignored by the run."),
    name: z.string().min(1).max(80).describe("Name in a few words."),
    description: z.string().min(1).describe("What it shows, and how the expected figures come about."),
    seed: whole(0, SEED_MAX).default(1).describe("Seed of everything random."),
    start: start.describe(
      'When the meter boots: ISO 8601 with offset, seconds since 1970-01-01 UTC, "flow" for the last whole hour ' +
        "before the first row of the flow CSV, or null for a clock that is not set.",
    ),
    meter: meterSchema.prefault({}),
    tariff: tariffSchema.describe("The tariff at boot."),
    commissioned: z.boolean().default(true).describe("Whether the meter is commissioned at the start."),
    opening_credit_milli: whole(0, CREDIT_MAX_MILLI).default(0).describe("Opening credit at commissioning."),
    household: z.boolean().default(false).describe("Whether the built-in household draws water from the start."),
    flow: z
      .string()
      .min(1)
      .optional()
      .describe("Flow CSV (`epoch_s,flow_ml`, plain or gzip), relative to this file; --flow takes another."),
    steps: z.array(stepSchema).max(STEPS_MAX).default([]).describe("What happens, in time order."),
    expect: z.array(expectationSchema).max(200).default([]).describe("What must hold at the end."),
    end: z
      .union([time, z.literal("flow")], { error: `${TIME_WORDS}, or "flow"` })
      .describe('When the run ends, from the start; "flow" for one second after the last row of the flow CSV.'),
  })
  .describe("A scenario of the Curbstop simulator.");

export type Scenario = z.output<typeof scenarioSchema>;
export type Step = Scenario["steps"][number];
export type Expectation = z.output<typeof expectationSchema>;

/** The JSON Schema of scenario files, as text ready to be written. */
export function scenarioJsonSchema(): string {
  return JSON.stringify(z.toJSONSchema(scenarioSchema, { io: "input" }), null, 2) + "\n";
}
