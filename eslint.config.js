/**
 * What every file obeys (strict, type-checked), and what portable code obeys on top of it.
 *
 * The portable subset holds over exactly the folders in PORTABLE: they are compiled to Node, Lua and Espruino, and
 * the same scenario must give the same trace on all three. The rules stand in tools/lint/; test/house proves each.
 */
"use strict";

const js = require("@eslint/js");
const tseslint = require("typescript-eslint");
const portable = require("./tools/lint/portable.js");
const portableSyntax = require("./tools/lint/portable-syntax.js");

const PORTABLE = [
  "hal/**/*.ts",
  "firmware/**/*.ts",
  "boards/drivers/**/*.ts",
  "sim/bus/**/*.ts",
  "sim/desfire/**/*.ts",
  "sim/hci/**/*.ts",
  "sim/pn532/**/*.ts",
  "sim/radio_channel/**/*.ts",
  "sim/torture/**/*.ts",
  "sim/twins/**/*.ts",
  "sim/world/**/*.ts",
];
/** Bindings to one engine: its globals and its objects, but only the syntax that all engines read. */
const ENGINE_BINDINGS = ["espruino", "luatos", "nodemcu"].flatMap((engine) => [
  `boards/${engine}/**/*.ts`,
  `test/boards/${engine}/device/**/*.ts`,
]);
/** What a binding may write that portable code may not: the engine's calls throw, and take typed arrays. */
const BINDING_SYNTAX = portableSyntax.filter(
  ({ selector }) =>
    selector !== "TryStatement" && !selector.startsWith("NewExpression") && selector !== "[declare=true]",
);
/** Fixtures that break one rule each; never linted in a normal run. */
const FIXTURES = "test/house/breaks/*.ts";
const PRODUCT = ["hal", "firmware", "boards", "sim", "tools"].flatMap((top) => [
  `${top}/**/*.ts`,
  `${top}/**/*.tsx`,
  `${top}/**/*.js`,
]);

const everywhere = {
  // `== null` means null or undefined; portable code, which has no null, may not write it.
  eqeqeq: ["error", "always", { null: "ignore" }],
  "no-var": "error",
  "prefer-const": "error",
  "default-case-last": "error",
  "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
  "@typescript-eslint/no-unused-vars": [
    "error",
    { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
  ],
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
  // `if (full) return refuse(cb);` is the plain way to leave a callback early.
  "@typescript-eslint/no-confusing-void-expression": "off",
  // number[] may be indexed past its end (see tsconfig.json), so a comparison with undefined is not unnecessary.
  "@typescript-eslint/no-unnecessary-condition": "off",
};

const portableRules = {
  eqeqeq: "error",
  "no-restricted-syntax": ["error", ...portableSyntax],
  "portable/known-globals": "error",
  "portable/known-members": "error",
  "portable/whole-division": "error",
  "portable/whole-literals": "error",
  "portable/for-of-arrays": "error",
  // A hole ends a Lua array.
  "no-sparse-arrays": "error",
  // Sorts without a comparator order numbers as text, and neither Espruino's nor Lua's sort is stable.
  "@typescript-eslint/require-array-sort-compare": ["error", { ignoreStringArrays: false }],
  // 0 and "" are true in Lua.
  "@typescript-eslint/strict-boolean-expressions": [
    "error",
    { allowString: false, allowNumber: false, allowNullableObject: true },
  ],
  // A number becomes text by the project's own formatter: 1e15, 3.0 and -0 read differently on the engines.
  "@typescript-eslint/restrict-plus-operands": [
    "error",
    {
      allowAny: false,
      allowBoolean: false,
      allowNullish: false,
      allowNumberAndString: false,
      allowRegExp: false,
      skipCompoundAssignments: false,
    },
  ],
  "@typescript-eslint/restrict-template-expressions": [
    "error",
    {
      allow: [],
      allowAny: false,
      allowArray: false,
      allowBoolean: false,
      allowNever: false,
      allowNullish: false,
      allowNumber: false,
      allowRegExp: false,
    },
  ],
  // TSTL counts `any` from 0, arrays from 1.
  "@typescript-eslint/no-explicit-any": "error",
};

module.exports = tseslint.config(
  { ignores: ["node_modules/", "build/", "coverage/", "reports/", ".stryker-tmp/", FIXTURES, "test/house/floors/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    rules: everywhere,
  },
  {
    // Plain JavaScript: what runs before TypeScript can (set-up, the command's entry, the linter itself).
    files: ["**/*.js"],
    languageOptions: {
      sourceType: "commonjs",
      globals: Object.fromEntries(
        [
          "require",
          "module",
          "process",
          "__dirname",
          "__filename",
          "console",
          "Buffer",
          "setTimeout",
          "clearTimeout",
        ].map((name) => [name, "readonly"]),
      ),
    },
    rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error" },
  },
  {
    files: PRODUCT,
    rules: { "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }] },
  },
  {
    // Tests poke at parsed JSON and at things that must not be there.
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off", "@typescript-eslint/no-unused-expressions": "off" },
  },
  {
    files: ENGINE_BINDINGS,
    rules: {
      "no-restricted-syntax": ["error", ...BINDING_SYNTAX],
      // Globals of the engine stand in its declaration file, as var, which is what they are.
      "no-var": "off",
      "no-undef": "off",
      // The bundler takes a declaration file into the program only by a reference.
      "@typescript-eslint/triple-slash-reference": "off",
      // The interpreter's own modules have no other way in.
      "@typescript-eslint/no-require-imports": "off",
    },
  },
  {
    // What stands in the place of Espruino's hardware is run by Espruino: its globals, and nothing newer than it reads.
    files: ["test/boards/espruino/hardware.js"],
    languageOptions: { sourceType: "script" },
    rules: { "no-var": "off", "no-unused-vars": "off" },
  },
  { files: [...PORTABLE, FIXTURES], plugins: { portable }, rules: portableRules },
);
