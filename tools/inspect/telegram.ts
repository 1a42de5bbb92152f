/**
 * A telegram: all of it with the meter's key, or what its outer layers say without one.
 */
import type { MeterKeys } from "../../sim/serve/inspector";
import type { Inspection } from "../../sim/serve/messages";
import { Cursor } from "../radio/cursor";
import { fieldRows, layerRows, linkRows, type Row } from "../radio/explain";
import { readFrame } from "../radio/frame";
import { readExtended, readLink } from "../radio/layers";
import { fieldsOf } from "../radio/meters";
import { RadioError } from "../radio/radio_error";
import { decodeTelegram } from "../radio/telegram";
import { isWired, readWired } from "../radio/wired_telegram";

/** What the outer layers say; nothing where they cannot be read. */
function outerRows(bytes: number[]): Row[] {
  try {
    if (isWired(bytes)) return linkRows(readWired(bytes).layers, "wired");
    const frame = readFrame(bytes, undefined);
    const cursor = new Cursor(frame.content);
    const layers = readLink(cursor);
    readExtended(cursor, layers);
    return linkRows(layers, frame.format);
  } catch (error) {
    if (error instanceof RadioError) return [];
    throw error;
  }
}

function opened(bytes: number[], key: number[] | undefined): Inspection {
  const telegram = decodeTelegram(bytes, { key });
  const { transport, layers } = telegram;
  const sections = [
    { title: "telegram", rows: layerRows(telegram) },
    { title: "fields", rows: fieldRows(fieldsOf(telegram)) },
  ];
  const is_proved = transport.mode === 7 && layers.authentication !== undefined;
  return { kind: "telegram", sections, problem: "", unchecked: is_proved ? [] : ["telegram_origin"] };
}

export function inspectTelegram(bytes: number[], { telegram: key }: MeterKeys): Inspection {
  try {
    return opened(bytes, key);
  } catch (error) {
    if (!(error instanceof RadioError)) throw error;
    const is_closed = error.code === "key_missing";
    return {
      kind: "telegram",
      sections: [{ title: "telegram", rows: outerRows(bytes) }],
      problem: is_closed ? "" : error.message,
      unchecked: is_closed ? ["telegram_content"] : [],
    };
  }
}
