/**
 * Functions of a bundle as values of one `var`: function a(){}function b(){} -> var a=function(){},b=function(){};
 *
 * Espruino declares a name among those that it has by going through all of them, and it compares the name of a `var` by its
 * first characters, that of a function character by character with an iterator (src/jsparse.c: jspeStatementVar calls
 * jsvFindOrAddChildFromString, jspeStatementFunctionDecl calls jsvFindChildFromVar). Of a thousand functions the second
 * way is a third of a board's boot. It costs two bytes a function.
 *
 * hoist.ts has put them before everything that could call one, so nothing sees a name before its value.
 */
import type * as acorn from "acorn";
import { findWrapper } from "./guards";
import { applyEdits, parse, type Edit } from "./syntax";

const KEYWORD = "function";

/** Rewrites the functions that stand straight in the function around a bundle; a text without one stays as it is. */
export function functionValues(code: string, source_name: string): string {
  const wrapper = findWrapper(parse(code, source_name));
  if (wrapper === undefined) return code;
  const statements = wrapper.body.body;
  const edits = statements.flatMap((statement, place) =>
    statement.type === "FunctionDeclaration"
      ? valueEdits(statement, statements[place - 1], statements[place + 1], code)
      : [],
  );
  return applyEdits(code, 0, code.length, edits);
}

function valueEdits(
  { start, end, id }: acorn.FunctionDeclaration,
  before: acorn.Node | undefined,
  behind: acorn.Node | undefined,
  code: string,
): Edit[] {
  const goes_on = before?.type === "FunctionDeclaration";
  const ends = behind?.type !== "FunctionDeclaration";
  const gap = code.slice(start + KEYWORD.length, id.start);
  return [
    { start, end: id.start, text: goes_on ? `,${gap.replace(/\s+/g, "")}` : `var${gap}` },
    { start: id.end, end: id.end, text: `=${KEYWORD}` },
    ...(ends ? [{ start: end, end, text: ";" }] : []),
  ];
}
