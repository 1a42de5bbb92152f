/**
 * Puts constants in the place of their names, and gives library functions that are used much names of their own.
 *
 * Espruino finds a name by going through a scope from its start, and everything in a bundle is one scope: a constant
 * costs a search of it, and a variable of RAM; `Math` is found only after all of it. So in the function around a bundle
 * each `var` whose value is a number or a truth value, or a text used once, and which nothing else declares or assigns,
 * goes into the places that use it. A number of many digits that is written often keeps one name for all that have it, among
 * the first: it is read digit by digit each time it is passed.
 *
 * A call costs a scope, and a text as its argument a variable for every few characters. So the call of a function that
 * does nothing but throw when its first argument is false, such as an assertion, is made only when it is:
 * `assert(a, "why");` becomes `if(!(a))assert(false,"why");`.
 */
import type * as acorn from "acorn";
import { countBindings, findGuards, findWrapper } from "./guards";
import { applyEdits, childrenOf, countMentions, forEachVariable, parse, type Edit } from "./syntax";

type Constant = number | string | boolean;

/** Library functions that are worth a variable. */
const NAMED_FUNCTIONS: readonly { readonly object: string; readonly method: string }[] = [
  { object: "Math", method: "floor" },
  { object: "Math", method: "min" },
  { object: "Math", method: "max" },
  { object: "String", method: "fromCharCode" },
];

/** From here on, and as often, a number is a variable. */
const LONG_DIGITS = 12;
const OFTEN = 8;

/** Rewrites a bundle of the form `var name = (function (…) {…})(…);`. */
export function inlineConstants(code: string, source_name: string): string {
  const program = parse(code, source_name);
  const wrapper = findWrapper(program);
  if (wrapper === undefined) return code;
  const edits = [
    ...constantEdits(program, wrapper),
    ...functionEdits(program, wrapper),
    ...guardEdits(program, findGuards(program, wrapper)),
  ];
  edits.sort((left, right) => left.start - right.start);
  return applyEdits(code, 0, code.length, edits);
}

function constantEdits(program: acorn.Program, wrapper: acorn.FunctionExpression): Edit[] {
  const constants = findConstants(program, wrapper);
  const named = longNumbers(program, constants);
  const first = wrapper.body.start + 1;
  const declared = [...named].map(([value, name]) => ({ start: first, end: first, text: `var ${name}=${value};` }));
  const removed: Edit[] = [];
  for (const statement of wrapper.body.body) {
    const name = singleName(statement);
    if (name !== undefined && constants.has(name))
      removed.push({ start: statement.start, end: statement.end, text: "" });
  }
  const replaced: Edit[] = [];
  forEachVariable(program, (identifier) => {
    const value = constants.get(identifier.name);
    if (value === undefined) return;
    const inside = removed.some((edit) => edit.start <= identifier.start && identifier.end <= edit.end);
    const text = named.get(value) ?? constantText(value);
    if (!inside) replaced.push({ start: identifier.start, end: identifier.end, text });
  });
  return [...declared, ...removed, ...replaced];
}

/** Numbers that are long and written often, each with the first of its names. */
function longNumbers(program: acorn.Program, constants: ReadonlyMap<string, Constant>): Map<Constant, string> {
  const mentions = countMentions(program);
  const uses = new Map<Constant, { name: string; count: number }>();
  for (const [name, value] of constants) {
    if (typeof value !== "number" || String(value).length < LONG_DIGITS) continue;
    const known = uses.get(value);
    // Its declaration is one mention.
    const count = (known?.count ?? 0) + (mentions.get(name) ?? 1) - 1;
    uses.set(value, { name: known?.name ?? name, count });
  }
  return new Map([...uses].filter(([, { count }]) => count >= OFTEN).map(([value, { name }]) => [value, name]));
}

function findConstants(program: acorn.Program, wrapper: acorn.FunctionExpression): Map<string, Constant> {
  const bindings = countBindings(program);
  const mentions = countMentions(program);
  const constants = new Map<string, Constant>();
  for (const statement of wrapper.body.body) {
    const name = singleName(statement);
    if (name === undefined) continue;
    const init = (statement as acorn.VariableDeclaration).declarations[0]?.init;
    const value = init == null ? undefined : evaluate(init, constants);
    if (value === undefined || bindings.get(name) !== 1) continue;
    // The declaration is one mention, its only use the other.
    if (typeof value === "string" && mentions.get(name) !== 2) continue;
    constants.set(name, value);
  }
  return constants;
}

/** The name of a `var` that declares only one. */
function singleName(statement: acorn.Node): string | undefined {
  if (statement.type !== "VariableDeclaration") return undefined;
  const { declarations } = statement as acorn.VariableDeclaration;
  return declarations.length === 1 ? (declarations[0]?.id as acorn.Identifier).name : undefined;
}

/** The value of an expression of literals and constants; undefined when it is none, or not exact. */
function evaluate(node: acorn.Node, constants: ReadonlyMap<string, Constant>): Constant | undefined {
  const any = node as acorn.AnyNode;
  switch (any.type) {
    case "Literal":
      return isConstant(any.value) ? any.value : undefined;
    case "Identifier":
      return constants.get(any.name);
    case "UnaryExpression": {
      const value = evaluate(any.argument, constants);
      return any.operator === "-" && typeof value === "number" && value !== 0 ? -value : undefined;
    }
    case "BinaryExpression":
      return calculate(any.operator, evaluate(any.left, constants), evaluate(any.right, constants));
    default:
      return undefined;
  }
}

function isConstant(value: unknown): value is Constant {
  return typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value);
}

function calculate(operator: string, left: Constant | undefined, right: Constant | undefined): number | undefined {
  if (typeof left !== "number" || typeof right !== "number") return undefined;
  const results: Readonly<Record<string, number>> = { "+": left + right, "-": left - right, "*": left * right };
  const result = results[operator];
  return Number.isSafeInteger(result) ? result : undefined;
}

function constantText(value: Constant): string {
  return typeof value === "number" && value < 0 ? `(${value})` : JSON.stringify(value);
}

function functionEdits(program: acorn.Program, wrapper: acorn.FunctionExpression): Edit[] {
  const mentions = countMentions(program);
  const found = findUses(program);
  return NAMED_FUNCTIONS.flatMap(({ object, method }) => {
    const name = `${object}_${method}`;
    const uses = found.get(`${object}.${method}`) ?? [];
    if (uses.length < 2 || mentions.has(name)) return [];
    const start = wrapper.body.start + 1;
    const declaration = { start, end: start, text: `var ${name}=${object}.${method};` };
    return [declaration, ...uses.map((use) => ({ start: use.start, end: use.end, text: name }))];
  });
}

/** Where each `name.property` stands that a library function may be, by its text without white space. */
function findUses(program: acorn.Program): Map<string, acorn.Node[]> {
  const found = new Map<string, acorn.Node[]>();
  const visit = (node: acorn.Node): void => {
    const any = node as acorn.AnyNode;
    if (any.type === "MemberExpression" && !any.computed && any.object.type === "Identifier") {
      const name = `${any.object.name}.${(any.property as acorn.Identifier).name}`;
      const uses = found.get(name);
      if (uses === undefined) found.set(name, [node]);
      else uses.push(node);
    }
    childrenOf(node).forEach(visit);
  };
  visit(program);
  return found;
}

function guardEdits(program: acorn.Program, guards: ReadonlySet<string>): Edit[] {
  const edits: Edit[] = [];
  const visit = (node: acorn.Node): void => {
    const children = childrenOf(node);
    if (isStatementList(node)) for (const statement of children) edits.push(...guardEdit(statement, guards));
    children.forEach(visit);
  };
  visit(program);
  return edits;
}

/** Only among other statements: alone in a branch, the new `if` would take the branch's `else`. */
function isStatementList(node: acorn.Node): boolean {
  return node.type === "BlockStatement" || node.type === "Program" || node.type === "SwitchCase";
}

function guardEdit(statement: acorn.Node, guards: ReadonlySet<string>): Edit[] {
  const any = statement as acorn.AnyNode;
  if (any.type !== "ExpressionStatement" || any.expression.type !== "CallExpression") return [];
  const { callee, arguments: values } = any.expression;
  const [condition, ...others] = values;
  if (callee.type !== "Identifier" || !guards.has(callee.name) || condition === undefined) return [];
  // What is worked out only on failure must have no effect and no cost of its own.
  if (!others.every((one) => one.type === "Literal")) return [];
  const call = others.length > 0 ? `))${callee.name}(false,` : `))${callee.name}(false`;
  return [
    { start: statement.start, end: condition.start, text: "if(!(" },
    { start: condition.end, end: others[0]?.start ?? condition.end, text: call },
  ];
}
