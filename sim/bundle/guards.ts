/**
 * The function around a bundle, and the functions in it that do nothing but throw when their first argument is false,
 * such as an assertion.
 */
import type * as acorn from "acorn";
import { childrenOf, isFunction } from "./syntax";

/** The function around the bundle. */
export function findWrapper(program: acorn.Program): acorn.FunctionExpression | undefined {
  for (const statement of program.body) {
    if (statement.type !== "VariableDeclaration") continue;
    const call = statement.declarations[0]?.init;
    if (call?.type === "CallExpression" && call.callee.type === "FunctionExpression") return call.callee;
  }
  return undefined;
}

/** How often each name is declared or assigned, in any scope. */
export function countBindings(program: acorn.Program): Map<string, number> {
  const counts = new Map<string, number>();
  const bind = (node: acorn.Node | null | undefined): void => {
    if (node?.type !== "Identifier") return;
    const { name } = node as acorn.Identifier;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  const visit = (node: acorn.Node): void => {
    const any = node as acorn.AnyNode;
    if (isFunction(node)) [node.id, ...node.params].forEach(bind);
    else if (any.type === "VariableDeclarator") bind(any.id);
    else if (any.type === "CatchClause") bind(any.param);
    else if (any.type === "AssignmentExpression" || any.type === "ForInStatement") bind(any.left);
    else if (any.type === "UpdateExpression") bind(any.argument);
    childrenOf(node).forEach(visit);
  };
  visit(program);
  return counts;
}

/** The functions of the bundle of the form `function name(a, …) { if (!a) throw …; }`. */
export function findGuards(program: acorn.Program, wrapper: acorn.FunctionExpression): Set<string> {
  const bindings = countBindings(program);
  const guards = new Set<string>();
  for (const statement of wrapper.body.body) {
    if (statement.type !== "FunctionDeclaration" || bindings.get(statement.id.name) !== 1) continue;
    if (isGuard(statement)) guards.add(statement.id.name);
  }
  return guards;
}

function isGuard({ params, body }: acorn.FunctionDeclaration): boolean {
  const [condition] = params;
  const [only, ...more] = body.body;
  if (only?.type !== "IfStatement" || more.length > 0 || only.alternate != null) return false;
  const { test, consequent } = only;
  const is_negated =
    test.type === "UnaryExpression" &&
    test.operator === "!" &&
    test.argument.type === "Identifier" &&
    condition?.type === "Identifier" &&
    test.argument.name === condition.name;
  const [first, ...others] = consequent.type === "BlockStatement" ? consequent.body : [consequent];
  return is_negated && first?.type === "ThrowStatement" && others.length === 0;
}
