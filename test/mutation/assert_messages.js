/** A Stryker plugin: the message of an assertion is not mutated. Its condition is. */
"use strict";

/** Whether `path` (a Babel NodePath) is the second argument of a call of `assert`. */
function isMessage(path) {
  const { parent } = path;
  if (parent === null || parent.type !== "CallExpression") return false;
  return parent.callee.type === "Identifier" && parent.callee.name === "assert" && parent.arguments[1] === path.node;
}

exports.strykerPlugins = [
  {
    kind: "Ignore",
    name: "assert-messages",
    value: {
      shouldIgnore: (path) => (isMessage(path) ? "the words of an assertion are no promise" : undefined),
    },
  },
];
