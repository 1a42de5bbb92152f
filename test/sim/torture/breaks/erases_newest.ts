import type { Break } from "./break";

export const broken: Break = {
  does: "writes to the sector of the only good commit after a boot",
  file: "firmware/journal/ring.ts",
  find: "return sector !== ring.newest && sector !== ring.anchor && !ring.wear.retired[ring.layout.ring_first + sector];",
  replace: "return !ring.wear.retired[ring.layout.ring_first + sector];",
  noticed_by: ["journal_mounts", "total_never_decreases", "acknowledged_is_committed"],
};
