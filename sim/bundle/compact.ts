/**
 * Shorter ways to write the same, for a board whose flash holds the bundle as text.
 *
 *   `shortForms`         before terser, which prints what it is given:
 *                          a === b -> a == b, a === undefined -> a == null: comparisons.ts has made sure that this
 *                          is the same
 *                          return undefined; -> return;
 *                          if (a) { return b; } -> if (a) return b;   also in loops; only around a statement that
 *                          cannot take an `else` that follows
 *   `joinDeclarations`   after all else, because hoist.ts looks at statements one by one:
 *                          var a;var b=1; -> var a,b=1;      var a;a=b; -> var a=b;
 *   `shortestNames`      which property gets which name: the shortest to the one that is written most often
 *   `numberMessages`     assert(a, "why") -> assert(a, 7); the texts, in the order of their numbers, go to a file
 *                        beside the bundle. What is asserted stays as it is.
 */
import type * as acorn from "acorn";
import { findGuards, findWrapper } from "./guards";
import { applyEdits, childrenOf, forEachVariable, isFunction, parse, type Edit } from "./syntax";

/** Statements that end by themselves: no `else` behind them can become theirs. */
const PLAIN_STATEMENTS = new Set([
  "ExpressionStatement",
  "ReturnStatement",
  "BreakStatement",
  "ContinueStatement",
  "ThrowStatement",
]);

function edited(code: string, edits: Edit[]): string {
  edits.sort((left, right) => left.start - right.start);
  return applyEdits(code, 0, code.length, edits);
}

/** Writes values, comparisons and branches shorter. */
export function shortForms(code: string, source_name: string): string {
  const program = parse(code, source_name);
  const edits: Edit[] = [];
  const visit = (node: acorn.Node): void => {
    edits.push(...shortEdits(node as acorn.AnyNode, code));
    childrenOf(node).forEach(visit);
  };
  visit(program);
  return edited(code, edits);
}

function shortEdits(node: acorn.AnyNode, code: string): Edit[] {
  switch (node.type) {
    case "BinaryExpression":
      return comparisonEdits(node, code);
    case "ReturnStatement":
      return node.argument != null && isUndefined(node.argument)
        ? [{ start: node.argument.start, end: node.argument.end, text: "" }]
        : [];
    case "IfStatement":
      return [node.consequent, node.alternate].flatMap((branch) => branchEdits(branch, code));
    case "ForStatement":
    case "ForInStatement":
    case "WhileStatement":
      return branchEdits(node.body, code);
    default:
      return [];
  }
}

function isUndefined(node: acorn.Node): boolean {
  return node.type === "Identifier" && (node as acorn.Identifier).name === "undefined";
}

function comparisonEdits({ operator, left, right }: acorn.BinaryExpression, code: string): Edit[] {
  if (operator !== "===" && operator !== "!==") return [];
  const start = code.indexOf(operator, left.end);
  const shorter = { start, end: start + operator.length, text: operator.slice(0, 2) };
  return isUndefined(right) ? [shorter, { start: right.start, end: right.end, text: "null" }] : [shorter];
}

function branchEdits(branch: acorn.Node | null | undefined, code: string): Edit[] {
  if (branch?.type !== "BlockStatement") return [];
  const { body, start, end } = branch as acorn.BlockStatement;
  const [only, ...more] = body;
  if (only === undefined || more.length > 0 || !PLAIN_STATEMENTS.has(only.type)) return [];
  return [
    { start, end: start + 1, text: " " },
    { start: end - 1, end, text: code[only.end - 1] === ";" ? "" : ";" },
  ];
}

/** Makes one declaration of those that follow one another. */
export function joinDeclarations(code: string, source_name: string): string {
  const edits: Edit[] = [];
  const visit = (node: acorn.Node): void => {
    const any = node as acorn.AnyNode;
    if (any.type === "BlockStatement" || any.type === "Program") edits.push(...joinedEdits(any.body, code));
    childrenOf(node).forEach(visit);
  };
  visit(parse(code, source_name));
  return edited(code, edits);
}

function joinedEdits(statements: readonly acorn.Node[], code: string): Edit[] {
  const edits: Edit[] = [];
  // Inner functions may see a name before its turn comes: then the order of declarations and assignments stays.
  const may_assign = !statements.some(holdsFunction);
  let place = 0;
  while (place < statements.length) {
    const run = declarationRun(statements, place, may_assign);
    const joined = joinedText(run, code);
    if (joined !== undefined) edits.push({ start: run[0].start, end: run[run.length - 1].end, text: joined });
    place += Math.max(run.length, 1);
  }
  return edits;
}

function holdsFunction(node: acorn.Node): boolean {
  return isFunction(node) || childrenOf(node).some(holdsFunction);
}

/** `var` statements from `place` on, with the assignments behind them to names that they declare. */
function declarationRun(statements: readonly acorn.Node[], place: number, may_assign: boolean): acorn.Node[] {
  const run: acorn.Node[] = [];
  const bare = new Set<string>();
  for (const statement of statements.slice(place)) {
    if (statement.type === "VariableDeclaration") {
      for (const { id, init } of (statement as acorn.VariableDeclaration).declarations) {
        if (init != null && mentionsAny(init, bare)) return run;
        if (init == null) bare.add((id as acorn.Identifier).name);
      }
    } else {
      const assignment = may_assign ? plainAssignment(statement) : undefined;
      if (assignment === undefined || !bare.has(assignment.name) || mentionsAny(assignment.value, bare)) return run;
      bare.delete(assignment.name);
    }
    run.push(statement);
  }
  return run;
}

function mentionsAny(node: acorn.Node, names: ReadonlySet<string>): boolean {
  let found = false;
  forEachVariable(node, ({ name }) => (found ||= names.has(name)));
  return found;
}

/** `name = value;` */
function plainAssignment(statement: acorn.Node): { name: string; value: acorn.Node } | undefined {
  const any = statement as acorn.AnyNode;
  if (any.type !== "ExpressionStatement" || any.expression.type !== "AssignmentExpression") return undefined;
  const { left, right, operator } = any.expression;
  if (operator !== "=" || left.type !== "Identifier") return undefined;
  return { name: left.name, value: right };
}

/** One `var` for a run; undefined where there is nothing to join. Inner edits do not meet these: no function inside. */
function joinedText(run: readonly acorn.Node[], code: string): string | undefined {
  if (run.length < 2 || run.some(holdsFunction)) return undefined;
  const bare: string[] = [];
  const assigned: string[] = [];
  for (const statement of run) {
    const assignment = plainAssignment(statement);
    if (assignment !== undefined) {
      bare.splice(bare.indexOf(assignment.name), 1);
      assigned.push(code.slice(statement.start, statement.end).replace(/;$/, ""));
      continue;
    }
    for (const one of (statement as acorn.VariableDeclaration).declarations) {
      (one.init == null ? bare : assigned).push(code.slice(one.start, one.end));
    }
  }
  return `var ${[...bare, ...assigned].join(",")};`;
}

/**
 * Names that JavaScript allows, of variables or of properties, and Espruino takes for keywords; a large bundle comes to
 * them. `a.in/2` is a syntax error there: after a keyword, a slash begins a regular expression.
 */
export const NO_NAMES: readonly string[] = ["do", "for", "if", "in", "let", "new", "of", "try", "var"];

export const FIRST_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$_";
const LETTERS = FIRST_LETTERS + "0123456789";

/** The short names in order: all of one letter, then those of two. */
export function nameAt(place: number): string {
  const first = FIRST_LETTERS[place % FIRST_LETTERS.length];
  let rest = Math.floor(place / FIRST_LETTERS.length);
  let name = first;
  while (rest > 0) {
    rest -= 1;
    name += LETTERS[rest % LETTERS.length];
    rest = Math.floor(rest / LETTERS.length);
  }
  return name;
}

/** A name for every property of `code` but those of `kept`; none of `kept` is given out. */
export function shortestNames(code: string, source_name: string, kept: ReadonlySet<string>): Map<string, string> {
  const counts = new Map<string, number>();
  const visit = (node: acorn.Node): void => {
    const any = node as acorn.AnyNode;
    const key = any.type === "MemberExpression" ? any.property : any.type === "Property" ? any.key : undefined;
    if (key?.type === "Identifier" && !(any as { computed: boolean }).computed && !kept.has(key.name)) {
      counts.set(key.name, (counts.get(key.name) ?? 0) + 1);
    }
    childrenOf(node).forEach(visit);
  };
  visit(parse(code, source_name));
  const names = new Map<string, string>();
  // A sort of modern engines is stable: equal counts keep the order of the text, and a build can be repeated.
  const ordered = [...counts].sort((left, right) => right[1] - left[1]);
  let place = 0;
  for (const [property] of ordered) {
    while (kept.has(nameAt(place))) place += 1;
    names.set(property, nameAt(place));
    place += 1;
  }
  return names;
}

export interface Numbered {
  readonly code: string;
  /** Text of number n at n. */
  readonly messages: readonly string[];
}

/** Puts numbers in the place of the texts of assertions. */
export function numberMessages(code: string, source_name: string): Numbered {
  const program = parse(code, source_name);
  const wrapper = findWrapper(program);
  const guards = wrapper === undefined ? new Set<string>() : findGuards(program, wrapper);
  const messages: string[] = [];
  const edits: Edit[] = [];
  const visit = (node: acorn.Node): void => {
    const any = node as acorn.AnyNode;
    if (any.type === "CallExpression" && any.callee.type === "Identifier" && guards.has(any.callee.name)) {
      const [, message] = any.arguments;
      if (message?.type === "Literal" && typeof message.value === "string") {
        if (!messages.includes(message.value)) messages.push(message.value);
        const text = String(messages.indexOf(message.value));
        edits.push({ start: message.start, end: message.end, text });
      }
    }
    childrenOf(node).forEach(visit);
  };
  visit(program);
  return { code: edited(code, edits), messages };
}
