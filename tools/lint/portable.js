/**
 * The portable subset, part 2: rules that need types or scopes. An ESLint plugin in plain JavaScript.
 *
 * Both lists below say what is allowed, not what is forbidden: what nobody has proven identical on Node, Lua and
 * Espruino does not pass, even if it is new.
 */
"use strict";

const { TypeFlags } = require("typescript");

/** Globals, each with the only way it may be used. Everything else is missing or differs on an engine. */
const KNOWN_GLOBALS = {
  undefined: "any",
  Error: "new",
  Math: "member",
  String: "member",
};

/** Members of the standard library (by the name of the interface in TypeScript's lib files) proven identical. */
const KNOWN_MEMBERS = {
  Array: ["length", "push", "pop", "sort", "slice", "concat", "indexOf"],
  ReadonlyArray: ["length"],
  String: ["length", "charCodeAt", "indexOf", "substring"],
  StringConstructor: ["fromCharCode"],
  Math: ["floor", "min", "max"],
};

const LARGEST_EXACT = 2 ** 53;

/** The type checker of the file being linted. */
function typesOf(context) {
  const services = context.sourceCode.parserServices;
  if (!services || !services.program) throw new Error("portable rules need type information (parserOptions)");
  return services;
}

/** The members of a union, or the type itself; of type parameters, their constraint. */
function constituents(services, type) {
  const checker = services.program.getTypeChecker();
  const solid = checker.getBaseConstraintOfType(type) ?? type;
  return solid.isUnion() ? solid.types : [solid];
}

function isArray(services, type) {
  const checker = services.program.getTypeChecker();
  return checker.isArrayType(type) || checker.isTupleType(type);
}

function isString(type) {
  return (type.flags & TypeFlags.StringLike) !== 0;
}

/**
 * Only globals that all three engines have. Espruino lacks Map, Set, Symbol, Number.isInteger and many more; TSTL
 * compiles JSON, Date, setTimeout and typed arrays without a word and the Lua then throws; String(x) and
 * parseInt read and write numbers differently.
 */
const knownGlobals = {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      unknown: "`{{name}}` is not a global of all engines (portable code has ports, and its own formatters)",
      misused: "`{{name}}` may be used only as {{use}}",
    },
  },
  create(context) {
    const usedWell = (identifier, use) => {
      const parent = identifier.parent;
      if (use === "any") return true;
      if (use === "new") return parent.type === "NewExpression" && parent.callee === identifier;
      return parent.type === "MemberExpression" && parent.object === identifier && !parent.computed;
    };
    const check = (reference) => {
      if (reference.isTypeReference && !reference.isValueReference) return;
      const { identifier } = reference;
      const use = Object.hasOwn(KNOWN_GLOBALS, identifier.name) ? KNOWN_GLOBALS[identifier.name] : "";
      if (use === "") context.report({ node: identifier, messageId: "unknown", data: { name: identifier.name } });
      else if (!usedWell(identifier, use))
        context.report({
          node: identifier,
          messageId: "misused",
          data: { name: identifier.name, use: use === "new" ? "new Error(…)" : `${identifier.name}.member` },
        });
    };
    return {
      "Program:exit"(node) {
        const scope = context.sourceCode.getScope(node);
        for (const reference of scope.through) check(reference);
        for (const variable of scope.variables) if (variable.defs.length === 0) variable.references.forEach(check);
      },
    };
  },
};

/**
 * Only library members that behave the same everywhere. Sort order, split limits, slice of typed arrays, toString of
 * numbers, padStart and more differ; an index on a text is `undefined` past its end in JavaScript and "" in Lua.
 */
const knownMembers = {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      unknown: "`{{owner}}.{{name}}` is not in the portable list ({{allowed}})",
      slice: "`Array.slice` takes a start and an end: nothing else has been tried on all engines",
      index: "a text is not indexed with []: use charCodeAt or substring",
    },
  },
  create(context) {
    const services = typesOf(context);
    const fromLibrary = (symbol) =>
      (symbol.declarations ?? []).filter((one) => services.program.isSourceFileDefaultLibrary(one.getSourceFile()));
    const isText = (node) => constituents(services, services.getTypeAtLocation(node)).some(isString);
    const slicesWell = ({ parent }) => parent.type === "CallExpression" && parent.arguments.length === 2;

    return {
      MemberExpression(node) {
        if (node.computed && isText(node.object)) {
          context.report({ node, messageId: "index" });
          return;
        }
        const symbol = services.getSymbolAtLocation(node.computed ? node : node.property);
        if (symbol === undefined) return;
        const declared = fromLibrary(symbol);
        if (declared.length === 0) return;
        const owner = declared[0].parent?.name?.text ?? "Object";
        // A mapped type such as Readonly<T> keeps its own fields; only the library's interfaces are meant here.
        if (declared.some((one) => KNOWN_MEMBERS[one.parent?.name?.text]?.includes(symbol.name))) {
          if (symbol.name === "slice" && !slicesWell(node)) context.report({ node, messageId: "slice" });
          return;
        }
        const allowed = (KNOWN_MEMBERS[owner] ?? []).join(", ") || "none of it";
        context.report({ node, messageId: "unknown", data: { owner, name: symbol.name, allowed } });
      },
    };
  },
};

/**
 * A quotient is made whole where it is made. In Lua 5.3 and 5.4 `6 / 2` is the float 3.0 and prints so; Espruino
 * prints other digits than Node.
 */
const wholeDivision = {
  meta: {
    type: "problem",
    schema: [],
    messages: { whole: "`/` stands only directly inside Math.floor(…): a quotient is a float in Lua" },
  },
  create(context) {
    const isFloor = (call) =>
      call.type === "CallExpression" &&
      call.arguments.length === 1 &&
      call.callee.type === "MemberExpression" &&
      call.callee.object.name === "Math" &&
      call.callee.property.name === "floor";
    return {
      "BinaryExpression[operator='/']"(node) {
        if (!isFloor(node.parent)) context.report({ node, messageId: "whole" });
      },
      "AssignmentExpression[operator='/=']"(node) {
        context.report({ node, messageId: "whole" });
      },
    };
  },
};

/** Whole numbers up to 2^53: above it Lua counts on exactly while JavaScript rounds; fractions print differently. */
const wholeLiterals = {
  meta: {
    type: "problem",
    schema: [],
    messages: { whole: "`{{raw}}` is not a whole number up to 2^53, written in decimal or hexadecimal digits" },
  },
  create(context) {
    return {
      Literal(node) {
        if (typeof node.value !== "number") return;
        const plain = /^(?:0|[1-9][0-9_]*|0x[0-9a-f_]+)$/i.test(node.raw);
        if (plain && node.value <= LARGEST_EXACT) return;
        context.report({ node, messageId: "whole", data: { raw: node.raw } });
      },
    };
  },
};

/** for-of over arrays alone: over texts it yields bytes in Lua, and other iterables do not exist on Espruino. */
const forOfArrays = {
  meta: {
    type: "problem",
    schema: [],
    messages: { array: "for-of runs over arrays only" },
  },
  create(context) {
    const services = typesOf(context);
    return {
      ForOfStatement(node) {
        const types = constituents(services, services.getTypeAtLocation(node.right));
        if (!types.every((type) => isArray(services, type))) context.report({ node: node.right, messageId: "array" });
      },
    };
  },
};

module.exports = {
  meta: { name: "portable" },
  rules: {
    "known-globals": knownGlobals,
    "known-members": knownMembers,
    "whole-division": wholeDivision,
    "whole-literals": wholeLiterals,
    "for-of-arrays": forOfArrays,
  },
};
