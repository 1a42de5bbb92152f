import type { Break } from "./break";

export const broken: Break = {
  does: "believes a mark without looking at its complement",
  file: "firmware/journal/marks.ts",
  find: "if (paired === 255 && b[0] === lanes.tag && b[3] === MARK_MAGIC) {",
  replace: "if (paired >= 0 && b[0] === lanes.tag) {",
  noticed_by: ["no_litre_billed_twice", "recovered_state_was_passed", "journal_mounts"],
};
