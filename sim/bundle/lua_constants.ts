/**
 * Constants in a Lua tree: which expressions are one, sums and products of whole numbers, and branches never taken.
 */
import * as tstl from "typescript-to-lua";
import { replaceChildren } from "./lua_tree";

/** Longer strings would stand in the bundle once for each use. */
const STRING_MAX = 40;

/** Whether an expression can stand in the place of its name. */
export function isConstant(
  node: tstl.Expression,
): node is tstl.NumericLiteral | tstl.StringLiteral | tstl.BooleanLiteral {
  if (tstl.isNumericLiteral(node) || tstl.isBooleanLiteral(node)) return true;
  return tstl.isStringLiteral(node) && node.value.length <= STRING_MAX;
}

/** Folds in place, from the inside out; what stands there afterwards. */
export function foldConstants(node: tstl.Expression): tstl.Expression {
  return fold(node) as tstl.Expression;
}

function fold(node: tstl.Node): tstl.Node {
  replaceChildren(node, fold);
  if (tstl.isBinaryExpression(node)) return foldBinary(node);
  if (tstl.isUnaryExpression(node)) return foldUnary(node);
  if (tstl.isParenthesizedExpression(node) && isConstant(node.expression)) return node.expression;
  if (tstl.isIfStatement(node)) return foldIf(node);
  return node;
}

function foldUnary(node: tstl.UnaryExpression): tstl.Expression {
  const { operand, operator } = node;
  if (operator === tstl.SyntaxKind.NotOperator && tstl.isBooleanLiteral(operand))
    return tstl.createBooleanLiteral(operand.kind === tstl.SyntaxKind.FalseKeyword);
  // Zero has no sign among Lua's integers, and -0 is no integer here.
  if (operator === tstl.SyntaxKind.NegationOperator && tstl.isNumericLiteral(operand) && operand.value !== 0)
    return tstl.createNumericLiteral(-operand.value);
  return node;
}

function foldBinary(node: tstl.BinaryExpression): tstl.Expression {
  const { left, right, operator } = node;
  if (tstl.isBooleanLiteral(left)) {
    const is_true = left.kind === tstl.SyntaxKind.TrueKeyword;
    if (operator === tstl.SyntaxKind.AndOperator) return is_true ? right : left;
    if (operator === tstl.SyntaxKind.OrOperator) return is_true ? left : right;
  }
  if (!tstl.isNumericLiteral(left) || !tstl.isNumericLiteral(right)) return node;
  const value = calculated(operator, left.value, right.value);
  return value === undefined ? node : tstl.createNumericLiteral(value);
}

/** Undefined where Lua's result could be another, or -0. */
function calculated(operator: tstl.Operator, left: number, right: number): number | undefined {
  if (!Number.isSafeInteger(left) || !Number.isSafeInteger(right)) return undefined;
  const results: Partial<Record<tstl.Operator, number>> = {
    [tstl.SyntaxKind.AdditionOperator]: left + right,
    [tstl.SyntaxKind.SubtractionOperator]: left - right,
    [tstl.SyntaxKind.MultiplicationOperator]: left * right + 0,
  };
  const value = results[operator];
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

function foldIf(node: tstl.IfStatement): tstl.Statement {
  if (!tstl.isBooleanLiteral(node.condition)) return node;
  if (node.condition.kind === tstl.SyntaxKind.TrueKeyword) return tstl.createDoStatement(node.ifBlock.statements);
  if (node.elseBlock === undefined) return tstl.createDoStatement([]);
  return tstl.isIfStatement(node.elseBlock) ? node.elseBlock : tstl.createDoStatement(node.elseBlock.statements);
}
