/**
 * What `curbstop sim schema` does: the JSON Schema of scenario files.
 */
import { writeFileSync } from "node:fs";
import { scenarioJsonSchema } from "../../sim/scenario/schema";
import { UserError } from "../../sim/scenario/user_error";
import type { Context } from "../context";

/** Prints it, or writes it to a file. */
export function simSchema(file: string | undefined, context: Context): void {
  if (file === undefined) return context.output.out(scenarioJsonSchema());
  try {
    writeFileSync(file, scenarioJsonSchema());
  } catch (error) {
    throw new UserError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}
