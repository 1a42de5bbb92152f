/**
 * Flow CSV: what was drawn in each second, as it is replayed.
 *
 *   header   epoch_s,flow_ml
 *   rows     epoch_s   whole seconds since 1970-01-01 UTC, strictly increasing; seconds without flow are left out
 *            flow_ml   whole millilitres in that second, 0 to 10000
 *
 * Plain or gzip, told apart by the first two bytes; lines end with LF or CRLF. The whole file is checked before any of
 * it is run, so that a mistake in the last row is not found after half a month has been charged. Lines of a message
 * are counted in the uncompressed text.
 */
import { parse, type Options } from "csv-parse";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { PassThrough, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { fileError } from "./load";
import { UserError } from "./user_error";

export const FLOW_HEADER = "epoch_s,flow_ml";
/** No household connection carries more in a second: 36 m3/h. */
export const ROW_MAX_ML = 10_000;
export const EPOCH_MAX_S = 68_719_476_735;
/** More seconds with flow than a month has cannot be held at once everywhere; a year of them can. */
export const ROWS_MAX = 32_000_000;

/** Columns rather than rows: two numbers a second are all there is, for millions of seconds. */
export interface FlowRows {
  readonly epoch_s: readonly number[];
  readonly flow_ml: readonly number[];
}

/**
 * No quotes and no line left out, so that a record is a line and the count of records is the number of the line. (The
 * parser counts lines too, with `info`, but that makes 2.6 million rows take four times as long.)
 */
const CSV_OPTIONS: Options = {
  encoding: "latin1",
  quote: false,
  escape: null,
  record_delimiter: ["\r\n", "\n"],
  relax_column_count: true,
};

class RowReader {
  readonly epoch_s: number[] = [];
  readonly flow_ml: number[] = [];
  private line_number = 0;

  constructor(private readonly file: string) {}

  take(record: readonly string[]): void {
    this.line_number++;
    if (this.line_number === 1) return this.takeHeader(record);
    if (record.length !== 2) {
      throw this.refusal(`a row has two fields, ${FLOW_HEADER} (got ${shown(record.join(","))})`);
    }
    const epoch_s = this.whole(record[0], "epoch_s", EPOCH_MAX_S);
    const flow_ml = this.whole(record[1], "flow_ml", ROW_MAX_ML);
    const before_s = this.epoch_s.at(-1) ?? 0;
    if (epoch_s <= before_s) {
      throw this.refusal(`epoch_s: must be later than the row before, ${before_s} (got ${epoch_s})`);
    }
    if (this.epoch_s.length === ROWS_MAX) throw this.refusal(`more than ${ROWS_MAX} rows`);
    this.epoch_s.push(epoch_s);
    this.flow_ml.push(flow_ml);
  }

  private takeHeader(record: readonly string[]): void {
    const header = record.join(",");
    if (header !== FLOW_HEADER) throw this.refusal(`the header must be ${FLOW_HEADER} (got ${shown(header)})`);
  }

  finish(): FlowRows {
    if (this.line_number === 0)
      throw new UserError(`${this.file}:1: the file is empty, the header ${FLOW_HEADER} is missing`);
    if (this.epoch_s.length === 0) throw new UserError(`${this.file}:2: there are no rows`);
    return this;
  }

  private whole(text: string, field: string, maximum: number): number {
    if (!/^-?\d{1,15}$/.test(text)) throw this.refusal(`${field}: must be a whole number (got ${shown(text)})`);
    const value = Number(text);
    if (value < 0 || value > maximum) throw this.refusal(`${field}: must be 0 to ${maximum} (got ${text})`);
    return value;
  }

  private refusal(message: string): UserError {
    return new UserError(`${this.file}:${this.line_number}: ${message}`);
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
}

/** The end of the pipeline; what the reader refuses breaks it off and closes the file. */
function intoReader(reader: RowReader): Writable {
  return new Writable({
    objectMode: true,
    write: (record: string[], _encoding, done) => {
      try {
        reader.take(record);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

/** Checks a flow CSV that is given as text; `name` is how messages call it. */
export async function readFlowText(name: string, text: string): Promise<FlowRows> {
  const reader = new RowReader(name);
  await pipeline(Readable.from([text]), parse(CSV_OPTIONS), intoReader(reader));
  return reader.finish();
}

/** Reads and checks a flow CSV as a whole; throws a UserError with one line. */
export async function readFlowCsv(file: string): Promise<FlowRows> {
  const reader = new RowReader(file);
  try {
    const unzip = (await isGzip(file)) ? createGunzip() : new PassThrough();
    await pipeline(createReadStream(file), unzip, parse(CSV_OPTIONS), intoReader(reader));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code.startsWith("Z_")) throw new UserError(`${file}: not a whole gzip file: ${(error as Error).message}`);
    throw fileError(file, error);
  }
  return reader.finish();
}
