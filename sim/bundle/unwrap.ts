/**
 * A bundle without the function around it: its declarations become globals of the interpreter.
 *
 * Espruino keeps with each function the scopes in which it was made: a variable where that is one function, four where
 * there are two. At the top there is none to keep, so a board has a variable more for each of some eight hundred
 * functions, and three for each closure that they make.
 *
 * What is lost is the shelter: what somebody at the console calls by a name of the firmware is the firmware. So no
 * global gets a name of one letter, as people give, nor that of a pin; and whoever runs a bundle that may stop half way
 * has to clear away what it has declared (tools/flash/boot_file.ts).
 */
import type * as acorn from "acorn";
import { FIRST_LETTERS, nameAt, NO_NAMES } from "./compact";
import { findWrapper } from "./guards";
import { BundleError } from "./project";
import { applyEdits, childrenOf, isFunction, parse, type Edit } from "./syntax";

/** Names of one letter, and of pins. */
const TAKEN = /^(?:.|[A-H]\d+)$/;

/** `var name=function(exports){…return exports}({});` as `var name={};…`. Throws a BundleError for any other form. */
export function unwrap(code: string, name: string, source_name: string): string {
  const program = parse(code, source_name);
  const wrapper = findWrapper(program);
  const last = wrapper?.body.body.at(-1);
  if (wrapper === undefined || program.body.length !== 1 || wrapper.params.length !== 1 || last === undefined)
    throw new BundleError(`${source_name}: no function of one parameter is around it`);
  const exported = (wrapper.params[0] as acorn.Identifier).name;
  const is_return = last.type === "ReturnStatement" && (last.argument as acorn.Identifier | null)?.name === exported;
  if (!is_return) throw new BundleError(`${source_name}: the function around it does not end with its exports`);
  const names = globalNames(program, declaredNames(wrapper.body)).set(exported, name);
  const edits = mentionsOf(wrapper.body, names).filter(({ start }) => start < last.start);
  return `var ${name}={};${applyEdits(code, wrapper.body.start + 1, last.start, edits)}`;
}

/** New names for those of `declared` that must not be global; none of them is written anywhere in the program. */
function globalNames(program: acorn.Node, declared: readonly string[]): Map<string, string> {
  const written = new Set<string>();
  const visit = (node: acorn.Node): void => {
    if (node.type === "Identifier") written.add((node as acorn.Identifier).name);
    childrenOf(node).forEach(visit);
  };
  visit(program);
  NO_NAMES.forEach((keyword) => written.add(keyword));
  let place = FIRST_LETTERS.length;
  const names = new Map<string, string>();
  for (const one of declared.filter((name) => TAKEN.test(name))) {
    while (written.has(nameAt(place)) || TAKEN.test(nameAt(place))) place += 1;
    names.set(one, nameAt(place));
    place += 1;
  }
  return names;
}

/** What a function declares for all of its body; what is nested in it is not entered. */
function declaredNames(body: acorn.Node): string[] {
  const any = body as acorn.AnyNode;
  if (any.type === "FunctionDeclaration") return any.id == null ? [] : [any.id.name];
  if (any.type === "FunctionExpression") return [];
  const own = any.type === "VariableDeclarator" ? [(any.id as acorn.Identifier).name] : [];
  const caught = any.type === "CatchClause" && any.param?.type === "Identifier" ? [any.param.name] : [];
  return [...own, ...caught, ...childrenOf(body).flatMap(declaredNames)];
}

/** Where these names of the scope around `node` stand, with the new ones, in the order of the text. */
function mentionsOf(node: acorn.Node, names: ReadonlyMap<string, string>): Edit[] {
  const any = node as acorn.AnyNode;
  if (any.type === "Identifier") {
    const text = names.get(any.name);
    return text === undefined ? [] : [{ start: node.start, end: node.end, text }];
  }
  if (!isFunction(node)) {
    return childrenOf(node)
      .filter((child) => !isPropertyOf(any, child))
      .flatMap((child) => mentionsOf(child, names));
  }
  const own = [...node.params.map((one) => (one as acorn.Identifier).name), ...declaredNames(node.body)];
  const left = new Map([...names].filter(([name]) => !own.includes(name)));
  const named = any.type === "FunctionDeclaration" && any.id != null ? mentionsOf(any.id, names) : [];
  return left.size === 0 ? named : [...named, ...mentionsOf(node.body, left)];
}

function isPropertyOf(parent: acorn.AnyNode, child: acorn.Node): boolean {
  if (parent.type === "MemberExpression") return parent.property === child && !parent.computed;
  return parent.type === "Property" && parent.key === child;
}
