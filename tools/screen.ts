/**
 * Screen: a picture that is drawn over and over, on the terminal's second screen, so that what stood there before is
 * back when it closes. The cursor is hidden meanwhile.
 */
import type { Output } from "./output";

const OPEN = "\x1b[?1049h\x1b[?25l\x1b[2J";
const CLOSE = "\x1b[?25h\x1b[?1049l";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
const CLEAR_ALL = "\x1b[2J";

export class Screen {
  private shown: readonly string[] = [];
  private size = "";
  private is_open = true;

  constructor(private readonly output: Output) {
    output.out(OPEN);
  }

  /** Draws in one write what has changed line by line: a line over SSH may be slow, and nothing flickers. */
  draw(lines: readonly string[]): void {
    const { columns, rows } = this.output.size();
    const size = `${columns} ${rows}`;
    // What a terminal of another size has made of the picture, nobody knows.
    const is_resized = this.size !== "" && this.size !== size;
    if (is_resized) this.shown = [];
    this.size = size;
    const at = (row: number): string => `\x1b[${row + 1};1H`;
    const fresh = lines.map((line, row) => (line === this.shown[row] ? "" : at(row) + line + CLEAR_LINE));
    const below = lines.length < this.shown.length ? at(lines.length) + CLEAR_BELOW : "";
    this.shown = [...lines];
    const text = (is_resized ? CLEAR_ALL : "") + fresh.join("") + below;
    if (text !== "" && this.is_open) this.output.out(text);
  }

  /** Gives the terminal back; doing so twice is doing it once. */
  close(): void {
    if (this.is_open) this.output.out(CLOSE);
    this.is_open = false;
  }
}
