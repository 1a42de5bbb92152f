/**
 * Screen: a picture that is drawn over and over, on the terminal's second screen, so that what stood there before is
 * back when it closes. The cursor is hidden meanwhile.
 */
import type { Output } from "./output";

const OPEN = "\x1b[?1049h\x1b[?25l\x1b[2J";
const CLOSE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

export class Screen {
  constructor(private readonly output: Output) {
    output.out(OPEN);
  }

  /** Draws in one write, from the top, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    this.output.out(HOME + lines.map((line) => line + CLEAR_LINE).join("\n") + CLEAR_BELOW);
  }

  close(): void {
    this.output.out(CLOSE);
  }
}
