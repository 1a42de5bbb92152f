/**
 * Shapes of the parts that stay the same through a scenario: the meter with its twins, and a tariff.
 *
 * Defaults are those of a DN15 household meter in Rome, so that a scenario names only what it is about. Every field has
 * a description: the JSON Schema that editors use is made from here (`curbstop sim schema`).
 */
import { PAYGO_UNIT_MAX } from "../../firmware/token/settings";
import { z } from "zod";
import { FLOW_MAX_L_H } from "../../firmware/metrology/flow";
import { PULSE_TERM_MAX } from "../../firmware/metrology/register";
import { BLOCKS_MAX, PRICE_MAX_MILLI } from "../../firmware/credit/tariff";
import {
  COUNT_WRAP_MAX,
  CREDIT_SETTING_MAX_MILLI,
  DUTY_PERIOD_MAX_S,
  DUTY_PERIOD_MIN_S,
  DUTY_TURN_MIN_S,
  HOLIDAYS_MAX,
  LIFELINE_DAILY_MAX_L,
  STEP_MAX_L,
  STEP_MIN_L,
  SUPPLY_MAX_MV,
} from "../../firmware/settings";
import { INTERVAL_MAX_S, INTERVAL_MIN_S, LISTEN_MAX_S } from "../../firmware/radio/radio_settings";
import { GROUP_MAX } from "../../firmware/radio/signed_content";
import { NVM_DEFAULT, NVM_GEOMETRIES } from "../twins/nvm_parts";

const NVM_NAMES = NVM_GEOMETRIES.map((part) => part.name);

/** Calendar boundaries are looked at every quarter of an hour, so they must lie on one. */
export const QUARTER_MINUTES = 15;

export const whole = (minimum: number, maximum: number) => z.int().min(minimum).max(maximum);

const INSTANT_WORDS = 'must be a time such as "2019-03-01T08:00:00+01:00" or whole seconds since 1970-01-01 UTC';

/** A moment of the calendar, as people or as programs write it. */
export const isoTime = (error: string) => z.iso.datetime({ offset: true, precision: 0, error });

export const instant = (what: string) =>
  z
    .union([isoTime(INSTANT_WORDS), whole(0, 68_719_476_735)], { error: INSTANT_WORDS })
    .describe(`${what}: ISO 8601 with offset (whole seconds), or seconds since 1970-01-01 UTC.`);

export const minuteOfDay = (what: string) =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):(00|15|30|45)$/, 'must be a quarter of an hour such as "07:30"')
    .describe(`${what}, local time, on a quarter of an hour ("07:30").`);

const dstChange = (what: string) =>
  z
    .strictObject({
      month: whole(1, 12).describe("Month, 1 to 12."),
      week: whole(1, 5).describe("Which one of that weekday in the month; 5 is the last."),
      weekday: whole(0, 6).describe("Day of the week, 0 is Sunday."),
      time: minuteOfDay("Time of the change on the clock that it ends"),
    })
    .describe(what);

const timeZone = z
  .strictObject({
    utc_offset_min: whole(-720, 840)
      .multipleOf(QUARTER_MINUTES)
      .default(60)
      .describe("Standard time minus UTC in minutes, a multiple of 15."),
    daylight_saving: z
      .strictObject({
        shift_min: whole(QUARTER_MINUTES, 120)
          .multipleOf(QUARTER_MINUTES)
          .default(60)
          .describe("How far clocks are put forward, in minutes."),
        start: dstChange("When clocks are put forward."),
        end: dstChange("When clocks are put back."),
      })
      .nullable()
      .default({
        shift_min: 60,
        start: { month: 3, week: 5, weekday: 0, time: "02:00" },
        end: { month: 10, week: 5, weekday: 0, time: "03:00" },
      })
      .describe("Daylight-saving rule; null for none."),
  })
  .describe("Local time: where days and months begin, and friendly hours.");

export const friendlyHours = z
  .strictObject({
    from: minuteOfDay("Supply is not cut from this time on").default("00:00"),
    to: minuteOfDay("until this time; may be on the next day, the same as `from` for none").default("00:00"),
    weekends: z.boolean().default(false).describe("Whether Saturdays and Sundays are friendly as a whole."),
    holidays: z
      .array(z.iso.date({ error: 'must be a date such as "2019-12-25"' }))
      .max(HOLIDAYS_MAX)
      .default([])
      .describe("Local days that are friendly as a whole."),
  })
  .describe("Hours in which supply is not cut for want of credit.");

export const lifeline = z
  .discriminatedUnion(
    "kind",
    [
      z.strictObject({ kind: z.literal("none") }),
      z.strictObject({
        kind: z.literal("daily_allowance"),
        daily_l: whole(1, LIFELINE_DAILY_MAX_L).describe(
          "Litres a local day that flow without credit and cost nothing.",
        ),
      }),
      z.strictObject({
        kind: z.literal("flow_limit"),
        open_s: whole(DUTY_TURN_MIN_S, DUTY_PERIOD_MAX_S).describe("How long the valve is open in each period."),
        period_s: whole(DUTY_PERIOD_MIN_S, DUTY_PERIOD_MAX_S).describe(
          `Length of a period; at least ${DUTY_TURN_MIN_S} s longer than \`open_s\`.`,
        ),
      }),
    ],
    { error: 'must have a "kind": "none", "daily_allowance" or "flow_limit"' },
  )
  .describe("What is left to a household without credit.");

const sensor = z
  .strictObject({
    wrap: whole(256, COUNT_WRAP_MAX).default(65_536).describe("Modulus of the sensor's counters."),
    start: whole(0, COUNT_WRAP_MAX - 1)
      .default(0)
      .describe("Where both counters stand at the first boot; below `wrap`."),
    keeps: z
      .boolean()
      .default(false)
      .describe("Whether the counters go on while the meter is off; otherwise they restart at 0 at boot."),
  })
  .describe("The flow sensor twin.");

const pulse = z
  .strictObject({
    litres: whole(1, PULSE_TERM_MAX).describe("Litres in so many pulses."),
    pulses: whole(1, PULSE_TERM_MAX).describe("Pulses in so many litres."),
  })
  .describe("Volume of a pulse as the fraction litres / pulses; 1/1 is one pulse a litre.");

const listening = z
  .strictObject({
    at: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day such as "02:10"')
      .describe("When the daily window opens, local time."),
    seconds: whole(1, LISTEN_MAX_S).describe("How long it is open."),
  })
  .describe("The daily window for what is sent to many meters.");

const publicKey = z.string().regex(/^([0-9a-f]{104}|[0-9a-f]{120})$/i, "must be 104 or 120 hexadecimal digits");

export const radioSchema = z
  .strictObject({
    interval_s: whole(INTERVAL_MIN_S, INTERVAL_MAX_S).default(3600).describe("Time between two reports."),
    master_key: z
      .string()
      .regex(/^[0-9a-f]{32}$/i, "must be 32 hexadecimal digits")
      .describe("Master key of this meter for telegrams and messages."),
    region_key: publicKey
      .optional()
      .describe("Public key of the region; without it the meter takes no signed message."),
    region_key_revision: whole(1, 255).default(1).describe("Revision of that key."),
    region_key_next: publicKey.optional().describe("Public key of the next revision, for when this one is lost."),
    group: whole(0, GROUP_MAX).default(0).describe("Group that a signed message may name; 0 for none."),
    listen: listening.optional(),
  })
  .describe("The meter's radio.");

const hexKey = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), `must be ${digits} hexadecimal digits`);

const tokens = z
  .strictObject({
    mode: z
      .enum(["currency", "volume"])
      .default("currency")
      .describe("Whether the meter keeps money, or litres; then its tariff is one block of 1000 without a limit."),
    key: hexKey(32)
      .or(hexKey(16))
      .optional()
      .describe("Decoder key: 32 hexadecimal digits for EA11, 16 for EA07; never one that is in use."),
    key_type: whole(0, 2).default(2).describe("Key type: 0 initial, 1 the region's default, 2 the meter's own."),
    key_revision: whole(1, 9).default(1).describe("Key revision number."),
    tariff_index: whole(0, 99).default(1).describe("Tariff index."),
    key_expiry: whole(0, 255).default(255).describe("Key expiry number; 255 for never."),
    first_tid: whole(0, 2 ** 24 - 1)
      .default(0)
      .describe("TID of the day on which the meter was made."),
    paygo_key: hexKey(32).optional().describe("Key of OpenPAYGO tokens."),
    paygo_start: whole(0, 999_999_999).default(0).describe("Starting code of OpenPAYGO tokens."),
    paygo_unit: whole(1, PAYGO_UNIT_MAX)
      .default(1)
      .describe("What one of an OpenPAYGO token's value brings: litres, or 10^-5 currency units."),
    repay_permille: whole(1, 1000).default(1000).describe("Share of a credit that repays emergency credit first."),
  })
  .describe("What the meter knows of tokens (firmware/token/settings.ts).");

export type TokensOfMeter = z.output<typeof tokens>;

export const meterSchema = z
  .strictObject({
    meter_number: z
      .string()
      .regex(/^\d{1,18}$/, "must be 1 to 18 digits")
      .default("600100000000000017")
      .describe("Printed number of the meter, up to 18 digits."),
    region: z
      .string()
      .regex(/^\d{6}$/, "must be six digits")
      .default("600100")
      .describe("Supply group code, six digits."),
    transport_key: z
      .string()
      .regex(/^[0-9a-f]{32}$/i, "must be 32 hexadecimal digits")
      .optional()
      .describe("Key that a commissioning card must know; without it the meter takes none."),
    standpipe_step_l: whole(STEP_MIN_L, STEP_MAX_L)
      .optional()
      .describe("Litres of a step that a purse pays ahead at a standpipe; without it the meter is a household's."),
    radio: radioSchema.optional(),
    pulse: pulse.default({ litres: 1, pulses: 1 }),
    q3_l_h: whole(1, FLOW_MAX_L_H).default(2500).describe("Permanent flow rate Q3 in litres an hour."),
    burst_permille: whole(1, 1000).default(300).describe("Share of Q3 above which flow counts towards BURST."),
    flow_max_l_h: whole(1, FLOW_MAX_L_H)
      .default(6250)
      .describe("More than this cannot come through the pipe and is not billed."),
    time_zone: timeZone.prefault({}),
    low_credit_milli: whole(0, CREDIT_SETTING_MAX_MILLI)
      .default(200_000)
      .describe("At or below this balance the customer is warned."),
    emergency_milli: whole(0, CREDIT_SETTING_MAX_MILLI).default(0).describe("Credit lent once on request; 0 for none."),
    tokens: tokens.optional(),
    friendly_hours: friendlyHours.prefault({}),
    lifeline: lifeline.default({ kind: "none" }),
    battery_empty_mv: whole(0, SUPPLY_MAX_MV)
      .default(3000)
      .describe("Below this supply voltage the valve is shut while there is energy to do it."),
    tamper_shuts: z.boolean().default(true).describe("Whether an open case or a magnet shuts the valve."),
    sensor: sensor.prefault({}),
    valve_travel_ms: whole(1, 60_000).default(800).describe("How long the valve twin takes from end to end."),
    battery_mv: whole(0, 10_000).default(3600).describe("Supply voltage at boot."),
    clock_keeps: z.boolean().default(true).describe("Whether the clock goes on while the meter is off, or is lost."),
    nvm: z.enum(NVM_NAMES).default(NVM_DEFAULT).describe("The memory that the meter has."),
  })
  .describe("Settings of the meter and its twins; what is left out is that of a DN15 household meter.");

export const block = z.strictObject({
  up_to_l: whole(1, 1_000_000_000)
    .optional()
    .describe("Litres of the month, counted from its first, up to which the price holds; left out of the last block."),
  price_milli: whole(0, PRICE_MAX_MILLI).describe("Price of a cubic metre, 10^-5 currency units; 0 is free."),
});

export const tariffSchema = z
  .strictObject({
    id: whole(1, 2_147_483_647).describe("Number of the tariff; the view's field `tariff` shows the one in force."),
    start: instant("When it comes into force").optional(),
    standing_milli: whole(0, PRICE_MAX_MILLI)
      .default(0)
      .describe("Standing charge at each local midnight, 10^-5 currency units."),
    blocks: z
      .array(block)
      .min(1)
      .max(BLOCKS_MAX)
      .describe("Block prices by monthly consumption; limits strictly increasing, none on the last."),
  })
  .describe("A tariff. Money is whole numbers of 10^-5 currency units: 100000 is one euro.");

export type Meter = z.output<typeof meterSchema>;
export type ScenarioTariff = z.output<typeof tariffSchema>;
