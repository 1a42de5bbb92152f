/**
 * Small helps for walking and rewriting JavaScript by acorn's tree.
 */
import * as acorn from "acorn";
import { BundleError } from "./project";

const NEWEST_SYNTAX = 2022;

/** A piece of text that takes the place of another. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The tree of `code`; `source_name` stands in errors. */
export function parse(code: string, source_name: string): acorn.Program {
  try {
    return acorn.parse(code, { ecmaVersion: NEWEST_SYNTAX, sourceType: "script" });
  } catch (error) {
    throw new BundleError(`${source_name}: not JavaScript: ${(error as Error).message}`);
  }
}

/**
 * Where the children of the nodes of ES5 stand, in the order of the text. Every tree is walked many times, and most
 * fields of a node hold no child.
 */
const CHILD_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["ArrayExpression", ["elements"]],
  ["AssignmentExpression", ["left", "right"]],
  ["BinaryExpression", ["left", "right"]],
  ["BlockStatement", ["body"]],
  ["BreakStatement", ["label"]],
  ["CallExpression", ["callee", "arguments"]],
  ["CatchClause", ["param", "body"]],
  ["ConditionalExpression", ["test", "consequent", "alternate"]],
  ["ContinueStatement", ["label"]],
  ["DoWhileStatement", ["body", "test"]],
  ["EmptyStatement", []],
  ["ExpressionStatement", ["expression"]],
  ["ForInStatement", ["left", "right", "body"]],
  ["ForStatement", ["init", "test", "update", "body"]],
  ["FunctionDeclaration", ["id", "params", "body"]],
  ["FunctionExpression", ["id", "params", "body"]],
  ["Identifier", []],
  ["IfStatement", ["test", "consequent", "alternate"]],
  ["Literal", []],
  ["LogicalExpression", ["left", "right"]],
  ["MemberExpression", ["object", "property"]],
  ["NewExpression", ["callee", "arguments"]],
  ["ObjectExpression", ["properties"]],
  ["Program", ["body"]],
  ["Property", ["key", "value"]],
  ["ReturnStatement", ["argument"]],
  ["SequenceExpression", ["expressions"]],
  ["SwitchCase", ["test", "consequent"]],
  ["SwitchStatement", ["discriminant", "cases"]],
  ["ThisExpression", []],
  ["ThrowStatement", ["argument"]],
  ["TryStatement", ["block", "handler", "finalizer"]],
  ["UnaryExpression", ["argument"]],
  ["UpdateExpression", ["argument"]],
  ["VariableDeclaration", ["declarations"]],
  ["VariableDeclarator", ["id", "init"]],
  ["WhileStatement", ["test", "body"]],
]);

/** The child nodes in the order of the text. */
export function childrenOf(node: acorn.Node): acorn.Node[] {
  const fields = CHILD_FIELDS.get(node.type);
  const children: acorn.Node[] = [];
  const add = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value as unknown[]) add(one);
    else if (isNode(value)) children.push(value);
  };
  if (fields !== undefined) {
    for (const field of fields) add((node as unknown as Record<string, unknown>)[field]);
    return children;
  }
  for (const value of Object.values(node)) add(value);
  return children.sort((left, right) => left.start - right.start);
}

function isNode(value: unknown): value is acorn.Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

export function isFunction(node: acorn.Node): node is acorn.FunctionDeclaration | acorn.FunctionExpression {
  return node.type === "FunctionDeclaration" || node.type === "FunctionExpression";
}

/** The names that `node` and everything under it mention as variables, with how often. Property names do not count. */
export function countMentions(
  node: acorn.Node,
  counts: Map<string, number> = new Map<string, number>(),
): Map<string, number> {
  forEachVariable(node, ({ name }) => counts.set(name, (counts.get(name) ?? 0) + 1));
  return counts;
}

/** Calls `visit` for every identifier that stands for a variable. */
export function forEachVariable(
  node: acorn.Node,
  visit: (identifier: acorn.Identifier, parent: acorn.Node | undefined) => void,
  parent?: acorn.Node,
): void {
  if (node.type === "Identifier") {
    if (!isPropertyName(node, parent)) visit(node as acorn.Identifier, parent);
    return;
  }
  for (const child of childrenOf(node)) forEachVariable(child, visit, node);
}

function isPropertyName(node: acorn.Node, parent: acorn.Node | undefined): boolean {
  const any = parent as acorn.AnyNode | undefined;
  if (any?.type === "MemberExpression") return any.property === node && !any.computed;
  return any?.type === "Property" && any.key === node && !any.computed;
}

/** The text from `start` to `end` with the edits, which lie inside and do not overlap. */
export function applyEdits(code: string, start: number, end: number, edits: readonly Edit[]): string {
  let text = "";
  let position = start;
  for (const edit of edits) {
    text += code.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return text + code.slice(position, end);
}
