/**
 * Which property names a bundle may shorten. A name is free when only the bundle's own records carry it.
 *
 * Not free are: every member that a declaration file knows (the standard library, an engine's own functions), what the
 * entry exports, and what the caller reserves. Shortening is safe only while no code makes a property name out of text,
 * so a program that indexes a record by text, lists its keys or quotes one is refused.
 */
import * as ts from "typescript";
import { BundleError, nodePlace } from "./project";

/** Throws a BundleError when one of these sources makes shortening unsafe. */
export function refuseTextKeys(program: ts.Program, sources: readonly ts.SourceFile[]): void {
  const checker = program.getTypeChecker();
  for (const source of sources) {
    if (!source.isDeclarationFile) refuseTextKeysOf(source, checker);
  }
}

/** The names that must stay, sorted. */
export function keptPropertyNames(program: ts.Program, entry: string, reserved: readonly string[]): string[] {
  const checker = program.getTypeChecker();
  const names = new Set(reserved);
  for (const source of program.getSourceFiles()) {
    if (source.isDeclarationFile) declaredMembers(source).forEach((name) => names.add(name));
  }
  const source = program.getSourceFile(entry);
  const entry_symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (entry_symbol === undefined) throw new BundleError(`${entry}: the entry of a bundle must export something`);
  checker.getExportsOfModule(entry_symbol).forEach((one) => names.add(one.name));
  return [...names].sort();
}

function declaredMembers(source: ts.SourceFile): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    // Nothing here has Intl, and its options (month, day, style …) would keep many good names long.
    if (ts.isModuleDeclaration(node) && node.name.text === "Intl") return;
    if (isMember(node) && ts.isIdentifier(node.name)) names.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

function isMember(node: ts.Node): node is ts.TypeElement & { name: ts.PropertyName } {
  return (
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node)
  );
}

function refuseTextKeysOf(source: ts.SourceFile, checker: ts.TypeChecker): void {
  const visit = (node: ts.Node): void => {
    const use = textKeyIn(node, checker);
    if (use !== undefined) {
      const place = nodePlace(source, node.getStart(source));
      throw new BundleError(
        `${place}: ${use}, so property names cannot be shortened (use an array, or mangle_properties: false)`,
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function textKeyIn(node: ts.Node, checker: ts.TypeChecker): string | undefined {
  if (ts.isElementAccessExpression(node)) {
    const type = checker.getTypeAtLocation(node.argumentExpression);
    return (type.flags & ts.TypeFlags.NumberLike) !== 0
      ? undefined
      : "a record is indexed by something other than a number";
  }
  if (ts.isForInStatement(node)) return "`for … in` lists property names";
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword)
    return "`in` asks for a property by name";
  if (ts.isPropertyAccessExpression(node) && node.expression.getText() === "Object")
    return `Object.${node.name.text} sees property names`;
  if (ts.isPropertyAssignment(node) && ts.isStringLiteral(node.name)) return "a property name is quoted";
  if (ts.isIdentifier(node) && node.text === "JSON") return "JSON sees property names";
  return undefined;
}
