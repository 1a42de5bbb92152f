/**
 * Comparisons: refuses `===` and `!==` that would not be the same as `==` and `!=`.
 *
 * `==` differs only where it converts: between values of two kinds. So the two sides of a comparison, `undefined` aside,
 * must be of one kind: texts, numbers, truth values, or records. Then a bundle may write the shorter one, which Espruino
 * also works out faster. A record beside a text is let pass where the other side is one word, which no record and no list
 * of numbers is converted to. Nothing here is `null`: portable code has none, so null stands for undefined.
 */
import * as ts from "typescript";
import { BundleError, nodePlace } from "./project";

const KINDS: readonly [ts.TypeFlags, string][] = [
  [ts.TypeFlags.StringLike, "text"],
  [ts.TypeFlags.NumberLike, "number"],
  [ts.TypeFlags.BooleanLike, "truth value"],
  [ts.TypeFlags.Object | ts.TypeFlags.NonPrimitive, "record"],
];

/** The kinds of values of a type; one that is not known (any, a type parameter) is a kind of its own. */
function kindsOf(type: ts.Type): string[] {
  if (type.isUnion()) return type.types.flatMap(kindsOf);
  if ((type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Never)) !== 0) return [];
  if (type.isIntersection()) return ["intersection"];
  return [KINDS.find(([flags]) => (type.flags & flags) !== 0)?.[1] ?? "unknown"];
}

/** A text of one value that begins with a letter. */
function isWord(type: ts.Type): boolean {
  return type.isStringLiteral() && /^[a-z]/.test(type.value);
}

function isStrictComparison(node: ts.Node): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsEqualsToken;
}

/** Throws a BundleError at the first comparison, in these sources, of a text with a number, or the like. */
export function refuseMixedComparisons(program: ts.Program, sources: readonly ts.SourceFile[]): void {
  const checker = program.getTypeChecker();
  for (const source of sources) {
    const visit = (node: ts.Node): void => {
      if (isStrictComparison(node)) {
        const types = [node.left, node.right].map((side) => checker.getTypeAtLocation(side));
        const kinds = [...new Set(types.flatMap(kindsOf))].sort();
        const known = kinds.every((kind) => KINDS.some(([, name]) => name === kind));
        const word_only = kinds.join(" ") === "record text" && types.some(isWord);
        if ((kinds.length > 1 && !word_only) || !known) {
          const place = nodePlace(source, node.getStart(source));
          throw new BundleError(`${place}: compares ${kinds.join(" and ")} (compare values of one kind)`);
        }
      }
      ts.forEachChild(node, visit);
    };
    if (!source.isDeclarationFile) visit(source);
  }
}
