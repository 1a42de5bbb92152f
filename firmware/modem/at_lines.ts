/**
 * Lines of an AT modem: text up to a line feed; carriage returns and other control characters are dropped.
 *
 * A line that is longer than LINE_MAX_CHARACTERS is none: all of it up to its end is passed over and counted, so that
 * noise cannot fill the memory. The longest that means something is a received frame of 256 bytes in hexadecimal, with
 * the topic that it came by.
 */
export const LINE_MAX_CHARACTERS = 640;
const LINE_FEED = 10;
const SPACE = 32;
const DELETE = 127;

export interface LineReader {
  text: string;
  /** The present line has become too long. */
  too_long: boolean;
  passed_over: number;
  on_line: (line: string) => void;
}

export function createLineReader(on_line: (line: string) => void): LineReader {
  return { text: "", too_long: false, passed_over: 0, on_line: on_line };
}

function endLine(reader: LineReader): void {
  const line = reader.text;
  const was_too_long = reader.too_long;
  reader.text = "";
  reader.too_long = false;
  if (was_too_long) {
    reader.passed_over += 1;
  } else if (line.length > 0) {
    reader.on_line(line);
  }
}

export function takeLines(reader: LineReader, bytes: number[]): void {
  for (const byte of bytes) {
    if (byte === LINE_FEED) {
      endLine(reader);
    } else if (byte >= SPACE && byte < DELETE) {
      reader.too_long = reader.too_long || reader.text.length >= LINE_MAX_CHARACTERS;
      reader.text = reader.too_long ? "" : reader.text + String.fromCharCode(byte);
    }
  }
}

/** Whether the modem asks for data: its prompt has no line end. Takes it. */
export function takePrompt(reader: LineReader): boolean {
  const is_prompt = beginsWith(reader.text, ">");
  if (is_prompt) {
    reader.text = "";
  }
  return is_prompt;
}

/** A command as the modem wants it: with carriage return and line feed. */
export function commandBytes(command: string): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < command.length; i++) {
    bytes.push(command.charCodeAt(i));
  }
  bytes.push(13, LINE_FEED);
  return bytes;
}

/** Whether a line begins so. */
export function beginsWith(line: string, front: string): boolean {
  return line.length >= front.length && line.substring(0, front.length) === front;
}

/** Parts between separators, at most `most`; what is left stands in the last one. */
export function splitAt(line: string, separator: string, most: number): string[] {
  const parts: string[] = [];
  let rest = line;
  let at = rest.indexOf(separator);
  while (at >= 0 && parts.length + 1 < most) {
    parts.push(rest.substring(0, at));
    rest = rest.substring(at + 1, rest.length);
    at = rest.indexOf(separator);
  }
  parts.push(rest);
  return parts;
}

/** Parts between colons. */
export function partsOf(line: string, most: number): string[] {
  return splitAt(line, ":", most);
}

/** A whole number of at most six digits, with or without a minus; undefined when the text is none. */
export function wholeOf(text: string): number | undefined {
  const is_negative = beginsWith(text, "-");
  const digits = is_negative ? text.substring(1, text.length) : text;
  if (digits.length < 1 || digits.length > 6) {
    return undefined;
  }
  let value = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) {
      return undefined;
    }
    value = value * 10 + digit;
  }
  return is_negative ? 0 - value : value;
}
