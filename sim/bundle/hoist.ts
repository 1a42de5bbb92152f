/**
 * Rewrites ES5 so that Espruino runs it as JavaScript means it, and refuses what Espruino cannot read.
 *
 *   functions   Espruino hoists neither functions nor `var`. Function declarations move to the top of their function;
 *               so do the names of `var`s, unless the `var` already is the first thing that mentions the name.
 *   holes       `[1,,2]` is a syntax error in code that is skipped: holes become `undefined`.
 *   return      `return}` is a syntax error: a bare return is closed with `;`.
 *   numbers     `1e6` and `.5` are spelt out, so that a whole number stays an integer in every lexer.
 *
 * Everything outside plain ES5 (classes, spread, generators, template literals …) is refused by name and line, as are
 * labels, `with`, getters, a `case` after `default`, and helper calls of the TypeScript compiler.
 */
import type * as acorn from "acorn";
import { BundleError } from "./project";
import { applyEdits, childrenOf, countMentions, isFunction, parse, type Edit } from "./syntax";

/** Everything that may stand in the code, by its ESTree name. */
const ALLOWED_NODES = new Set([
  "ArrayExpression",
  "AssignmentExpression",
  "BinaryExpression",
  "BlockStatement",
  "BreakStatement",
  "CallExpression",
  "CatchClause",
  "ConditionalExpression",
  "ContinueStatement",
  "DoWhileStatement",
  "EmptyStatement",
  "ExpressionStatement",
  "ForInStatement",
  "ForStatement",
  "FunctionDeclaration",
  "FunctionExpression",
  "Identifier",
  "IfStatement",
  "Literal",
  "LogicalExpression",
  "MemberExpression",
  "NewExpression",
  "ObjectExpression",
  "Program",
  "Property",
  "ReturnStatement",
  "SequenceExpression",
  "SwitchCase",
  "SwitchStatement",
  "ThisExpression",
  "ThrowStatement",
  "TryStatement",
  "UnaryExpression",
  "UpdateExpression",
  "VariableDeclaration",
  "VariableDeclarator",
  "WhileStatement",
]);

/** From so many declarations on, their order counts: Espruino looks a name up from the start of the scope. */
const SORTED_FROM = 8;

/** What one function (or the program) has to say at its top. */
interface Scope {
  /** Names of `var`s that must be declared at the top, in the order they are met. */
  readonly names: string[];
  /** `var` statements that stay where they are. */
  readonly staying: Set<acorn.Node>;
  /** Function declarations that move to the top. */
  readonly functions: acorn.FunctionDeclaration[];
}

/** In which order a scope's declarations stand: "by use", these names before all others; or "kept" as they are. */
export type Order = "kept" | { readonly first: readonly string[] };

/** Rewrites `code`; `source_name` stands in errors. */
export function hoist(code: string, source_name: string, order: Order = { first: [] }): string {
  const program = parse(code, source_name);
  check(program, code, source_name);
  return new Rewriter(code, order).program(program);
}

function check(program: acorn.Program, code: string, source_name: string): void {
  const visit = (node: acorn.Node): void => {
    const fault = faultOf(node);
    if (fault !== undefined)
      throw new BundleError(`${source_name}:${lineOf(code, node.start)}: Espruino cannot run ${fault}`);
    childrenOf(node).forEach(visit);
  };
  visit(program);
}

/** What Espruino would stumble over in this node, its children aside. */
function faultOf(node: acorn.Node): string | undefined {
  if (!ALLOWED_NODES.has(node.type)) return `${node.type} (leave it out of portable code)`;
  const any = node as acorn.AnyNode;
  switch (any.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
      if (any.generator || any.async) return "a generator or an async function (use callbacks)";
      return any.params.every((one) => one.type === "Identifier") ? undefined : "a parameter that is not a plain name";
    case "VariableDeclaration":
      return any.kind === "var" ? undefined : `\`${any.kind}\` (the compiler should have made it \`var\`)`;
    case "Property":
      if (any.computed || any.method || any.shorthand) return "a computed or shortened property";
      return any.kind === "init" ? undefined : "a getter or setter (write a function)";
    case "SwitchStatement":
      return any.cases.slice(0, -1).some((one) => one.test === null)
        ? "a `case` after `default` (put default last)"
        : undefined;
    case "Identifier":
      // No keywords of JavaScript, so that nothing else stops at them.
      if (any.name === "of" || any.name === "let") return `the name ${any.name}, which is a keyword there`;
      return /^__[a-z]/.test(any.name)
        ? `the compiler's helper ${any.name} (leave out spread, classes and destructuring)`
        : undefined;
    default:
      return undefined;
  }
}

function lineOf(code: string, position: number): number {
  return code.slice(0, position).split("\n").length;
}

/** Finds what has to move in one function, without entering the functions inside it. */
function readScope(body: readonly acorn.Node[], parameters: readonly string[]): Scope {
  const functions: acorn.FunctionDeclaration[] = [];
  const collect = (node: acorn.Node): void => {
    if (node.type === "FunctionDeclaration") functions.push(node as acorn.FunctionDeclaration);
    if (!isFunction(node)) childrenOf(node).forEach(collect);
  };
  body.forEach(collect);

  // A name is settled when it needs no `var` any more: it is a parameter, a function, or declared already.
  const settled = new Set([...parameters, ...functions.map((one) => one.id.name)]);
  const mentioned = new Set<string>();
  const mention = (node: acorn.Node): void => {
    if (node.type === "Identifier") mentioned.add((node as acorn.Identifier).name);
    childrenOf(node).forEach(mention);
  };
  // The moved functions run against names that are declared later, so they count as mentions before all else.
  functions.forEach(mention);

  const scope: Scope = { names: [], staying: new Set(), functions };
  for (const statement of body) {
    const first = firstDeclaration(statement);
    const stays = first !== undefined && namesOf(first).every((name) => !settled.has(name) && !mentioned.has(name));
    if (stays && isSelfContained(first)) {
      scope.staying.add(first);
      namesOf(first).forEach((name) => settled.add(name));
    }
    for (const name of declaredIn(statement)) {
      if (!settled.has(name)) scope.names.push(name);
      settled.add(name);
    }
    if (statement.type !== "FunctionDeclaration") mention(statement);
  }
  return scope;
}

/** The `var` that certainly runs before the rest of this statement. */
function firstDeclaration(statement: acorn.Node): acorn.VariableDeclaration | undefined {
  const any = statement as acorn.AnyNode;
  if (any.type === "VariableDeclaration") return any;
  if (any.type === "ForStatement" && any.init?.type === "VariableDeclaration") return any.init;
  if (any.type === "ForInStatement" && any.left.type === "VariableDeclaration") return any.left;
  return undefined;
}

/** False when an initialiser mentions a name that the same statement declares, perhaps before it exists. */
function isSelfContained(declaration: acorn.VariableDeclaration): boolean {
  const names = new Set(namesOf(declaration));
  const mentions = (node: acorn.Node): boolean =>
    (node.type === "Identifier" && names.has((node as acorn.Identifier).name)) || childrenOf(node).some(mentions);
  if (names.size < declaration.declarations.length) return false;
  return !declaration.declarations.some((one) => one.init != null && mentions(one.init));
}

function namesOf(declaration: acorn.VariableDeclaration): string[] {
  return declaration.declarations.map((one) => (one.id as acorn.Identifier).name);
}

function declaredIn(statement: acorn.Node): string[] {
  const names: string[] = [];
  const visit = (node: acorn.Node): void => {
    if (isFunction(node)) return;
    if (node.type === "VariableDeclaration") names.push(...namesOf(node as acorn.VariableDeclaration));
    childrenOf(node).forEach(visit);
  };
  visit(statement);
  return names;
}

class Rewriter {
  public constructor(
    private readonly code: string,
    private readonly order: Order,
  ) {}

  public program(program: acorn.Program): string {
    return this.body(program.body, [], program.start, program.end);
  }

  /** The text from `start` to `end`, which holds the statements of one function, with its declarations on top. */
  private body(statements: readonly acorn.Node[], parameters: readonly string[], start: number, end: number): string {
    const scope = readScope(statements, parameters);
    const edits: Edit[] = [];
    for (const statement of statements) this.collect(statement, undefined, scope, edits);
    return this.declarations(scope, statements) + applyEdits(this.code, start, end, edits);
  }

  /** What stands on top: names and functions, those that are mentioned most often first when there are many. */
  private declarations(scope: Scope, statements: readonly acorn.Node[]): string {
    const all: { readonly name: string; readonly text: string | undefined }[] = [
      ...scope.names.map((name) => ({ name, text: undefined })),
      ...scope.functions.map((one) => ({ name: one.id.name, text: this.functionText(one) })),
    ];
    if (all.length > SORTED_FROM && this.order !== "kept") {
      const counts = new Map<string, number>();
      for (const statement of statements) countMentions(statement, counts);
      for (const name of this.order.first) counts.set(name, Infinity);
      const use = (name: string): number => counts.get(name) ?? 0;
      // Not by subtraction: two names of endless use are equal.
      all.sort((left, right) => Number(use(right.name) > use(left.name)) - Number(use(left.name) > use(right.name)));
    }
    let text = "";
    let names: string[] = [];
    for (const one of [...all, { name: "", text: "" }]) {
      if (one.text === undefined) {
        names.push(one.name);
        continue;
      }
      text += (names.length > 0 ? `var ${names.join(",")};` : "") + one.text;
      names = [];
    }
    return text;
  }

  private functionText(node: acorn.FunctionDeclaration | acorn.FunctionExpression): string {
    const parameters = node.params.map((one) => (one as acorn.Identifier).name);
    const inside = this.body(node.body.body, parameters, node.body.start + 1, node.body.end - 1);
    return `${this.code.slice(node.start, node.body.start + 1)}${inside}}`;
  }

  private collect(node: acorn.Node, parent: acorn.Node | undefined, scope: Scope, edits: Edit[]): void {
    const edit = this.edit(node, parent, scope);
    if (edit !== undefined) edits.push({ start: node.start, end: node.end, text: edit });
    else childrenOf(node).forEach((child) => this.collect(child, node, scope, edits));
  }

  /** The whole new text of a node, or undefined when only its children may change. */
  private edit(node: acorn.Node, parent: acorn.Node | undefined, scope: Scope): string | undefined {
    const any = node as acorn.AnyNode;
    switch (any.type) {
      case "FunctionDeclaration":
        return "";
      case "FunctionExpression":
        return this.functionText(any);
      case "VariableDeclaration":
        return scope.staying.has(any) ? undefined : this.assignments(any, parent, scope);
      case "ArrayExpression":
        return any.elements.includes(null) ? this.filled(any, scope) : undefined;
      case "ReturnStatement":
        return any.argument == null ? "return;" : undefined;
      case "Literal":
        return typeof any.value === "number" ? numberText(any.value) : undefined;
      default:
        return undefined;
    }
  }

  /** What is left of a `var` whose names stand at the top. */
  private assignments(node: acorn.VariableDeclaration, parent: acorn.Node | undefined, scope: Scope): string {
    if (parent?.type === "ForInStatement") return namesOf(node).join(",");
    const assigned = node.declarations.flatMap(({ id, init }) =>
      init == null ? [] : [`${(id as acorn.Identifier).name}=${this.subtree(init, scope)}`],
    );
    const text = assigned.join(",");
    if (parent?.type === "ForStatement" && (parent as acorn.ForStatement).init === node) return text;
    // Among other statements nothing need be left; alone in a branch or loop there must be a statement.
    const is_one_of_many = parent === undefined || parent.type === "BlockStatement" || parent.type === "SwitchCase";
    return text === "" && is_one_of_many ? "" : `${text};`;
  }

  private filled(node: acorn.ArrayExpression, scope: Scope): string {
    return `[${node.elements.map((one) => (one === null ? "undefined" : this.subtree(one, scope))).join(",")}]`;
  }

  private subtree(node: acorn.Node, scope: Scope): string {
    const edits: Edit[] = [];
    this.collect(node, undefined, scope, edits);
    return applyEdits(this.code, node.start, node.end, edits);
  }
}

/** A number without an exponent, when it is whole. */
function numberText(value: number): string {
  if (!Number.isSafeInteger(value)) return String(value);
  return BigInt(value).toString();
}
