/**
 * What our meter says to its gateway (firmware/radio/uplink.ts), in records of the maker's own:
 *
 *   04 FF 21  answer: request 3 and what came of it 1, low byte first; as many as there are
 *   06 FF 22  verdict: what came of the signed content that was judged last 1, a zero, its version 4
 *
 * and names for what came of it (firmware/radio/radio_results.ts): those of a voucher begin with CREDIT, of a token with
 * TOKEN, of a signed content that was refused with SIGNED, of a firmware update with UPDATE (update/update_results.ts).
 */
import { CARD_RESULTS } from "../../firmware/card/results";
import {
  CREDIT_FIRST,
  RADIO_RESULTS,
  SIGNED_FIRST,
  SIGNED_REFUSALS,
  TOKEN_FIRST,
} from "../../firmware/radio/radio_results";
import { TOKEN_RESULTS } from "../../firmware/token/results";
import { UPDATE_FIRST, UPDATE_RESULTS } from "../../firmware/update/update_results";
import { hex } from "../hex";
import type { Fields } from "./fields";
import type { DataRecord } from "./records";

const ANSWER_HEAD = "04FF21";
const VERDICT_HEAD = "06FF22";

export interface Answer {
  readonly request: number;
  readonly code: number;
}

export interface Verdict {
  readonly version: number;
  readonly code: number;
}

/** The number in a record's bytes, low byte first. */
function lowFirst(bytes: readonly number[]): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

function valuesOf(records: readonly DataRecord[], head: string): number[][] {
  return records.filter((record) => hex(record.head) === head).map(({ bytes }) => bytes);
}

/** Answers in their order: the newest request last. */
export function answersOf(records: readonly DataRecord[]): Answer[] {
  return valuesOf(records, ANSWER_HEAD).map((bytes) => ({ request: lowFirst(bytes.slice(0, 3)), code: bytes[3] }));
}

export function verdictOf(records: readonly DataRecord[]): Verdict | undefined {
  const bytes = valuesOf(records, VERDICT_HEAD).at(-1);
  return bytes === undefined ? undefined : { version: lowFirst(bytes.slice(2, 6)), code: bytes[0] };
}

const RANGES: readonly { first: number; names: readonly string[]; front: string }[] = [
  { first: 0, names: RADIO_RESULTS, front: "" },
  { first: CREDIT_FIRST, names: CARD_RESULTS, front: "CREDIT_" },
  { first: TOKEN_FIRST, names: TOKEN_RESULTS, front: "TOKEN_" },
  { first: SIGNED_FIRST, names: SIGNED_REFUSALS, front: "SIGNED_" },
  { first: UPDATE_FIRST, names: UPDATE_RESULTS, front: "UPDATE_" },
];

/** The name of a code; undefined for one that no firmware of today says. */
export function resultName(code: number): string | undefined {
  for (const { first, names, front } of RANGES) {
    const name = names[code - first] as string | undefined;
    if (name !== undefined) return front + name.toUpperCase();
  }
  return undefined;
}

/** Fields of answers and verdict; a code without a name is shown as wmbusmeters does, by its place in the record. */
export function putAnswerFields(fields: Fields, records: readonly DataRecord[]): void {
  answersOf(records).forEach(({ request, code }, place) => {
    const name = place === 0 ? "answer" : `answer_${place + 1}`;
    fields[name] = resultName(code) ?? `ANSWER_${code.toString(16).toUpperCase()}000000`;
    fields[`${name}_request_nr`] = request;
  });
  const verdict = verdictOf(records);
  if (verdict === undefined) return;
  fields.verdict = resultName(verdict.code) ?? `VERDICT_${verdict.code.toString(16).toUpperCase()}`;
  fields.verdict_version_nr = verdict.version;
}
