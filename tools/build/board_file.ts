/**
 * Reads board files: by name, from boards/. What is wrong is said in one line: file, field, what it must be.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fieldText } from "../../sim/scenario/load";
import { UserError } from "../../sim/scenario/user_error";
import { ROOT } from "../../sim/bundle/project";
import { boardSchema, type Board } from "./board_schema";

const SUFFIX = ".board.json";
export const BOARDS_FOLDER = join(ROOT, "boards");

/** All boards, by name. */
export function boardNames(): string[] {
  return readdirSync(BOARDS_FOLDER)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort();
}

/** The board of this name. Throws a UserError. */
export function readBoard(name: string): Board {
  const names = boardNames();
  if (!names.includes(name)) throw new UserError(`no board is named "${name}" (the boards are ${names.join(", ")})`);
  return parseBoard(readFileSync(join(BOARDS_FOLDER, name + SUFFIX), "utf8"), name);
}

/** A board file's text. `name` is that of the file. */
export function parseBoard(text: string, name: string): Board {
  const file = relative(ROOT, join(BOARDS_FOLDER, name + SUFFIX));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file}: not JSON: ${(error as Error).message}`);
  }
  const parsed = boardSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined ? "" : fieldText(issue.path as (string | number)[]);
    throw new UserError(`${file}: ${where === "" ? "the file" : where}: ${issue?.message ?? "is not a board"}`);
  }
  if (parsed.data.name !== name) throw new UserError(`${file}: name: must be "${name}", as the file is named`);
  return parsed.data;
}
