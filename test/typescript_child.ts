/**
 * How a test runs a TypeScript file as a process of its own: `spawn(process.execPath, [...LOADER, file, ...words])`.
 */
import path from "node:path";

export const LOADER: readonly string[] = ["-r", path.resolve(__dirname, "..", "tools", "load_typescript.js")];
