import type { Break } from "./break";

export const broken: Break = {
  does: "believes a mark without looking at its complement",
  file: "firmware/journal/marks.ts",
  find: "return paired ? low + high * 256 : -1;",
  replace: "return low + high * 256 + (paired ? 0 : 0);",
  noticed_by: ["no_litre_billed_twice", "recovered_state_was_passed", "journal_mounts"],
};
