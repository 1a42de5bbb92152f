/**
 * Units of a Lua program: each function and each value at the top of a module, on its own, with the other units it names.
 *
 * They are taken from the trees that TypeScriptToLua makes of the modules. What a unit names at the top of its own module
 * or of another becomes a reference, so that no module is left: a unit can be loaded when it is first named, in any order.
 * It means the same as the module did, because
 *
 *   a variable that a function assigns to becomes a record with one field, made once, so that all see what is assigned
 *   a value that calls the program or a global, or looks into another value, is made when the program is loaded, in the
 *   order of the modules
 *   a function that something is compared with is kept once it is loaded, as a value is, since loaded anew it is another
 *   a value that nothing names any more is not made
 *
 * (That two variables are compared in which there are functions is not seen.)
 *
 * A module may only define things. A statement at its top that does more is refused, as are `export *` and `import *`.
 *
 * A value that is a number, a short string or a boolean stands in the place of its name, and a branch that is never taken
 * goes, with all that only it names.
 */
import { dirname, join, relative } from "node:path";
import * as tstl from "typescript-to-lua";
import { getLuaLibModulesInfo, readLuaLibFeature } from "typescript-to-lua/dist/LuaLib";
import { foldConstants, isConstant } from "./lua_constants";
import { childrenOf, fieldOf, rewriteFree } from "./lua_tree";
import { BundleError, ROOT } from "./project";

/** What loading a unit gives: a function, which may be loaded again, or a value, of which there is one. */
export interface Unit {
  readonly kind: "function" | "value";
  /** Must be made when the program is loaded. */
  readonly at_load: boolean;
  /** Where it stands, for a person. */
  readonly place: string;
  /** Those it names; to be asked of all units that are needed before any is printed. */
  references(): Set<Unit>;
  /** Its text: statements that return the function or the value. */
  print(nameOf: (unit: Unit) => string): string;
}

/** Globals that no board replaces: pieces name them as they are, all others in `_G`. */
export const LANGUAGE = [
  ...["math", "string", "table", "debug", "_VERSION", "assert", "error", "getmetatable", "ipairs", "next", "pairs"],
  ...["pcall", "rawget", "rawset", "select", "setmetatable", "tonumber", "tostring", "type"],
];

const EXPORTS = "____exports";
const TARGET = tstl.LuaTarget.Lua53;

/** What a name at the top of a module stands for. */
type Binding =
  | { readonly kind: "unit"; readonly unit: TreeUnit }
  | { readonly kind: "declared" }
  | { readonly kind: "module"; readonly module: string }
  | { readonly kind: "alias"; readonly module: string; readonly name: string };

interface Module {
  readonly name: string;
  readonly locals: Map<string, Binding>;
  readonly exports: Map<string, Binding>;
}

/** A reference stands in the tree as an identifier whose text is set when it is printed. */
interface Reference {
  readonly identifier: tstl.Identifier;
  readonly unit: Unit;
}

class TreeUnit implements Unit {
  private readonly named: Reference[] = [];
  private is_resolved = false;
  private is_variable = false;
  private is_compared = false;

  public constructor(
    public readonly place: string,
    private readonly module: Module,
    private expression: tstl.Expression,
    private readonly units: LuaUnits,
  ) {}

  public get kind(): "function" | "value" {
    return tstl.isFunctionExpression(this.tree()) && !this.is_compared ? "function" : "value";
  }

  public get at_load(): boolean {
    return this.kind === "value" && dependsOnTime(this.tree());
  }

  public isVariable(): boolean {
    return this.is_variable;
  }

  /** Marks what is assigned to in here; of all units before any is read. */
  public findVariables(): void {
    rewriteFree(this.expression, {
      expression: () => undefined,
      assigned: (name, table) => {
        const unit = this.units.find(this.module, name, table, this.place);
        if (unit instanceof TreeUnit) unit.is_variable = true;
      },
    });
  }

  /** The expression, with constants in the place of their names. */
  public tree(): tstl.Expression {
    if (this.is_resolved) return this.expression;
    this.is_resolved = true;
    const made = foldConstants(
      rewriteFree(this.expression, {
        expression: (name, table) => this.replaced(name, table),
        assigned: () => undefined,
      }),
    );
    this.expression = this.is_variable
      ? tstl.createTableExpression([tstl.createTableFieldExpression(made, FIELD)])
      : made;
    return this.expression;
  }

  public references(): Set<Unit> {
    // Folding may have dropped some: only those that are still in the tree count.
    const standing = new Set<tstl.Node>();
    collect(this.tree(), standing);
    const named = this.named.filter(({ identifier }) => standing.has(identifier));
    const compared = new Set([...standing].filter(isComparison).flatMap(({ left, right }) => [left, right]));
    for (const { identifier, unit } of named)
      if (unit instanceof TreeUnit && compared.has(identifier)) unit.is_compared = true;
    return new Set(named.map(({ unit }) => unit));
  }

  public print(nameOf: (unit: Unit) => string): string {
    for (const { identifier, unit } of this.named) identifier.text = nameOf(unit);
    return this.units.printed(tstl.createReturnStatement([this.tree()]));
  }

  private replaced(name: string, table: string | undefined): tstl.Expression | undefined {
    const unit = this.units.find(this.module, name, table, this.place);
    if (unit === undefined) return undefined;
    if (unit === "global")
      return LANGUAGE.includes(name)
        ? undefined
        : tstl.createTableIndexExpression(tstl.createIdentifier("_G"), text(name));
    if (unit instanceof TreeUnit && !unit.is_variable) {
      const value = unit.tree();
      if (isConstant(value)) return tstl.cloneNode(value);
    }
    const identifier = tstl.createIdentifier("?");
    this.named.push({ identifier, unit });
    const is_variable = unit instanceof TreeUnit && unit.is_variable;
    return is_variable ? tstl.createTableIndexExpression(identifier, FIELD) : identifier;
  }
}

function text(value: string): tstl.StringLiteral {
  return tstl.createStringLiteral(value);
}

/** Of a variable of a module. */
const FIELD = text("value");

/** Whether what a value is could depend on when it is made: it calls or looks into more than the language itself. */
function dependsOnTime(node: tstl.Node): boolean {
  if (tstl.isFunctionExpression(node)) return false;
  if (tstl.isMethodCallExpression(node)) return true;
  if (tstl.isUnaryExpression(node) && node.operator === tstl.SyntaxKind.LengthOperator) return true;
  if (tstl.isTableIndexExpression(node)) return !LANGUAGE.includes(fieldOf(node)?.table ?? "");
  if (tstl.isCallExpression(node)) {
    const { expression } = node;
    const name = tstl.isIdentifier(expression) ? expression.text : fieldOf(expression)?.table;
    if (name === undefined || !LANGUAGE.includes(name)) return true;
  }
  return childrenOf(node).some(dependsOnTime);
}

function isComparison(node: tstl.Node): node is tstl.BinaryExpression {
  const equalities: readonly tstl.Operator[] = [tstl.SyntaxKind.EqualityOperator, tstl.SyntaxKind.InequalityOperator];
  return tstl.isBinaryExpression(node) && equalities.includes(node.operator);
}

function collect(node: tstl.Node, into: Set<tstl.Node>): void {
  if (into.has(node)) return;
  into.add(node);
  for (const child of childrenOf(node)) collect(child, into);
}

/** A part of TypeScriptToLua's own library. */
class LibraryUnit implements Unit {
  public readonly at_load = false;

  public constructor(
    public readonly place: string,
    private readonly text: string,
    private readonly dependencies: ReadonlyMap<string, Unit>,
  ) {}

  public get kind(): "function" | "value" {
    return this.text.startsWith(`local function ${this.place}(`) ? "function" : "value";
  }

  public references(): Set<Unit> {
    return new Set(this.dependencies.values());
  }

  public print(nameOf: (unit: Unit) => string): string {
    let { text } = this;
    for (const [name, unit] of this.dependencies) text = text.replace(new RegExp(`\\b${name}\\b`, "g"), nameOf(unit));
    return `${text}\nreturn ${this.place}\n`;
  }
}

/** All units of a program. */
export class LuaUnits {
  private readonly modules = new Map<string, Module>();
  private readonly library = new Map<string, Unit>();
  private readonly trees: TreeUnit[] = [];
  private readonly printer: tstl.LuaPrinter;

  public constructor(
    files: readonly tstl.ProcessedFile[],
    program: ConstructorParameters<typeof tstl.LuaPrinter>[1],
    private readonly host: tstl.EmitHost,
  ) {
    // The name goes into what is made for debuggers alone.
    this.printer = new tstl.LuaPrinter(host, program, files[0].fileName);
    for (const file of files) if (file.luaAst !== undefined) this.addModule(file.fileName, file.luaAst);
    for (const unit of this.trees) unit.findVariables();
  }

  /** What the entry exports, by name. */
  public exportsOf(file: string): Map<string, Unit> {
    const module = this.moduleOf(file, file);
    const exported = new Map<string, Unit>();
    for (const name of [...module.exports.keys()].sort()) {
      const unit = this.exported(module, name);
      if (unit instanceof TreeUnit && unit.isVariable())
        throw new BundleError(`${unit.place}: the entry exports a variable (export a function that says it)`);
      exported.set(name, unit);
    }
    return exported;
  }

  /** All units that `first` need, those of the modules in their order. */
  public neededBy(first: readonly Unit[]): Unit[] {
    const found = new Set<Unit>(first);
    for (const unit of found) for (const one of unit.references()) found.add(one);
    return [...this.library.values(), ...this.trees].filter((unit) => found.has(unit));
  }

  public printed(statement: tstl.Statement): string {
    return this.printer.printStatement(statement).toString();
  }

  /** What a free name of a module is: a unit, a global, or undefined for a field of one. */
  public find(module: Module, name: string, table: string | undefined, place: string): Unit | "global" | undefined {
    if (table === EXPORTS) return this.exported(module, name);
    const binding = module.locals.get(table ?? name);
    if (table !== undefined)
      return binding?.kind === "module" ? this.exported(this.moduleOf(binding.module, place), name) : undefined;
    if (name === EXPORTS || binding?.kind === "module")
      throw new BundleError(`${place}: uses a module as a record (import what it needs by name)`);
    return binding === undefined ? (this.libraryUnit(name) ?? "global") : this.bound(module, name, binding);
  }

  private bound(module: Module, name: string, binding: Binding): Unit {
    if (binding.kind === "unit") return binding.unit;
    if (binding.kind !== "alias")
      throw new BundleError(`${placeOf(module.name)}: ${name} is declared and never defined`);
    return this.exported(this.moduleOf(binding.module, module.name), binding.name);
  }

  private exported(module: Module, name: string): Unit {
    const binding = module.exports.get(name);
    if (binding === undefined) throw new BundleError(`${placeOf(module.name)}: exports no ${name}`);
    return this.bound(module, name, binding);
  }

  private moduleOf(file: string, from: string): Module {
    const module = this.modules.get(withoutExtension(file));
    if (module === undefined) throw new BundleError(`${from}: there is no module ${file}`);
    return module;
  }

  private addModule(file: string, tree: tstl.File): void {
    const module: Module = { name: withoutExtension(file), locals: new Map(), exports: new Map() };
    this.modules.set(module.name, module);
    this.addStatements(module, tree.statements);
  }

  private addStatements(module: Module, statements: readonly tstl.Statement[]): void {
    for (const statement of statements) {
      if (tstl.isReturnStatement(statement)) continue;
      if (tstl.isDoStatement(statement)) this.addStatements(module, statement.statements);
      else if (tstl.isVariableDeclarationStatement(statement)) this.addDeclaration(module, statement);
      else if (tstl.isAssignmentStatement(statement)) this.addAssignment(module, statement);
      else if (tstl.isForInStatement(statement))
        throw new BundleError(`${placeOf(module.name)}: \`export *\` cannot be followed (export by name)`);
      else
        throw new BundleError(
          `${linePlace(module, statement)}: a statement that is no definition (move it into a function)`,
        );
    }
  }

  private addDeclaration(module: Module, { left, right }: tstl.VariableDeclarationStatement): void {
    left.forEach(({ text }, index) => {
      if (text === EXPORTS) return;
      const value = right?.[index];
      module.locals.set(text, value === undefined ? { kind: "declared" } : this.bindingOf(module, text, value));
    });
  }

  private addAssignment(module: Module, statement: tstl.AssignmentStatement): void {
    statement.left.forEach((left, index) => {
      const field = fieldOf(left);
      const name = tstl.isIdentifier(left) ? left.text : field?.table === EXPORTS ? field.name : undefined;
      const into = field === undefined ? module.locals : module.exports;
      const known = name === undefined ? undefined : into.get(name);
      if (name === undefined || (known !== undefined && known.kind !== "declared"))
        throw new BundleError(
          `${linePlace(module, statement)}: changes what is defined already (move it into a function)`,
        );
      into.set(name, this.bindingOf(module, name, statement.right[index]));
    });
  }

  private bindingOf(module: Module, name: string, value: tstl.Expression): Binding {
    const required = requiredModule(value);
    if (required !== undefined) return { kind: "module", module: join(dirname(module.name), required) };
    const field = fieldOf(value);
    const from = field === undefined ? undefined : module.locals.get(field.table);
    if (field !== undefined && from?.kind === "module") return { kind: "alias", module: from.module, name: field.name };
    const unit = new TreeUnit(`${placeOf(module.name)}: ${name}`, module, value, this);
    this.trees.push(unit);
    return { kind: "unit", unit };
  }

  private libraryUnit(name: string): Unit | undefined {
    const known = this.library.get(name);
    if (known !== undefined) return known;
    const information = getLuaLibModulesInfo(TARGET, this.host);
    const feature = Object.values(tstl.LuaLibFeature).find((one) => information[one].exports.includes(name));
    if (feature === undefined) return undefined;
    const { dependencies = [] } = information[feature];
    const named = new Map<string, Unit>();
    const unit = new LibraryUnit(name, readLuaLibFeature(feature, TARGET, this.host), named);
    this.library.set(name, unit);
    for (const one of dependencies.flatMap((dependency) => information[dependency].exports)) {
      const other = this.libraryUnit(one);
      if (other !== undefined) named.set(one, other);
    }
    return unit;
  }
}

function requiredModule(value: tstl.Expression): string | undefined {
  if (!tstl.isCallExpression(value) || !tstl.isIdentifier(value.expression) || value.expression.text !== "require")
    return undefined;
  const [path] = value.params;
  return tstl.isStringLiteral(path) ? path.value : undefined;
}

function withoutExtension(file: string): string {
  return file.replace(/\.ts$/, "");
}

function placeOf(module: string): string {
  return `${relative(ROOT, module)}.ts`;
}

function linePlace(module: Module, node: tstl.Node): string {
  return node.line === undefined ? placeOf(module.name) : `${placeOf(module.name)}:${node.line + 1}`;
}
