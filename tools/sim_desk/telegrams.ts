/**
 * Telegrams for a page: taken apart as `curbstop radio decode` does, field by field under their names.
 */
import type { DecodedTelegram } from "../../sim/serve/desk";
import { explanation } from "../radio/explain";
import { fieldsOf } from "../radio/meters";
import { RadioError } from "../radio/radio_error";
import { decodeTelegram as decoded } from "../radio/telegram";

export function decodeTelegram(frame: readonly number[], key: readonly number[]): DecodedTelegram {
  try {
    const telegram = decoded([...frame], { key });
    const fields = fieldsOf(telegram);
    const named = Object.entries(fields).filter(([name]) => name !== "_");
    return {
      fields: named.map(([name, value]) => [name, String(value)] as const),
      explanation: explanation(telegram, fields),
    };
  } catch (error) {
    if (!(error instanceof RadioError)) throw error;
    return { fields: [], explanation: error.message };
  }
}
