/**
 * Tests that need what is not on every machine: pending, with the reason in the title, so that a report says why.
 */
import { type Context } from "mocha";
import { programPath } from "./private_pcscd";

/** From a `before` hook: makes all tests of its suite pending, each with the reason in its title. */
export function skipBecause(context: Context, reason: string): never {
  for (const test of context.test?.parent?.tests ?? []) test.title += ` (${reason})`;
  return context.skip();
}

/** From a test itself. */
export function skipAlone(context: Context, reason: string): never {
  if (context.test !== undefined) context.test.title += ` (${reason})`;
  return context.skip();
}

/** Which of these programs are missing, in words; undefined when none is. */
export function missingPrograms(names: readonly string[]): string | undefined {
  const absent = names.filter((name) => programPath(name) === undefined);
  return absent.length === 0 ? undefined : `${absent.join(", ")} not installed`;
}
