/**
 * The portable subset, part 1: syntax that one of the three engines lacks or reads differently.
 *
 * Each entry is a selector for ESLint's `no-restricted-syntax` and the engine fact behind it. "TSTL" is
 * TypeScriptToLua. Every entry has a fixture in test/house/breaks/ that proves it fires.
 */
"use strict";

/** Built from pieces, so that adding an entry is one line: [selector, message]. */
const entries = [
  // --- Functions and control flow
  [":function[async=true], AwaitExpression", "no async or await: Espruino has none, Lua runs it synchronously"],
  [":function[generator=true]", "no generators: a SyntaxError on Espruino"],
  ["TryStatement", "no try: break inside it gives Lua that does not load, and Espruino cannot catch out of memory"],
  ["LabeledStatement", "no labels: a SyntaxError on Espruino"],
  ["ForInStatement", "no for-in: the order of keys differs in Lua"],
  ["SequenceExpression", "no comma operator: write one statement for each"],
  [
    ":matches(ForStatement, WhileStatement, DoWhileStatement, ForOfStatement) :function",
    "no function made in a loop: Espruino and Lua share one binding among the turns; call a function that makes it",
  ],
  ["Identifier[name='arguments']", "no arguments: Espruino counts them otherwise"],
  [":function > AssignmentPattern.params", "no default parameters: a SyntaxError on Espruino"],
  ["RestElement", "no rest parameters or elements: a SyntaxError on Espruino"],
  ["SpreadElement", "no spread: a SyntaxError on Espruino"],
  [":matches(ObjectPattern, ArrayPattern)", "no destructuring: a SyntaxError on Espruino"],
  ["ImportExpression", "no dynamic import: bundles are one file"],

  // --- Objects
  [":matches(ClassDeclaration, ClassExpression)", "no classes: inheritance is broken on Espruino; use closures"],
  ["ThisExpression", "no this: TSTL passes it as a hidden argument, which callbacks lose; use closures"],
  ["NewExpression:not([callee.name='Error'])", "no new, except new Error: use object and array literals"],
  ["PrivateIdentifier", "no #private: it crashes TSTL"],
  ["ObjectExpression > Property[computed=true]", "no computed keys: a SyntaxError on Espruino"],
  ["Property[kind=/^(get|set)$/]", "no accessors: write functions"],
  ["UnaryExpression[operator='delete']", "no delete: assign undefined"],
  ["BinaryExpression[operator='in']", "no in: Lua cannot tell undefined from absent; compare with undefined"],
  ["BinaryExpression[operator='instanceof']", "no instanceof: errors are strings in Lua"],
  ["UnaryExpression[operator='typeof']", "no typeof: use a discriminating field"],
  ["UnaryExpression[operator='void']", "no void operator"],
  [
    ":matches(AssignmentExpression, UpdateExpression) > MemberExpression[property.name='length']:not(.right)",
    "no assignment to length: Lua ignores it; use push and pop",
  ],

  // --- Values
  [":matches(Literal[raw='null'], TSNullKeyword)", "no null: null and undefined are both nil in Lua; use undefined"],
  [
    ":matches(ArrayExpression, CallExpression[callee.property.name=/^(push|unshift)$/]) > Identifier[name='undefined']",
    "no undefined in arrays: a Lua array ends at its first nil",
  ],
  ["Literal[regex]", "no regular expressions: Lua has none"],
  ["Literal[bigint]", "no BigInt: Espruino and Lua have none"],
  [
    ":matches(Literal[value=/[^\\x00-\\x7f]/], TemplateElement[value.cooked=/[^\\x00-\\x7f]/])",
    "only ASCII in text: other characters become several bytes in Lua",
  ],
  ["TaggedTemplateExpression", "no tagged templates: a SyntaxError on Espruino"],

  // --- Operators
  ["ChainExpression", "no optional chaining: a SyntaxError on Espruino"],
  ["LogicalExpression[operator='??']", "no ??: compare with undefined"],
  ["AssignmentExpression[operator=/^(\\?\\?|\\|\\||&&)=$/]", "no logical assignment: a SyntaxError on Espruino"],
  [
    ":matches(BinaryExpression[operator='**'], AssignmentExpression[operator='**='])",
    "no **: powers are inexact on Espruino and floats in Lua",
  ],
  ["UnaryExpression[operator='~']", "no ~: it has 64 bits in Lua; use ^ with a mask"],
  ["UnaryExpression[operator='+']", "no unary plus: text is turned into numbers by an own parser"],
  [
    ":matches(BinaryExpression[operator=/^>>>?$/], AssignmentExpression[operator=/^>>>?=$/])",
    "no >> or >>>: signed, 64-bit or an error, depending on the Lua; use Math.floor(a / 2^n)",
  ],
  [
    ":matches(BinaryExpression[operator='|'][right.value=0], BinaryExpression[operator='|'][left.value=0], AssignmentExpression[operator='|='][right.value=0])",
    "no | 0: it keeps 64 bits in Lua and throws on fractions; use Math.floor",
  ],

  // --- TypeScript
  ["TSEnumDeclaration", "no enums: use unions of text or constants"],
  ["TSModuleDeclaration", "no namespaces: use files"],
  [
    "[declare=true]",
    "no declare: an exported one becomes a field of its module that is undefined at run time; hardware comes in through a port",
  ],
  [
    ":matches(TSIndexSignature TSNumberKeyword, TSTypeReference[typeName.name='ArrayLike'])",
    "no array-like types: TSTL counts them from 0 but arrays from 1; use T[]",
  ],
];

module.exports = entries.map(([selector, message]) => ({ selector, message }));
