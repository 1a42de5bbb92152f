/**
 * The operator's tables of EA07: a JSON file of {first, second, permutation}, lists of 16, 16 and 64 numbers, as the STS
 * Association hands them out to its members. Never part of this project; read where a meter is provisioned and where
 * its tokens are sold. The sample tables that the standard prints are used where no file is given.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { tablesFault, type StaTables } from "../../firmware/crypto/sta";
import { TokenError } from "./token_error";

const FINGERPRINT_DIGITS = 8;

export const TABLES = z.strictObject({
  first: z.array(z.int()).length(16),
  second: z.array(z.int()).length(16),
  permutation: z.array(z.int()).length(64),
});

/** The tables, when each is a permutation; `where` stands before what is wrong with one that is not. */
export function checkedTables(tables: StaTables, where: string): StaTables {
  const fault = tablesFault(tables);
  if (fault === "") return tables;
  throw new TokenError("bad_input", `${where}${fault}: every place must stand in it once`);
}

/** The tables in a file's text, which is never quoted: they are handed out in confidence. */
export function tablesIn(text: string, file: string): StaTables {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new TokenError("bad_file", `${file}: this is not JSON (tables are {first, second, permutation})`);
  }
  const parsed = TABLES.safeParse(json);
  if (parsed.success) return checkedTables(parsed.data, `${file}: `);
  const place = parsed.error.issues[0].path.join(".");
  const what = place === "" ? "" : `${place}: `;
  throw new TokenError("bad_input", `${file}: ${what}tables are {first, second, permutation}, 16, 16 and 64 numbers`);
}

/** By which a desk knows that a meter has other tables: a few digits that say nothing of them. */
export function tablesFingerprint({ first, second, permutation }: StaTables): string {
  const bytes = Buffer.from([...first, ...second, ...permutation]);
  return createHash("sha256").update("curbstop tables").update(bytes).digest("hex").slice(0, FINGERPRINT_DIGITS);
}
