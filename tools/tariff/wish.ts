/**
 * What a person writes to have a signed message made (firmware/radio/signed.ts), as JSON. Fields that scenarios have too
 * are written as there; what is left out is not in the message, and meters keep what they have of it.
 *
 *   {"region": "600100", "version": 8, "start": "2027-01-01T00:00:00+01:00",
 *    "tariff": {"standing_milli": 10000, "blocks": [{"up_to_l": 5000, "price_milli": 120000}, {"price_milli": 480000}]}}
 */
import { z } from "zod";
import { NO_LIMIT_L, type Tariff } from "../../firmware/credit/tariff";
import { BLOCKS_MAX, PRICE_MAX_MILLI } from "../../firmware/credit/tariff";
import {
  GROUP_MAX,
  START_MAX_UTC_S,
  UTILITY_MAX,
  VERSION_MAX,
  contentFault,
  type Friendly,
  type Lifeline,
  type SignedContent,
} from "../../firmware/radio/signed_content";
import { CREDIT_SETTING_MAX_MILLI, DUTY_TURN_MIN_S, HOLIDAYS_MAX } from "../../firmware/settings";
import { loadForm, parseForm, type Form } from "../../sim/scenario/load";
import { tariffProblems, type Problem } from "../../sim/scenario/rules";
import { block, friendlyHours, isoTime, lifeline, whole } from "../../sim/scenario/settings_schema";
import { dayNumber, instantUtcS, minuteOfDay } from "../../sim/scenario/times";
import { SIGNING_REVISION_MAX, isMeter } from "../keys/names";

const tariff = z.strictObject({
  standing_milli: whole(0, PRICE_MAX_MILLI).default(0),
  blocks: z.array(block).min(1).max(BLOCKS_MAX),
});

const scope = z.union(
  [
    z.literal("all"),
    z.strictObject({ group: whole(1, GROUP_MAX) }),
    z.strictObject({ meter: z.string().refine(isMeter, "must be 18 digits, the last a check digit") }),
  ],
  { error: 'must be "all", {"group": 1 to 65535} or {"meter": "18 digits, the last a check digit"}' },
);

const START_WORDS = 'must be "now" or a time such as "2027-01-01T00:00:00+01:00"';

const wishSchema = z.strictObject({
  utility: whole(0, UTILITY_MAX).default(1),
  region: z.string().regex(/^\d{6}$/, "must be six digits"),
  signing_key: whole(1, SIGNING_REVISION_MAX).default(1),
  version: whole(1, VERSION_MAX),
  start: z.union([z.literal("now"), isoTime(START_WORDS), whole(0, START_MAX_UTC_S)], { error: START_WORDS }),
  scope: scope.default("all"),
  tariff: tariff.optional(),
  friendly_hours: friendlyHours.omit({ holidays: true }).optional(),
  holidays: z
    .array(z.iso.date({ error: 'must be a date such as "2027-12-25"' }))
    .max(HOLIDAYS_MAX)
    .optional(),
  lifeline: lifeline.optional(),
  emergency_milli: whole(0, CREDIT_SETTING_MAX_MILLI).optional(),
});
export type Wish = z.output<typeof wishSchema>;

const PARTS = ["tariff", "friendly_hours", "holidays", "lifeline", "emergency_milli"] as const;

function wishProblems(wish: Wish): Problem[] {
  const problems: Problem[] = [];
  if (PARTS.every((part) => wish[part] === undefined)) {
    problems.push({ path: [], message: `says nothing (give at least one of ${PARTS.join(", ")})` });
  }
  if (wish.tariff !== undefined) {
    problems.push(...tariffProblems({ id: wish.version, ...wish.tariff }, ["tariff"]));
  }
  const rule = wish.lifeline;
  if (rule?.kind === "flow_limit" && rule.open_s > rule.period_s - DUTY_TURN_MIN_S) {
    const message = `must be at most period_s - ${DUTY_TURN_MIN_S}, ${rule.period_s - DUTY_TURN_MIN_S}`;
    problems.push({ path: ["lifeline", "open_s"], message });
  }
  const days = wish.holidays ?? [];
  if (new Set(days).size < days.length) problems.push({ path: ["holidays"], message: "has a date twice" });
  return problems;
}

const WISH: Form<Wish> = { name: "message", schema: wishSchema, problems: wishProblems };

function tariffOf(wish: Wish, start_utc_s: number): Tariff | undefined {
  if (wish.tariff === undefined) return undefined;
  const { standing_milli, blocks } = wish.tariff;
  return {
    ...{ id: wish.version, start_utc_s, standing_milli },
    limits_l: blocks.map(({ up_to_l }) => up_to_l ?? NO_LIMIT_L),
    prices_milli: blocks.map(({ price_milli }) => price_milli),
  };
}

function friendlyOf({ friendly_hours }: Wish): Friendly | undefined {
  if (friendly_hours === undefined) return undefined;
  const { from, to, weekends } = friendly_hours;
  return { from_minute: minuteOfDay(from), to_minute: minuteOfDay(to), weekends };
}

function lifelineOf({ lifeline: rule }: Wish): Lifeline | undefined {
  if (rule === undefined) return undefined;
  return {
    kind: rule.kind,
    daily_l: rule.kind === "daily_allowance" ? rule.daily_l : 0,
    open_s: rule.kind === "flow_limit" ? rule.open_s : 0,
    period_s: rule.kind === "flow_limit" ? rule.period_s : 0,
  };
}

/** The content of a message as it is wished for. */
export function contentOfWish(wish: Wish): SignedContent {
  const start_utc_s = wish.start === "now" ? 0 : instantUtcS(wish.start);
  const { scope: to } = wish;
  return {
    utility: wish.utility,
    region: wish.region,
    key_revision: wish.signing_key,
    version: wish.version,
    start_utc_s,
    scope: to === "all" ? "all" : "group" in to ? "group" : "meter",
    group: to !== "all" && "group" in to ? to.group : 0,
    meter: to !== "all" && "meter" in to ? to.meter : "",
    tariff: tariffOf(wish, start_utc_s),
    friendly: friendlyOf(wish),
    holidays: wish.holidays?.map(dayNumber).sort((one, other) => one - other),
    lifeline: lifelineOf(wish),
    emergency_milli: wish.emergency_milli,
  };
}

const JUDGED: Form<Wish> = {
  ...WISH,
  problems: (wish) => {
    const problems = wishProblems(wish);
    const fault = problems.length > 0 ? "" : contentFault(contentOfWish(wish));
    return fault === "" ? problems : [{ path: [], message: `no meter could live by its ${fault}` }];
  },
};

/** Reads a wish; throws a UserError with one line. */
export function loadWish(file: string): SignedContent {
  return contentOfWish(loadForm(file, JUDGED));
}

/** The same from text; `name` is how messages call it. */
export function contentOfText(name: string, text: string): SignedContent {
  return contentOfWish(parseForm(name, text, JUDGED));
}
