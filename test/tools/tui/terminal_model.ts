/**
 * A terminal as far as `curbstop sim tui` uses one: text goes in, what a person sees comes out. What it does not know,
 * it does not let pass.
 *
 *   CSI ? 1049 h / l   the second screen, and the first one again     CSI ? 25 l / h   the cursor goes, and is back
 *   CSI row ; column H where the next character stands                CSI 2 J, J, K    clears all, below, to the right
 *   CSI … m            colours, counted and not kept
 */
// eslint-disable-next-line no-control-regex -- control characters are what it reads
const SEQUENCE = /\x1b\[(\??)([\d;]*)([A-Za-z])/y;

export class TerminalModel {
  is_second_screen = false;
  has_cursor = true;
  colours = 0;
  private lines: string[][] = [];
  private row = 0;
  private column = 0;
  private waiting = "";

  constructor(
    private columns: number,
    private rows: number,
  ) {}

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
  }

  take(text: string): void {
    this.waiting += text;
    let at = 0;
    while (at < this.waiting.length) {
      if (this.waiting[at] !== "\x1b") {
        this.put(this.waiting[at++]);
        continue;
      }
      SEQUENCE.lastIndex = at;
      const found = SEQUENCE.exec(this.waiting);
      // Cut in the middle of a sequence: the rest comes.
      if (found === null && this.waiting.length - at < 12) break;
      if (found === null) throw new Error(`no sequence: ${JSON.stringify(this.waiting.slice(at, at + 12))}`);
      this.obey(found[1] + found[2] + found[3]);
      at += found[0].length;
    }
    this.waiting = this.waiting.slice(at);
  }

  /** The screen as lines, without spaces at their ends. */
  text(): string {
    return Array.from({ length: this.rows }, (_, row) => this.lineText(row)).join("\n");
  }

  private lineText(row: number): string {
    return Array.from(this.lines[row] ?? [], (character: string | undefined) => character ?? " ")
      .join("")
      .trimEnd();
  }

  private put(character: string): void {
    if (character === "\r") this.column = 0;
    else if (character === "\n") this.row++;
    else {
      if (this.is_second_screen && (this.column >= this.columns || this.row >= this.rows)) {
        throw new Error(`outside of the screen: row ${this.row}, column ${this.column}: ${character}`);
      }
      (this.lines[this.row] ??= [])[this.column++] = character;
    }
  }

  private obey(sequence: string): void {
    const place = /^(\d+);(\d+)H$/.exec(sequence);
    if (place !== null) {
      this.row = Number(place[1]) - 1;
      this.column = Number(place[2]) - 1;
    } else if (sequence === "?1049h" || sequence === "?1049l") this.is_second_screen = sequence.endsWith("h");
    else if (sequence === "?25h" || sequence === "?25l") this.has_cursor = sequence.endsWith("h");
    else if (sequence === "2J") this.lines = [];
    else if (sequence === "J") {
      this.lines.length = Math.min(this.lines.length, this.row + 1);
      this.lines[this.row]?.splice(this.column);
    } else if (sequence === "K") this.lines[this.row]?.splice(this.column);
    else if (sequence.endsWith("m")) this.colours++;
    else throw new Error(`a sequence that the model does not know: ${sequence}`);
  }
}
