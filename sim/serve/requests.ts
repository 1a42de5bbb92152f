/**
 * Checks what a page sends before anything is done with it (messages.ts). A step is checked as one of a scenario file
 * is, and cards come from the tray alone, never from a path.
 */
import { z } from "zod";
import { parseScenario } from "../scenario/load";
import { stepSchema } from "../scenario/schema";
import { UserError } from "../scenario/user_error";
import { CREDIT_MAX_MILLI } from "../../firmware/credit/ledger";
import { BLOCKS_MAX, PRICE_MAX_MILLI } from "../../firmware/credit/tariff";
import { START_MAX_UTC_S, VERSION_MAX } from "../../firmware/radio/signed_content";
import { MANNERS, TOKEN_USES } from "./desk";
import { INSPECT_MAX_CHARACTERS } from "./inspector";
import type { Request, StepBody } from "./messages";

/** Of a message; a scenario as text is the longest. */
export const MESSAGE_MAX_BYTES = 1_048_576;
const SPEED_MAX = 1_000_000;
const ADVANCE_MAX_MS = 31 * 86_400_000;
const STEPS_MAX = 20;
const PULL_MAX_BYTES = 100_000;
const TAP_MAX_L_H = 100_000;
/** As long as a token's reason may be. */
const REASON_MAX = 100;
/** A key with spaces between its digits. */
const KEY_MAX_CHARACTERS = 100;
/** Verbs that hand something to the meter as if a carrier had proved it: the page has no such carrier. */
const NOT_FROM_A_PAGE: readonly (keyof StepBody)[] = ["commission", "credit", "tariff"];

const tokenOrder = z.strictObject({
  use: z.enum(TOKEN_USES),
  amount: z.int().min(0).max(CREDIT_MAX_MILLI),
  reason: z.string().max(REASON_MAX),
});

/** What the blocks may come to is judged where they are signed. */
const tariffWish = z.strictObject({
  manner: z.enum(MANNERS),
  version: z.int().min(1).max(VERSION_MAX),
  start_local_s: z.int().min(0).max(START_MAX_UTC_S).nullable(),
  standing_milli: z.int().min(0).max(PRICE_MAX_MILLI),
  blocks: z
    .array(
      z.strictObject({
        up_to_l: z.int().min(1).nullable(),
        price_milli: z.int().min(0).max(PRICE_MAX_MILLI),
      }),
    )
    .min(1)
    .max(BLOCKS_MAX),
});

const requestSchema = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("speed"), speed: z.number().min(0).max(SPEED_MAX).nullable() }),
  z.strictObject({ do: z.literal("advance"), by_ms: z.int().min(1).max(ADVANCE_MAX_MS) }),
  z.strictObject({ do: z.literal("next_event") }),
  z.strictObject({ do: z.literal("act"), steps: z.array(z.looseObject({})).min(1).max(STEPS_MAX) }),
  z.strictObject({ do: z.literal("tap"), flow_l_h: z.int().min(-TAP_MAX_L_H).max(TAP_MAX_L_H) }),
  z.strictObject({
    do: z.literal("card"),
    card: z.string().max(100),
    copy: z.boolean(),
    pull_bytes: z.int().min(0).max(PULL_MAX_BYTES).nullable(),
  }),
  z.strictObject({ do: z.literal("flow_csv"), name: z.string().min(1).max(200), text: z.string() }),
  z.strictObject({ do: z.literal("sell_card"), amount_milli: z.int().min(1).max(CREDIT_MAX_MILLI) }),
  z.strictObject({ do: z.literal("issue_token"), order: tokenOrder }),
  z.strictObject({ do: z.literal("push_tariff"), wish: tariffWish }),
  z.strictObject({ do: z.literal("snapshot") }),
  z.strictObject({ do: z.literal("restore"), snapshot: z.int().min(0) }),
  z.strictObject({ do: z.literal("record"), name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/) }),
  z.strictObject({ do: z.literal("load"), scenario: z.string().max(200) }),
  z.strictObject({ do: z.literal("load_text"), name: z.string().max(200), text: z.string() }),
  z.strictObject({ do: z.literal("reset") }),
  z.strictObject({
    do: z.literal("inspect"),
    text: z.string().max(INSPECT_MAX_CHARACTERS),
    own_keys: z.boolean(),
    key: z.string().max(KEY_MAX_CHARACTERS),
  }),
  z.strictObject({ do: z.literal("bundle") }),
  z.strictObject({ do: z.literal("welcome") }),
  z.strictObject({ do: z.literal("add_meter") }),
]);

const BAD_NAME = "a recording is named by small letters, digits and dashes, at most 40 (choose another name)";

/** A step from a page; it becomes part of a scenario, so the rules of scenario files hold. */
function readStep(value: Record<string, unknown>): StepBody {
  const parsed = stepSchema.safeParse({ ...value, at: 0 });
  if (!parsed.success) throw new UserError("this is no step of a scenario (reload the page)");
  const { at: _at, ...body } = parsed.data;
  if (NOT_FROM_A_PAGE.some((verb) => body[verb] !== undefined)) {
    throw new UserError("credit and tariffs come by card here (put a card into the slot)");
  }
  if (body.card?.in !== undefined) throw new UserError("cards come from the tray (choose one there)");
  // What takes two fields to judge is judged as in a file: exactly one verb, one field of a fault, texts and bounds.
  const around = { name: "step", description: "step", start: null, tariff: { id: 1, blocks: [{ price_milli: 0 }] } };
  const is_leaving = body.card?.out !== undefined || body.card?.pull_after !== undefined;
  const card_before = is_leaving ? [{ at: 0, card: { in: "04112233445566" } }] : [];
  parseScenario("this step", JSON.stringify({ ...around, steps: [...card_before, { at: 0, ...body }], end: 1 }));
  return body;
}

/** A request from the text of a message; throws a UserError with one line. */
export function readRequest(text: string): Request {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError("this message is not JSON (reload the page)");
  }
  const parsed = requestSchema.safeParse(value);
  if (!parsed.success) {
    const is_record = (value as { do?: unknown } | null)?.do === "record";
    throw new UserError(is_record ? BAD_NAME : "this message is of no kind that is known (reload the page)");
  }
  const request = parsed.data;
  return request.do === "act" ? { do: "act", steps: request.steps.map(readStep) } : request;
}
