import type { Break } from "./break";

export const broken: Break = {
  does: "believes every record whose header reads well",
  file: "firmware/journal/record.ts",
  find: "text.substring(end, text.length) !== crcBytes(crc)",
  replace: "crc < 0",
  noticed_by: ["journal_mounts", "recovered_state_was_passed", "books_balance", "tariff_old_or_new_whole"],
};
