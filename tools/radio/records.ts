/**
 * Records of a telegram (EN 13757-3, clause 6), read one after the other:
 *
 *   DIF [DIFE ...] VIF [VIFE ...] [LVAR] value
 *
 *   DIF    bits 0 to 3 data, 4 and 5 function (now, maximum, minimum, while in error), 6 lowest bit of the storage
 *          number, 7 a DIFE follows; 2F is a filler, 0F and 1F say that all the rest is the maker's own
 *   DIFE   bits 0 to 3 storage, 4 and 5 tariff, 6 subunit, 7 another follows; ten at most
 *   VIF    bit 7 a VIFE follows; FD and FB: the VIFE behind them is the VIF; FC: a text names the quantity; ten at most
 *   VIFE   70 to 77 a factor 10^(n-6), 7D a factor 1000; others change what the value means ("modifiers")
 *
 * What a format frame (CI 69) and compact frames need, DIF to VIFE of each record, is `head`.
 */
import { Cursor } from "./cursor";
import { RadioError } from "./radio_error";
import { fixedLength, fixedValue, variableLength, variableValue, type Value } from "./values";
import { meaningOf, type Meaning } from "./vif";

export const EXTENSIONS_MAX = 10;
const FUNCTIONS = ["now", "maximum", "minimum", "error"] as const;
export type RecordFunction = (typeof FUNCTIONS)[number];

const EXTENDED = 0x80;
const FILLER = 0x2f;
const MAKER_DATA = [0x0f, 0x1f];
const LVAR_FIELD = 0x0d;
const SPECIAL_FIELD = 0x0f;
const VIF_TEXT = 0x7c;
const TEXT_MAX_BYTES = 64;

export interface DataRecord extends Meaning {
  /** DIF to VIFE. */
  readonly head: number[];
  readonly function: RecordFunction;
  readonly storage: number;
  readonly tariff: number;
  readonly subunit: number;
  /** VIFEs without their extension bits; of FD and FB, without the VIF itself. */
  readonly modifiers: number[];
  /** Name of the quantity, where the meter spells it out (VIF FC). */
  readonly name: string;
  readonly value: Value;
  /** Of the value alone. */
  readonly bytes: number[];
}

export interface Records {
  readonly records: DataRecord[];
  /** Behind 0F or 1F: the maker's own. */
  readonly maker_data: number[];
}

/** DIF to VIFE, and what they say of the value. */
export interface Head {
  readonly bytes: number[];
  readonly data_field: number;
  readonly function: RecordFunction;
  readonly storage: number;
  readonly tariff: number;
  readonly subunit: number;
  readonly meaning: Meaning;
  readonly modifiers: number[];
  readonly name: string;
}

/** A byte and the extensions that its top bit announces. */
function chain(cursor: Cursor, what: string): number[] {
  const bytes = [cursor.byte(what)];
  while ((bytes[bytes.length - 1] & EXTENDED) !== 0) {
    if (bytes.length > EXTENSIONS_MAX)
      throw new RadioError("unsupported", `a record has more than ${EXTENSIONS_MAX} extensions of its ${what}`);
    bytes.push(cursor.byte(what));
  }
  return bytes;
}

/** Storage number, tariff and subunit from DIF and DIFEs. Storage numbers may have 41 bits: plain arithmetic. */
function numbersOf([dif, ...extensions]: number[]): { storage: number; tariff: number; subunit: number } {
  let storage = (dif >> 6) & 1;
  let tariff = 0;
  let subunit = 0;
  extensions.forEach((byte, index) => {
    storage += (byte & 15) * 2 ** (1 + 4 * index);
    tariff += ((byte >> 4) & 3) * 4 ** index;
    subunit += ((byte >> 6) & 1) * 2 ** index;
  });
  return { storage, tariff, subunit };
}

/** Name of a quantity in the meter's own words: length, then the characters, last one first. */
function spelledName(cursor: Cursor): { bytes: number[]; name: string } {
  const length = cursor.byte("VIF text");
  if (length > TEXT_MAX_BYTES) throw new RadioError("unsupported", `a VIF text has ${length} characters`);
  const characters = cursor.take(length, "VIF text");
  const name = Buffer.from(characters)
    .reverse()
    .toString("latin1")
    .replace(/[^\x20-\x7e]/g, ".");
  return { bytes: [length, ...characters], name };
}

export function readHead(cursor: Cursor): Head {
  const difs = chain(cursor, "DIF");
  const first = cursor.byte("VIF");
  const text = (first & ~EXTENDED) === VIF_TEXT ? spelledName(cursor) : { bytes: [], name: "" };
  const extensions = (first & EXTENDED) === 0 ? [] : chain(cursor, "VIF");
  const plain = extensions.map((byte) => byte & ~EXTENDED);
  const is_table = first === 0xfd || first === 0xfb;
  const meaning = meaningOf(first & ~EXTENDED, is_table ? plain[0] : undefined);
  const modifiers = is_table ? plain.slice(1) : plain;
  return {
    bytes: [...difs, first, ...text.bytes, ...extensions],
    data_field: difs[0] & 15,
    function: FUNCTIONS[(difs[0] >> 4) & 3],
    ...numbersOf(difs),
    ...factored(meaning, modifiers),
    name: text.name,
  };
}

/** Takes factors out of the modifiers and into the exponent. */
function factored(meaning: Meaning, modifiers: number[]): { meaning: Meaning; modifiers: number[] } {
  // Behind a maker's VIF its VIFEs are the maker's, too.
  if (meaning.quantity === "maker") return { meaning, modifiers };
  let exponent = meaning.exponent;
  const rest = modifiers.filter((modifier) => {
    if (modifier >= 0x70 && modifier <= 0x77) exponent += modifier - 0x76;
    else if (modifier === 0x7d) exponent += 3;
    else return true;
    return false;
  });
  return { meaning: { ...meaning, exponent }, modifiers: rest };
}

/** The value behind a head. */
export function readValue(cursor: Cursor, head: Head): DataRecord {
  const { bytes: head_bytes, data_field, meaning, ...rest } = head;
  const record = { ...meaning, ...rest, head: head_bytes };
  if (data_field === LVAR_FIELD) {
    const lvar = cursor.byte("LVAR");
    const length = variableLength(lvar);
    if (length === undefined)
      throw new RadioError("unsupported", `a record of variable length ${lvar} is not supported`);
    const bytes = cursor.take(length, "record");
    return { ...record, bytes, value: variableValue(lvar, bytes) };
  }
  const bytes = cursor.take(fixedLength(data_field) ?? 0, "record");
  return { ...record, bytes, value: fixedValue(data_field, meaning.kind, bytes) };
}

/** All records of a content. */
export function readRecords(content: readonly number[]): Records {
  const cursor = new Cursor(content);
  const records: DataRecord[] = [];
  for (let dif = cursor.peek(); dif !== undefined; dif = cursor.peek()) {
    if (dif === FILLER) {
      cursor.byte("filler");
    } else if (MAKER_DATA.includes(dif)) {
      cursor.byte("DIF");
      return { records, maker_data: cursor.rest() };
    } else if ((dif & 15) === SPECIAL_FIELD) {
      throw new RadioError(
        "unsupported",
        `DIF ${dif.toString(16)} at byte ${cursor.position} of the content is reserved`,
      );
    } else {
      records.push(readValue(cursor, readHead(cursor)));
    }
  }
  return { records, maker_data: [] };
}

/** A record's number with its exponent; undefined when it has none. Decimal: 474240e-3 is 474.24 and nothing else. */
export function numberOf(record: DataRecord): number | undefined {
  const { value, exponent } = record;
  if (value.type === "number") return Number(`${value.digits}e${exponent}`);
  return value.type === "real" ? Number(`${value.real}e${exponent}`) : undefined;
}
