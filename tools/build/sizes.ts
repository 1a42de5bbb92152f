/**
 * Sizes: how many bytes of a bundle come from which source, by its source map. What a pass of the bundler writes anew
 * counts for the word before it, and the names at the top of a bundle for its entry.
 */
import { SourceMap, type SourceMapPayload } from "node:module";

export interface SourceSize {
  readonly source: string;
  readonly size_bytes: number;
}

/** The sources of a bundle of one line and a byte a character, the largest first; together they are the whole. */
export function sourceSizes(code: string, map_text: string): SourceSize[] {
  const map = new SourceMap(JSON.parse(map_text) as SourceMapPayload);
  const sizes = new Map<string, number>();
  for (let column = 0; column < code.length;) {
    const entry = map.findEntry(0, column);
    const source = "originalSource" in entry ? entry.originalSource : "(before the first source)";
    let end = column + 1;
    while (end < code.length && generatedColumn(map, end) !== end) end += 1;
    sizes.set(source, (sizes.get(source) ?? 0) + end - column);
    column = end;
  }
  const rows = [...sizes].map(([source, size_bytes]) => ({ source, size_bytes }));
  return rows.sort((left, right) => right.size_bytes - left.size_bytes || (left.source < right.source ? -1 : 1));
}

function generatedColumn(map: SourceMap, column: number): number | undefined {
  const entry = map.findEntry(0, column);
  return "generatedColumn" in entry ? entry.generatedColumn : undefined;
}
