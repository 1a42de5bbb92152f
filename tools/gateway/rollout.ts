/**
 * How far a push has come with each of its meters:
 *
 *   silent      not heard since it was pushed
 *   heard       heard, and nothing said of it
 *   delivered   the meter has it, and it is good: it waits for its start
 *   active      in force: the tariff of the push, or any other part whose start has come
 *   refused     the meter has judged it and says no; its code says why (firmware/radio, results)
 *
 * An update is delivered from its manifest on, and active when it is confirmed; one that was rolled back is refused.
 */
import type { SignedContent } from "../../firmware/radio/signed_content";
import { readContent, contentLength } from "../../firmware/radio/signed";
import { UPDATE_FIRST, UPDATE_RESULTS, type UpdateResult } from "../../firmware/update/update_results";
import type { Push, PushState, QueueEntry } from "./entries";
import { isFurther } from "./entries";
import type { Heard } from "./hearing";

const ACCEPTED = 0;
/** An update that these are said of may still become the meter's own. */
const UNDER_WAY: readonly UpdateResult[] = ["collecting", "whole", "verified", "pending", "trial", "damaged"];

export type Progress = Record<"silent" | PushState, number>;

export function progressOf(push: Push): Progress {
  const progress: Progress = { silent: 0, heard: 0, delivered: 0, active: 0, refused: 0 };
  for (const meter of push.meters) progress[push.states.get(meter)?.state ?? "silent"] += 1;
  return progress;
}

/** Whether nothing more is to be expected of it. */
export function isDone(push: Push): boolean {
  const { active, refused } = progressOf(push);
  return push.stopped || active + refused === push.meters.length;
}

/** What stands in a push; undefined when it is no message of this format. */
export function contentOf(push: Push): SignedContent | undefined {
  const bytes = [...Buffer.from(push.content, "hex")];
  const content = readContent(bytes.slice(0, Math.max(1, contentLength(bytes))));
  return content === "unknown_format" || content === "malformed" ? undefined : content;
}

/** How far an update is, by what the meter says of it (firmware/update/update_results.ts). */
function updateStateFrom(push: Push, { verdict }: Heard): PushState {
  const result = verdict?.version === push.version ? UPDATE_RESULTS[verdict.code - UPDATE_FIRST] : undefined;
  if (result === undefined || result === "nothing") return "heard";
  if (result === "confirmed") return "active";
  return UNDER_WAY.includes(result) ? "delivered" : "refused";
}

function stateFrom(push: Push, content: SignedContent | undefined, heard: Heard, now: Date): PushState {
  if (push.update_file !== undefined) return updateStateFrom(push, heard);
  if (heard.tariff === push.version) return "active";
  if (heard.verdict?.version !== push.version || heard.verdict.code >= UPDATE_FIRST) return "heard";
  if (heard.verdict.code !== ACCEPTED) return "refused";
  const waits = content === undefined || content.tariff !== undefined || content.start_utc_s * 1000 > now.getTime();
  return waits ? "delivered" : "active";
}

/** What a telegram adds to what is known of a push; undefined when that is nothing. */
export function progressEntry(push: Push, heard: Heard, now: Date): QueueEntry | undefined {
  if (heard.counter === undefined || !push.meters.includes(heard.id)) return undefined;
  const before = push.states.get(heard.id)?.state;
  const state = stateFrom(push, contentOf(push), heard, now);
  if (!isFurther(before, state)) return undefined;
  const code = state === "refused" ? heard.verdict?.code : undefined;
  const entry = { entry: "progress" as const, number: push.number, meter: heard.id, state, at: now.toISOString() };
  return code === undefined ? entry : { ...entry, code };
}
