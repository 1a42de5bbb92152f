/**
 * Reads a scenario file. What is wrong names file, line and field in one line:
 * `sim/scenarios/x.json:12: steps[3].draw.flow_l_h: must be a whole number (got 1.5)`.
 *
 * Plain JSON only. The parser that knows where each value stands would also take comments; they are refused, so that
 * any other JSON tool can read a scenario.
 */
import { readFileSync } from "node:fs";
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import type { z } from "zod";
import { scenarioProblems, tariffProblems, type FieldPath, type Problem } from "./rules";
import { scenarioSchema, type Scenario } from "./schema";
import { tariffSchema, type ScenarioTariff } from "./settings_schema";
import { UserError } from "./user_error";

export function fieldText(path: FieldPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let index = text.indexOf("\n"); index >= 0 && index < offset; index = text.indexOf("\n", index + 1)) line++;
  return line;
}

/** Where a field stands; where it is missing, the innermost object around it. */
function offsetOf(root: Node, path: FieldPath): number {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    // The name of the field is where a person looks, not the first line of a value that may be long.
    if (node !== undefined) return node.parent?.type === "property" ? node.parent.offset : node.offset;
  }
  return root.offset;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a whole number",
  string: "a text",
  boolean: "true or false",
  object: "an object",
  array: "a list",
};

type Issue = z.core.$ZodIssue;

function boundText(issue: Issue & { code: "too_small" | "too_big" }): string {
  const bound = issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (issue.origin === "string") return `must have ${bound} characters`;
  return issue.origin === "array" ? `must have ${bound} entries` : `must be ${bound}`;
}

function issueText(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case "too_small":
    case "too_big":
      return boundText(issue);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_value":
      return issue.values.length === 1 ? issue.message : `must be one of ${issue.values.join(", ")}`;
    default:
      return issue.message;
  }
}

/** The value a path leads to in the file, undefined where it is missing. */
function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Record<string | number, unknown> | undefined)?.[part], value);
}

function shapeProblems(issues: readonly Issue[], value: unknown, what: string): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = issue.path as FieldPath;
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...path, key], message: `is not a field of a ${what}` }));
    }
    const got = valueAt(value, path);
    if (got === undefined) return [{ path, message: "is missing" }];
    return [{ path, message: `${issueText(issue)} (got ${shown(got)})` }];
  });
}

/** JSON takes the last of two fields of one name without a word; here that is a mistake. */
function duplicateProblems(node: Node, path: FieldPath, found: (Problem & { offset: number })[]): void {
  const seen = new Set<string>();
  (node.children ?? []).forEach((child, index) => {
    if (node.type === "array") return duplicateProblems(child, [...path, index], found);
    const [name, value] = child.children ?? [];
    const key = String(name.value);
    if (seen.has(key)) found.push({ path: [...path, key], message: "stands here twice", offset: child.offset });
    seen.add(key);
    duplicateProblems(value, [...path, key], found);
  });
}

const SYNTAX_WORDS: Readonly<Record<string, string>> = {
  InvalidSymbol: "this is not a value",
  InvalidNumberFormat: "this is not a number",
  PropertyNameExpected: "a field name in double quotes is expected",
  ValueExpected: "a value is expected",
  ColonExpected: "a colon is expected",
  CommaExpected: "a comma is expected",
  CloseBraceExpected: "a closing brace is expected",
  CloseBracketExpected: "a closing bracket is expected",
  EndOfFileExpected: "nothing more is expected",
  InvalidCommentToken: "comments are not JSON",
  UnexpectedEndOfString: "the text is not closed",
};

function parseText(file: string, text: string): Node {
  if (text.trim() === "") throw new UserError(`${file}:1: not valid JSON: the file is empty`);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  if (root === undefined || errors.length > 0) {
    const [{ error, offset }] = errors;
    const name = printParseErrorCode(error);
    throw new UserError(`${file}:${lineOf(text, offset)}: not valid JSON: ${SYNTAX_WORDS[name] ?? name}`);
  }
  return root;
}

interface Placed extends Problem {
  offset: number;
}

/** The first problem in the order of the file, and how many more there are. */
function refuse(file: string, text: string, problems: Placed[], what: string): never {
  problems.sort((one, other) => one.offset - other.offset);
  const [first, ...rest] = problems;
  const field = first.path.length === 0 ? `the ${what}` : fieldText(first.path);
  const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`;
  throw new UserError(`${file}:${lineOf(text, first.offset)}: ${field}: ${first.message}${more}`);
}

/** What the files here hold: its shape, and the rules that the shape cannot say. */
export interface Form<Content> {
  name: string;
  schema: z.ZodType<Content>;
  problems: (content: Content) => Problem[];
}

const SCENARIO: Form<Scenario> = { name: "scenario", schema: scenarioSchema, problems: scenarioProblems };
const TARIFF: Form<ScenarioTariff> = {
  name: "tariff",
  schema: tariffSchema,
  problems: (tariff) => tariffProblems(tariff, []),
};

/** Reads and checks what some form says, from text; `file` is how messages call it. */
export function parseForm<Content>(file: string, text: string, { name, schema, problems }: Form<Content>): Content {
  const root = parseText(file, text);
  const duplicates: Placed[] = [];
  duplicateProblems(root, [], duplicates);
  if (duplicates.length > 0) refuse(file, text, duplicates, name);
  const value: unknown = JSON.parse(text);
  const place = (problem: Problem): Placed => ({ ...problem, offset: offsetOf(root, problem.path) });
  const parsed = schema.safeParse(value);
  if (!parsed.success) return refuse(file, text, shapeProblems(parsed.error.issues, value, name).map(place), name);
  const found = problems(parsed.data);
  if (found.length > 0) refuse(file, text, found.map(place), name);
  return parsed.data;
}

/** A scenario from text; `file` is how messages call it. */
export function parseScenario(file: string, text: string): Scenario {
  return parseForm(file, text, SCENARIO);
}

const FILE_WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "this is a folder, not a file",
  EACCES: "this file may not be read",
};

/** Why a file could not be read, in one line. */
export function fileError(file: string, error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return new UserError(`${file}: ${FILE_WORDS[code] ?? (error as Error).message}`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw fileError(file, error);
  }
}

/** Reads and checks a JSON file of some form; throws a UserError with one line. */
export function loadForm<Content>(file: string, form: Form<Content>): Content {
  return parseForm(file, textOf(file), form);
}

/** Reads and checks a scenario file; throws a UserError with one line. */
export function loadScenario(file: string): Scenario {
  return parseScenario(file, textOf(file));
}

/** Reads and checks a file with a tariff alone, in the form that scenarios have. */
export function loadTariff(file: string): ScenarioTariff {
  return loadForm(file, TARIFF);
}
