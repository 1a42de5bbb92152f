/**
 * Modules compiled before: what was made of a module is kept in build/modules, so that a module that stands in many
 * bundles is checked and compiled once.
 *
 * What the compiler says of a module, and what it makes of it, hang on the options, on the module's text, on those of
 * all modules that it imports, directly or not, and on what is global: declaration files, and sources that are no module
 * or declare something in another. The name of an entry covers all of these, by their paths and texts, and what makes
 * the entry (cache.ts). Only modules of a program without an error are kept: one that is wrong is never known, and is
 * refused anew each time.
 */
import { relative } from "node:path";
import * as ts from "typescript";
import { digestOf, keepModules, keptModule } from "./cache";
import { ownSources, ROOT, throwOnErrors } from "./project";

/** Modules of one program, of which some are known. */
export interface Modules<T> {
  /** What was kept of the modules that are known. */
  readonly known: ReadonlyMap<ts.SourceFile, T>;
  /** The project's own sources of which nothing is known, in their order; declarations are among them. */
  readonly unknown: readonly ts.SourceFile[];
  /** Keeps what was made of unknown modules, of a program without an error. */
  readonly keep: (made: ReadonlyMap<ts.SourceFile, T>) => void;
}

/** A module that only exports and imports; all others say something to modules that do not import them. */
function isPlainModule(source: ts.SourceFile): boolean {
  return (
    !source.isDeclarationFile &&
    ts.isExternalModule(source) &&
    !source.statements.some((one) => ts.isModuleDeclaration(one))
  );
}

/** The sources that each of these names; one that is not found is an error, and then nothing is kept. */
function importsOf(
  sources: readonly ts.SourceFile[],
  program: ts.Program,
  host: ts.CompilerHost,
): Map<ts.SourceFile, ts.SourceFile[]> {
  const options = program.getCompilerOptions();
  const canonical = (name: string): string => host.getCanonicalFileName(name);
  const cache = ts.createModuleResolutionCache(host.getCurrentDirectory(), canonical, options);
  const imports = new Map<ts.SourceFile, ts.SourceFile[]>();
  for (const source of sources) {
    const { importedFiles, referencedFiles } = ts.preProcessFile(source.text, true, true);
    const found = [...importedFiles, ...referencedFiles].map(({ fileName }) => {
      const { resolvedModule } = ts.resolveModuleName(fileName, source.fileName, options, host, cache);
      return resolvedModule === undefined ? undefined : program.getSourceFile(resolvedModule.resolvedFileName);
    });
    imports.set(
      source,
      found.filter((one) => one !== undefined),
    );
  }
  return imports;
}

/** All that the first names lead to, those among them. */
function reachedFrom<T>(first: T, next: ReadonlyMap<T, readonly T[]>): Set<T> {
  const reached = new Set([first]);
  for (const one of reached) for (const other of next.get(one) ?? []) reached.add(other);
  return reached;
}

/** Of each plain module of the program, the digest of all that what is made of it hangs on. */
function moduleDigests(program: ts.Program, host: ts.CompilerHost): Map<ts.SourceFile, string> {
  const plain = ownSources(program).filter(isPlainModule);
  const imports = importsOf(plain, program, host);
  // Where an import leads needs no mention: of the files that it could mean, those of the program decide.
  const partsOf = (source: ts.SourceFile): string[] => [relative(ROOT, source.fileName), source.text];
  const own = new Map(plain.map((source) => [source, digestOf(partsOf(source))]));
  const others = program.getSourceFiles().filter((source) => !own.has(source));
  const global = digestOf(others.flatMap(partsOf));
  const whole = new Map<ts.SourceFile, string>();
  for (const source of plain) {
    // What is global is covered as a whole, whether or not the module names it.
    const reached = [...reachedFrom(source, imports)].map((one) => own.get(one) ?? "");
    whole.set(source, digestOf([global, ...reached]));
  }
  return whole;
}

/** The modules of `program`; `made` says what is made of them, with all options that it is made by. */
export function knownModules<T>(program: ts.Program, host: ts.CompilerHost, made: readonly string[]): Modules<T> {
  const digests = moduleDigests(program, host);
  const partsOf = (source: ts.SourceFile): string[] => [
    ...made,
    relative(ROOT, source.fileName),
    digests.get(source) ?? "",
  ];
  const known = new Map<ts.SourceFile, T>();
  for (const source of digests.keys()) {
    const kept = keptModule(partsOf(source)) as T | undefined;
    if (kept !== undefined) known.set(source, kept);
  }
  return {
    known,
    unknown: ownSources(program).filter((source) => !known.has(source)),
    keep: (fresh) => {
      const plain = [...fresh].filter(([source]) => digests.has(source));
      keepModules(plain.map(([source, value]) => ({ parts: partsOf(source), value })));
    },
  };
}

/**
 * Throws when the program has an error, as `throwOnErrors(ts.getPreEmitDiagnostics(program))` does. Sources that are
 * known had none in a program where all that they hang on was the same.
 */
export function throwOnProgramErrors(program: ts.Program, known: ReadonlyMap<ts.SourceFile, unknown>): void {
  const unknown = program.getSourceFiles().filter((source) => !known.has(source));
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...unknown.flatMap((source) => program.getSemanticDiagnostics(source)),
  ];
  if (found.length === 0) return;
  // What is said, and in which order, is asked of the whole program.
  throwOnErrors(ts.getPreEmitDiagnostics(program));
}
