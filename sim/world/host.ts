/**
 * What an engine gives the world: a program to read and a place to write the trace. Nothing else crosses the border,
 * so the same run can happen in any interpreter that can read and write lines.
 */
export interface Host {
  /** The next line of the program without its line end, or undefined after the last one. */
  read_line(): string | undefined;
  /** Takes one line of the trace (ASCII, no line end). */
  write_line(line: string): void;
}
