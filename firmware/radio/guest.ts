/**
 * Guest: a room that lives off the station, and that a board with a radio adds or leaves out: firmware updates
 * (update/updater.ts). Here is what the station asks of it, and what stands for it where there is none, so that a meter
 * without slots for a second firmware does not carry its code.
 *
 * What a guest keeps is the text `update` of the radio's books; a firmware without it carries that along.
 */
import { NEVER_MS } from "../schedule";
import type { RadioResult } from "./radio_results";

/** "not_mine"; "known": it need not be gathered again; "later": it cannot be looked at now. */
export type GuestJudgement = "not_mine" | "known" | "later";

export interface Guest {
  /** When `on_due` has something to do. */
  due_ms: number;
  on_due: (now_ms: number) => void;
  /** A frame to many has come, of whatever carousel. */
  take: (content: number[], now_ms: number) => void;
  /** A content of the carousel is whole. */
  judge: (content: string, now_ms: number) => GuestJudgement;
  /** What is to be answered to a message of the kind "update", and what is done once that is committed. */
  ask: (body: number[]) => RadioResult;
  act: (body: number[]) => void;
}

/** No guest. */
export function createGuest(): Guest {
  return {
    due_ms: NEVER_MS,
    on_due: function () {
      return;
    },
    take: function () {
      return;
    },
    judge: function () {
      return "not_mine";
    },
    ask: function () {
      return "unknown_kind";
    },
    act: function () {
      return;
    },
  };
}
