/**
 * A telegram as a whole, from hexadecimal digits or bytes to records: frame, layers, security, content.
 */
import { Formats } from "./compact";
import { Cursor } from "./cursor";
import { readFrame, type FrameFormat, type Frame } from "./frame";
import { readAuthentication, readExtended, readLink, readTransport, type Layers, type Transport } from "./layers";
import { RadioError } from "./radio_error";
import { readRecords, type DataRecord } from "./records";
import { openSession, openTransport } from "./security";
import { assertNamed, isWired, readWired } from "./wired_telegram";

const COMPACT = [0x79, 0x7b, 0x73];
const FORMAT = [0x69, 0x6a, 0x6b];
const WITHOUT_CONTENT = [0x8a, 0x8b];

export interface Telegram {
  readonly format: Frame["format"] | "wired";
  readonly layers: Layers;
  readonly transport: Transport;
  /** Records as they are sent, decrypted. */
  readonly content: number[];
  readonly records: DataRecord[];
  readonly maker_data: number[];
  /** From a compact frame: what the records mean was known before. */
  readonly is_compact: boolean;
}

export interface DecodeOptions {
  readonly key?: readonly number[] | undefined;
  readonly format?: FrameFormat | undefined;
  /** Kept from one telegram to the next. */
  readonly formats?: Formats | undefined;
}

/** Reads a telegram, or throws a RadioError; nothing else, whatever the bytes are. */
export function decodeTelegram(bytes: number[], options: DecodeOptions = {}): Telegram {
  const { key, format, formats = new Formats() } = options;
  if ((format === undefined || format === "auto") && isWired(bytes)) return decodeWired(bytes, key, formats);
  const frame = readFrame(bytes, format);
  const cursor = new Cursor(frame.content);
  const layers = readLink(cursor);
  readExtended(cursor, layers);
  const inner = new Cursor(openSession(layers, cursor.rest(), key));
  return { format: frame.format, ...readApplication(inner, layers, key, formats) };
}

function decodeWired(bytes: number[], key: readonly number[] | undefined, formats: Formats): Telegram {
  const { layers, rest } = readWired(bytes);
  const application = readApplication(new Cursor(rest), layers, key, formats);
  assertNamed(layers);
  return { format: "wired", ...application };
}

/** From the authentication layer on: what a wired frame has, too. */
export function readApplication(
  cursor: Cursor,
  layers: Layers,
  key: readonly number[] | undefined,
  formats: Formats,
): Omit<Telegram, "format"> {
  readAuthentication(cursor, layers);
  const transport_bytes = cursor.rest();
  const at_transport = new Cursor(transport_bytes);
  const transport = readTransport(at_transport, layers);
  const content = openTransport(layers, transport, transport_bytes, at_transport.rest(), key);
  const is_compact = COMPACT.includes(transport.ci);
  const { records, maker_data } = contentOf(transport, content, formats);
  return { layers, transport, content, records, maker_data, is_compact };
}

function contentOf(
  transport: Transport,
  content: number[],
  formats: Formats,
): { records: DataRecord[]; maker_data: number[] } {
  if (WITHOUT_CONTENT.includes(transport.ci)) return { records: [], maker_data: content };
  if (FORMAT.includes(transport.ci)) throw new RadioError("unsupported", "a format frame has no values to show");
  if (COMPACT.includes(transport.ci)) return { records: formats.read(content, transport.blocks > 0), maker_data: [] };
  const read = readRecords(content);
  if (read.maker_data.length === 0) formats.learn(read.records);
  return read;
}
