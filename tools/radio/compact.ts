/**
 * Compact frames (EN 13757-7, CI 79, 7B, 73): values alone; what they mean, a full frame with the same format has said.
 *
 *   format sum(2)   CRC-16 over DIF to VIFE of all records of the full frame, low byte first
 *   full sum(2)     CRC-16 over the records of the full frame as it would have been sent, low byte first
 *   values          one after the other, and fillers (2F) behind them; encrypted blocks have two in front of the sums,
 *                   too
 *
 * Formats come from full frames that were heard before, and from a list of those that water meters are known
 * to send, so that a receiver which has just started need not wait for a full frame.
 */
import { crc16 } from "../../firmware/radio/crc16";
import { hex } from "../hex";
import { Cursor } from "./cursor";
import { RadioError } from "./radio_error";
import { readHead, readValue, type DataRecord, type Head } from "./records";

/** DIF to VIFE of all records, as sent by Kamstrup's Multical 21, flowIQ 2200 and their successors, and others. */
const KNOWN_FORMATS = [
  "02FF2004134413615B6167",
  "02FF20041392013BA1015B8101E7FF0F",
  "04FF234413523B06FF1B426C61675167023B04138101E7FF0F",
  "02FF2004134413426C523B615B616751678101E7FF0F06FF1B",
  "02FF2004134413A1015B8101E7FF0F",
  "02FF2004134413615B5167",
  "02FF2004134413",
  "02FF200413523B",
  "04FF2304134413426C023B92013BA2013B06FF1BA1015B91015BA10167",
  // Engelmann FAW
  "426C441301FD17840113C40113840213C40213840313C40313840413C40413840513C40513840613C40613840713C40713840813046D0413",
];

const FILLER = 0x2f;
/** Encrypted blocks begin with so many (security.ts has looked). */
const FILLERS_IN_FRONT = 2;

/** Of all the meters that one receiver hears; the oldest is let go. */
const FORMATS_MAX = 1024;
const SAME_SUM_MAX = 4;

function sumOf(bytes: number[]): number {
  return crc16(bytes, 0, bytes.length);
}

/** What receivers know of formats. Two may share a sum, by chance or by malice: the sum over the values decides. */
export class Formats {
  /** By format sum: DIF to VIFE of all records, in one; the newest last. */
  private readonly by_sum = new Map<number, number[][]>();

  constructor() {
    for (const format of KNOWN_FORMATS) this.keep([...Buffer.from(format, "hex")]);
  }

  private keep(heads: number[]): void {
    const sum = sumOf(heads);
    const text = heads.join();
    const others = (this.by_sum.get(sum) ?? []).filter((other) => other.join() !== text);
    this.by_sum.delete(sum);
    this.by_sum.set(sum, [...others, heads].slice(-SAME_SUM_MAX));
    const [oldest] = this.by_sum.keys();
    if (this.by_sum.size > FORMATS_MAX) this.by_sum.delete(oldest);
  }

  /** Remembers the format of a full frame. */
  learn(records: readonly DataRecord[]): void {
    if (records.length > 0) this.keep(records.flatMap(({ head }) => head));
  }

  /** The records of a compact frame, from behind its CI on. */
  read(content: readonly number[], is_encrypted: boolean): DataRecord[] {
    const cursor = new Cursor(content);
    if (is_encrypted) cursor.take(FILLERS_IN_FRONT, "compact frame");
    const format_sum = cursor.number(2, "compact frame");
    const full_sum = cursor.number(2, "compact frame");
    const candidates = this.by_sum.get(format_sum) ?? [];
    if (candidates.length === 0) {
      const name = hex([format_sum >> 8, format_sum & 255]);
      throw new RadioError(
        "unknown_format",
        `compact frame of the format ${name}: give a full frame of this meter first`,
      );
    }
    const values = cursor.rest();
    const read = candidates.map((heads) => recordsOf(heads, values, full_sum));
    const records = read.find((found) => found !== undefined);
    if (records === undefined)
      throw new RadioError("bad_crc", "the check sum of a compact frame does not hold: changed on the way");
    return records;
  }
}

/** Values as records of a format; undefined when their sum is another, or their length. */
function recordsOf(heads: readonly number[], values: readonly number[], full_sum: number): DataRecord[] | undefined {
  const cursor = new Cursor(values);
  try {
    const records = headsOf(heads).map((head) => readValue(cursor, head));
    skipFillers(cursor);
    const full = records.flatMap(({ head, bytes }) => [...head, ...bytes]);
    return cursor.left === 0 && sumOf(full) === full_sum ? records : undefined;
  } catch (error) {
    if (error instanceof RadioError) return undefined;
    throw error;
  }
}

function skipFillers(cursor: Cursor): void {
  while (cursor.peek() === FILLER) cursor.byte("filler");
}

function headsOf(bytes: readonly number[]): Head[] {
  const cursor = new Cursor(bytes);
  const heads: Head[] = [];
  while (cursor.left > 0) heads.push(readHead(cursor));
  return heads;
}
