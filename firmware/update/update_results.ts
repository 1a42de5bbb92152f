/**
 * Results: what came of an update, as the code that a telegram tells with the update's version (radio/uplink.ts, the
 * verdict): UPDATE_FIRST plus the place here. Places never change, new ones come last.
 */
export const UPDATE_FIRST = 128;

export type UpdateState =
  "nothing" | "collecting" | "whole" | "verified" | "pending" | "trial" | "confirmed" | "rolled_back" | "abandoned";

/** Why an update is refused; the event log has it with "update_" in front. */
export type UpdateRefusal =
  | "malformed"
  | "foreign_region"
  | "not_for_this"
  | "other_board"
  | "old_version"
  | "unknown_key"
  | "bad_signature"
  | "too_large"
  | "damaged"
  | "unbootable";

export type UpdateResult = UpdateState | UpdateRefusal;

export const UPDATE_RESULTS: UpdateResult[] = [
  "nothing",
  "collecting",
  "whole",
  "verified",
  "pending",
  "trial",
  "confirmed",
  "rolled_back",
  "abandoned",
  "malformed",
  "foreign_region",
  "not_for_this",
  "other_board",
  "old_version",
  "unknown_key",
  "bad_signature",
  "too_large",
  "damaged",
  "unbootable",
];

export function updateCode(result: UpdateResult): number {
  return UPDATE_FIRST + UPDATE_RESULTS.indexOf(result);
}
