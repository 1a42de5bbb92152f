/**
 * Walking and rewriting the Lua trees of TypeScriptToLua, with Lua's rules of what a name stands for.
 *
 * A name is free where no local of the walked tree has it: it then stands for something of the module, or for a global.
 */
import * as tstl from "typescript-to-lua";

/** What a free name, or a field of one with a known name, is replaced by; undefined leaves it as it is. */
export interface Free {
  /** `name`, or `table.name` when `table` is given. */
  expression(name: string, table: string | undefined): tstl.Expression | undefined;
  /** Called before a free name or field is assigned to. */
  assigned(name: string, table: string | undefined): void;
}

type Names = ReadonlySet<string>;

/** Rewrites the free names in an expression, in place; the expression that stands there afterwards. */
export function rewriteFree(expression: tstl.Expression, free: Free): tstl.Expression {
  return rewriteExpression(expression, new Set(), free);
}

function isNode(value: unknown): value is tstl.Node {
  return typeof value === "object" && value !== null && typeof (value as { kind?: unknown }).kind === "number";
}

export function childrenOf(node: tstl.Node): tstl.Node[] {
  return Object.values(node).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** Puts what `change` makes of each child into the child's place. */
export function replaceChildren(node: tstl.Node, change: (child: tstl.Node) => tstl.Node): void {
  const fields = node as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) {
    if (isNode(value)) fields[name] = change(value);
    else if (Array.isArray(value)) fields[name] = value.map((one: unknown) => (isNode(one) ? change(one) : one));
  }
}

/** The table and the field of `table.field`; undefined for anything else. */
export function fieldOf(node: tstl.Node): { readonly table: string; readonly name: string } | undefined {
  if (!tstl.isTableIndexExpression(node)) return undefined;
  const { table, index } = node;
  return tstl.isIdentifier(table) && tstl.isStringLiteral(index) ? { table: table.text, name: index.value } : undefined;
}

function withNames(names: Names, more: readonly tstl.Identifier[]): Names {
  return more.length === 0 ? names : new Set([...names, ...more.map((one) => one.text)]);
}

function rewriteExpression(node: tstl.Expression, names: Names, free: Free): tstl.Expression {
  if (tstl.isIdentifier(node)) return names.has(node.text) ? node : (free.expression(node.text, undefined) ?? node);
  const field = fieldOf(node);
  if (field !== undefined && !names.has(field.table)) {
    const found = free.expression(field.name, field.table);
    if (found !== undefined) return found;
  }
  if (tstl.isFunctionExpression(node)) {
    rewriteBlock(node.body.statements, withNames(names, node.params ?? []), free);
    return node;
  }
  if (tstl.isMethodCallExpression(node)) {
    node.prefixExpression = rewriteExpression(node.prefixExpression, names, free);
    node.params = node.params.map((one) => rewriteExpression(one, names, free));
    return node;
  }
  replaceChildren(node, (child) => rewriteExpression(child as tstl.Expression, names, free));
  return node;
}

/** The names that hold at the end of the block, where the condition of a `repeat` is. */
function rewriteBlock(statements: readonly tstl.Statement[], outer: Names, free: Free): Names {
  let names = outer;
  for (const statement of statements) {
    if (tstl.isVariableDeclarationStatement(statement)) {
      const inside = withNames(names, statement.left);
      // `local function f` knows itself, `local f = …` does not.
      const right_names = tstl.isFunctionDefinition(statement) ? inside : names;
      if (statement.right !== undefined)
        statement.right = statement.right.map((one) => rewriteExpression(one, right_names, free));
      names = inside;
    } else {
      rewriteStatement(statement, names, free);
    }
  }
  return names;
}

function rewriteStatement(statement: tstl.Statement, names: Names, free: Free): void {
  const expression = (node: tstl.Expression): tstl.Expression => rewriteExpression(node, names, free);
  if (tstl.isAssignmentStatement(statement)) {
    for (const left of statement.left) noteAssignment(left, names, free);
    statement.left = statement.left.map((one) => expression(one) as typeof one);
    statement.right = statement.right.map(expression);
  } else if (tstl.isForStatement(statement)) {
    statement.controlVariableInitializer = expression(statement.controlVariableInitializer);
    statement.limitExpression = expression(statement.limitExpression);
    if (statement.stepExpression !== undefined) statement.stepExpression = expression(statement.stepExpression);
    rewriteBlock(statement.body.statements, withNames(names, [statement.controlVariable]), free);
  } else if (tstl.isForInStatement(statement)) {
    statement.expressions = statement.expressions.map(expression);
    rewriteBlock(statement.body.statements, withNames(names, statement.names), free);
  } else if (tstl.isRepeatStatement(statement)) {
    const inside = rewriteBlock(statement.body.statements, names, free);
    statement.condition = rewriteExpression(statement.condition, inside, free);
  } else if (tstl.isDoStatement(statement) || tstl.isBlock(statement)) {
    rewriteBlock((statement as tstl.DoStatement).statements, names, free);
  } else {
    replaceChildren(statement, (child) => {
      if (!isStatement(child)) return expression(child as tstl.Expression);
      rewriteStatement(child as tstl.Statement, names, free);
      return child;
    });
  }
}

function isStatement(node: tstl.Node): boolean {
  return node.kind <= tstl.SyntaxKind.ExpressionStatement;
}

function noteAssignment(left: tstl.Expression, names: Names, free: Free): void {
  if (tstl.isIdentifier(left) && !names.has(left.text)) free.assigned(left.text, undefined);
  const field = fieldOf(left);
  if (field !== undefined && !names.has(field.table)) free.assigned(field.name, field.table);
}
