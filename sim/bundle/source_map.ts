/**
 * Source maps through the whole pipeline of espruino.ts: from a place in the minified bundle back to the TypeScript.
 *
 * tsc, rollup and terser write maps of their own. The two passes between them (inline.ts, hoist.ts) move pieces of text
 * about. They are followed by marks: before every word of the text stands a comment with its number, the passes carry
 * comments along with the text around them, and afterwards the comments are taken out again and tell where each word
 * went. A mark counts only when the same word still follows it. The text without the marks must be the text that the
 * passes give without marks, or no map is written at all: so a map never changes a bundle.
 *
 * What has no mark (text that a pass writes anew) belongs to the word before it, as source maps have it.
 *
 * The format is Source Map revision 3 (ECMA-426): `mappings` holds lines divided by ";", segments divided by ",", each
 * four numbers as base 64 VLQ, counted from the segment before: column, source, line there, column there.
 */
import { SourceMap, type SourceMapPayload } from "node:module";
import * as acorn from "acorn";
import { BundleError } from "./project";

/** A place in a text of one or more lines, both from 0. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** From words of one text to the places where they stood in the text before. */
export interface Followed {
  readonly code: string;
  /** In the order of `code`; `now` and `before` are offsets. */
  readonly words: readonly { readonly now: number; readonly before: number }[];
}

/** The same words after one more step, which says where each went. */
export function moved({ code, words }: Followed, place_of: (before: number) => number | undefined): Followed {
  const still_there = words.flatMap((word) => {
    const now = place_of(word.now);
    return now === undefined ? [] : [{ now, before: word.before }];
  });
  return { code, words: still_there };
}

const MARK = /\/\*@(\d+)\*\//g;

/** Runs `pass` over `code` and says where its words went. `plain` is what the pass makes of `code`, where it is known. */
export function follow(code: string, pass: (text: string) => string, plain = pass(code)): Followed {
  const words = wordsOf(code);
  let marked = "";
  let position = 0;
  words.forEach((word, index) => {
    marked += `${code.slice(position, word.start)}/*@${index}*/`;
    position = word.start;
  });
  const result = readMarks(
    pass(marked + code.slice(position)),
    words.map((word) => ({ ...word, text: code.slice(word.start, word.end) })),
  );
  if (result.code !== plain) throw new BundleError("a pass of the bundler treats text with comments differently");
  return result;
}

interface Word {
  readonly start: number;
  readonly end: number;
}

/** Names and keywords; what stands between them moves with them. */
function wordsOf(code: string): Word[] {
  const words: Word[] = [];
  for (const token of acorn.tokenizer(code, { ecmaVersion: 5 })) {
    const is_word = token.type.label === "name" || token.type.keyword !== undefined;
    // After a division a mark would begin a comment that runs to the end of the line.
    if (is_word && code[token.start - 1] !== "/") words.push(token);
  }
  return words;
}

function readMarks(marked: string, words: readonly (Word & { readonly text: string })[]): Followed {
  const found: { now: number; before: number }[] = [];
  let code = "";
  let position = 0;
  for (const match of marked.matchAll(MARK)) {
    code += marked.slice(position, match.index);
    position = match.index + match[0].length;
    const word = words[Number(match[1])];
    if (word === undefined) throw new BundleError("a mark of the source map is not one of its own");
    const follows = marked.slice(position, position + word.text.length);
    if (follows === word.text) found.push({ now: code.length, before: word.start });
  }
  return { code: code + marked.slice(position), words: found };
}

/** Where an offset of a text stands. */
export function placesIn(text: string): (offset: number) => Place {
  const starts = [0];
  for (let i = 0; i < text.length; i++) if (text[i] === "\n") starts.push(i + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return { line: low, column: offset - starts[low] };
  };
}

/** The texts of the pipeline, the last first: each with the way from its places to those of the text before. */
export interface Pipeline {
  /** The bundle, and its words in what terser wrote. */
  readonly last: Followed;
  /** What terser wrote, and its map to what it was given. */
  readonly shortened: string;
  readonly shortened_map: string;
  /** What terser was given, and its words in what rollup wrote. */
  readonly long: Followed;
  readonly joined: string;
  /** Rollup's map to the sources, by paths from the root. */
  readonly joined_map: string;
}

interface Segment {
  readonly column: number;
  readonly source: string;
  readonly place: Place;
}

/** The map of the bundle, as text. `text_of` reads a source by its name in `joined_map`. */
export function composeMap(pipeline: Pipeline, file: string, text_of: (source: string) => string): string {
  const to_long = new SourceMap(JSON.parse(pipeline.shortened_map) as SourceMapPayload);
  const to_source = new SourceMap(JSON.parse(pipeline.joined_map) as SourceMapPayload);
  const long_offset = new Map<string, number>();
  const long_place = placesIn(pipeline.long.code);
  for (const word of pipeline.long.words) long_offset.set(placeKey(long_place(word.now)), word.before);
  const [shortened_place, joined_place] = [placesIn(pipeline.shortened), placesIn(pipeline.joined)];
  const segments: Segment[] = [];
  for (const word of pipeline.last.words) {
    const shortened = shortened_place(word.before);
    const long = to_long.findEntry(shortened.line, shortened.column);
    if (!("originalLine" in long) || long.generatedColumn !== shortened.column) continue;
    const before = long_offset.get(placeKey({ line: long.originalLine, column: long.originalColumn }));
    if (before === undefined) continue;
    const joined = joined_place(before);
    const source = to_source.findEntry(joined.line, joined.column);
    if (!("originalSource" in source) || source.generatedLine !== joined.line) continue;
    const place = { line: source.originalLine, column: source.originalColumn };
    segments.push({ column: word.now, source: source.originalSource, place });
  }
  return mapText(segments, file, text_of);
}

function placeKey(place: Place): string {
  return `${place.line}:${place.column}`;
}

function mapText(segments: readonly Segment[], file: string, text_of: (source: string) => string): string {
  const sources = [...new Set(segments.map((segment) => segment.source))].sort();
  const number_of = new Map(sources.map((source, index) => [source, index]));
  let before = [0, 0, 0, 0];
  const written = segments.map(({ column, source, place }) => {
    const now = [column, number_of.get(source) ?? 0, place.line, place.column];
    const text = now.map((value, index) => vlq(value - before[index])).join("");
    before = now;
    return text;
  });
  const map = { version: 3, file, sources, sourcesContent: sources.map(text_of), names: [], mappings: "" };
  return JSON.stringify({ ...map, mappings: written.join(",") }) + "\n";
}

const BASE_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A whole number in groups of five bits, the lowest first; bit 0 of the first group is the sign. */
function vlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = "";
  do {
    const group = rest % 32;
    rest = Math.floor(rest / 32);
    text += BASE_64[rest > 0 ? group + 32 : group];
  } while (rest > 0);
  return text;
}
