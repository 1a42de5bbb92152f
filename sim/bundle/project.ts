/**
 * The TypeScript project behind a bundle: one entry file and what it imports, with the options of one tsconfig file.
 */
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import * as ts from "typescript";

/** A bundle that could not be made. One line: which file and line, what is wrong. */
export class BundleError extends Error {
  public override readonly name = "BundleError";
}

/** The folder that holds package.json: all module names in a bundle are relative to it. */
export const ROOT = findRoot(__dirname);

function findRoot(start: string): string {
  if (existsSync(join(start, "package.json"))) return start;
  const parent = dirname(start);
  if (parent === start) throw new BundleError(`no package.json above ${__dirname} (run from a checkout of curbstop)`);
  return findRoot(parent);
}

/** Reads `tsconfig_name` at the top of the checkout. `raw` is the file itself, for blocks that tsc does not know. */
export function readOptions(tsconfig_name: string): { options: ts.CompilerOptions; raw: Record<string, unknown> } {
  const path = join(ROOT, tsconfig_name);
  const file = ts.readConfigFile(path, (name) => ts.sys.readFile(name));
  if (file.error !== undefined) throw diagnosticsError([file.error]);
  const parsed = ts.parseJsonConfigFileContent(file.config, ts.sys, ROOT, undefined, path);
  // TS18003 says that no input file was found; the entry is named by the caller.
  const errors = parsed.errors.filter((error) => error.code !== 18003);
  if (errors.length > 0) throw diagnosticsError(errors);
  return { options: parsed.options, raw: file.config as Record<string, unknown> };
}

/** The program of `entry` and everything it imports. `host` may be replaced to see the sources in another form. */
export function createProject(entry: string, options: ts.CompilerOptions, host?: ts.CompilerHost): ts.Program {
  const path = resolve(entry);
  if (!(host ?? ts.sys).fileExists(path))
    throw new BundleError(`${relative(ROOT, path)}: there is no such file (name the entry of the bundle)`);
  return ts.createProgram([path], options, host ?? ts.createCompilerHost(options));
}

/** A host that has these sources too, by their absolute paths: files that are made for a bundle and stand nowhere. */
export function madeSourcesHost(options: ts.CompilerOptions, made: Readonly<Record<string, string>>): ts.CompilerHost {
  const host = ts.createCompilerHost(options, true);
  const textOf = (name: string): string | undefined => made[name];
  return {
    ...host,
    fileExists: (name) => textOf(name) !== undefined || host.fileExists(name),
    readFile: (name) => textOf(name) ?? host.readFile(name),
    getSourceFile: (name, version, ...more) => {
      const text = textOf(name);
      return text === undefined
        ? host.getSourceFile(name, version, ...more)
        : ts.createSourceFile(name, text, version, true);
    },
  };
}

/** Sources parsed before in this process, with what decides how they are. */
const parsed = new Map<string, ts.SourceFile>();

/**
 * A host that parses a source once, and the first program that takes it binds it: one process makes bundles of the same
 * sources for many boards. Programs share sources while they would parse and bind them alike, as those of an editor do.
 * Not for TypeScriptToLua, which remembers of a node what its program's other sources made of it.
 */
export function sharingHost(host: ts.CompilerHost, options: ts.CompilerOptions): ts.CompilerHost {
  const { target, module, strict, alwaysStrict, isolatedModules } = options;
  return {
    ...host,
    getSourceFile: (name, version) => {
      const text = host.readFile(name);
      if (text === undefined) return undefined;
      const key = JSON.stringify([name, version, target, module, strict, alwaysStrict, isolatedModules]);
      const known = parsed.get(key);
      if (known?.text === text) return known;
      const source = ts.createSourceFile(name, text, version, true);
      parsed.set(key, source);
      return source;
    },
  };
}

/** The project's own sources, without the standard library, in an order that does not change from run to run. */
export function ownSources(program: ts.Program): ts.SourceFile[] {
  return program
    .getSourceFiles()
    .filter((file) => !program.isSourceFileDefaultLibrary(file) && !program.isSourceFileFromExternalLibrary(file))
    .sort((left, right) => (left.fileName < right.fileName ? -1 : 1));
}

/** Throws when there is a diagnostic that is an error. */
export function throwOnErrors(diagnostics: readonly ts.Diagnostic[]): void {
  const errors = diagnostics.filter((one) => one.category === ts.DiagnosticCategory.Error);
  if (errors.length > 0) throw diagnosticsError(errors);
}

const SHOWN_DIAGNOSTICS = 5;

function diagnosticsError(diagnostics: readonly ts.Diagnostic[]): BundleError {
  const lines = diagnostics.slice(0, SHOWN_DIAGNOSTICS).map(diagnosticLine);
  if (diagnostics.length > SHOWN_DIAGNOSTICS) lines.push(`and ${diagnostics.length - SHOWN_DIAGNOSTICS} more`);
  return new BundleError(lines.join("; "));
}

function diagnosticLine(diagnostic: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
  if (diagnostic.file === undefined || diagnostic.start === undefined) return text;
  return `${nodePlace(diagnostic.file, diagnostic.start)}: ${text}`;
}

/** `file:line` as a person types it. */
export function nodePlace(file: ts.SourceFile, position: number): string {
  const { line } = file.getLineAndCharacterOfPosition(position);
  return `${relative(ROOT, file.fileName)}:${line + 1}`;
}
