/**
 * A program as the text of a file: what every engine outside this process reads.
 */
import { EngineError, type EngineName } from "./contract";

/** The lines, each with its line end. A line break inside a line would shift all others, so it is refused. */
export function programText(engine: EngineName, program: Iterable<string>): string {
  const parts: string[] = [];
  for (const line of program) {
    if (/[\r\n]/.test(line))
      throw new EngineError(engine, `line ${parts.length / 2 + 1} of the program holds a line break`);
    parts.push(line, "\n");
  }
  return parts.join("");
}
