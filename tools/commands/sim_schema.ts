/**
 * `curbstop sim schema`: the JSON Schema of scenario files.
 */
import type { Command } from "commander";
import type { Context } from "../context";

const EXAMPLES = `
Examples:
  curbstop sim schema
  curbstop sim schema --write sim/scenario/scenario.schema.json
`;

export function addSimSchema(sim: Command, context: Context): void {
  sim
    .command("schema")
    .description("print the JSON Schema of scenario files, for editors")
    .option("--write <file>", "write it to a file instead")
    .option("--json", "no difference: the schema is JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (options: { write?: string }) => {
      const { simSchema } = await import("../actions/sim_schema");
      simSchema(options.write, context);
    });
}
