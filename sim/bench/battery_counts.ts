/**
 * What a battery's life is made of on the meter's side, counted on Espruino in one go: instructions of a litre, of an hour
 * in which nothing happens, of an hour's telegram, of a top-up by card and of a signed message's verification; and the
 * bytes of the telegram. With the interpreter's own AES, memory and CRC-32, as on a board (card_session.ts).
 *
 * Each is the difference of runs that differ in nothing else, so the start and the simulator's own events that both have
 * fall out; what the twins spend on a pulse or a telegram stays in, and makes the figures rather too high.
 */
import { compileScenario } from "../scenario/compile";
import { scenarioSchema } from "../scenario/schema";
import { openWorld, runUntil } from "../world/main";
import { meterCounter, topUpCardTimeUs, topUpInstructions } from "./card_session";
import type { Measured } from "./espruino_cost";
import { lmsVerificationCost } from "./lms_cost";

const HOUR_S = 3600;
const FEW_HOURS = 2;
const MORE_HOURS = 26;
const FEW_LITRES = 100;
const MORE_LITRES = 400;
/** So long that the longer draw fits. */
const DRAW_END_S = 2 * HOUR_S;
/** The parameter set of a region's signing key (tools/lms/names.ts): LMS 11, LM-OTS 8. */
const LMS_TREE_TYPE = 11;
const LMS_OTS_TYPE = 8;

export interface BatteryCounts {
  readonly litre: number;
  readonly idle_hour: number;
  /** Beyond the idle hour: its telegram, the window behind it, the station's own hourly work. */
  readonly telegram_hour: number;
  readonly top_up: number;
  readonly signed_message: number;
  /** Of a card in the field, microseconds. */
  readonly top_up_card_us: number;
  /** Of an hourly telegram in frame format A. */
  readonly telegram_bytes: number;
}

interface Life {
  readonly hours: number;
  readonly radio: boolean;
  readonly litres?: number;
}

function programOf({ hours, radio, litres = 0 }: Life): string[] {
  const scenario = scenarioSchema.parse({
    name: "battery",
    description: "A meter that is left alone, or one from which water is drawn.",
    start: 1_551_654_000,
    meter: radio ? { radio: { master_key: "000102030405060708090a0b0c0d0e0f" } } : {},
    tariff: {
      id: 1,
      standing_milli: 10_007,
      blocks: [{ up_to_l: 5000, price_milli: 120_011 }, { price_milli: 480_999 }],
    },
    opening_credit_milli: 10_000_000,
    steps: litres === 0 ? [] : [{ at: 10, draw: { flow_l_h: 600, duration_s: litres * 6 } }],
    end: hours * HOUR_S + 60,
  });
  return [...compileScenario({ scenario, file: "bench", trace: false })];
}

/** Bytes of the last telegram of such a life; on Node, where the air can be listened to. */
function telegramBytes(): number {
  const lines = programOf({ hours: MORE_HOURS, radio: true });
  const world = openWorld({ read_line: () => lines.shift(), write_line: () => undefined });
  let bytes = 0;
  world.radio.on_sent = (frame) => (bytes = frame.length);
  runUntil(world, MORE_HOURS * HOUR_S * 1000);
  if (bytes === 0) throw new Error("the meter of the bench sends no telegram");
  return bytes;
}

/** Counts all of it; some minutes. */
export async function batteryCounts(on_step: (doing: string) => void): Promise<Measured<BatteryCounts>> {
  const counter = await meterCounter();
  if (!("value" in counter)) return counter;
  const count = async (doing: string, life: Life): Promise<number> => {
    on_step(doing);
    return (await counter.value(["cards 0", "go", ...programOf(life)])).instructions;
  };
  const few_idle = await count("idle hours", { hours: FEW_HOURS, radio: false });
  const more_idle = await count("idle hours", { hours: MORE_HOURS, radio: false });
  const few_radio = await count("telegrams", { hours: FEW_HOURS, radio: true });
  const more_radio = await count("telegrams", { hours: MORE_HOURS, radio: true });
  const hours = DRAW_END_S / HOUR_S;
  const few_litres = await count("litres", { hours, radio: false, litres: FEW_LITRES });
  const more_litres = await count("litres", { hours, radio: false, litres: MORE_LITRES });
  on_step("a top-up by card");
  const top_up = await topUpInstructions();
  if (!("value" in top_up)) return top_up;
  on_step("a signed message");
  const signed = await lmsVerificationCost(LMS_TREE_TYPE, LMS_OTS_TYPE);
  if (!("value" in signed)) return signed;
  const spanned_h = MORE_HOURS - FEW_HOURS;
  const idle_hour = (more_idle - few_idle) / spanned_h;
  return {
    value: {
      litre: Math.round((more_litres - few_litres) / (MORE_LITRES - FEW_LITRES)),
      idle_hour: Math.round(idle_hour),
      telegram_hour: Math.round((more_radio - few_radio) / spanned_h - idle_hour),
      top_up: top_up.value,
      signed_message: signed.value.instructions,
      top_up_card_us: topUpCardTimeUs(),
      telegram_bytes: telegramBytes(),
    },
  };
}

/** Steps that `on_step` hears of. */
export const BATTERY_STEPS = 8;
