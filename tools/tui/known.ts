/**
 * Known: what the session has said, for the picture. Lists are bounded; the session keeps what is older.
 */
import type { ExpectationResult } from "../../sim/run";
import type { Answer, LoggedEvent, ScenarioEntry, Snapshot, State, Welcome } from "../../sim/serve/messages";

const KEPT = 500;

export interface Known {
  welcome: Welcome;
  state: State;
  events: LoggedEvent[];
  lines: string[];
  expectations: ExpectationResult[];
  snapshots: Snapshot[];
  scenarios: ScenarioEntry[];
  /** The last answer to what was asked for, and whether it was a refusal. */
  note: string;
  is_refusal: boolean;
}

function welcomed({ welcome, state }: Extract<Answer, { kind: "welcome" }>, known: Known | undefined): Known {
  const { events, lines, expectations, snapshots, scenarios } = welcome;
  return {
    ...{ welcome, state, expectations: [...expectations], snapshots, scenarios },
    events: events.slice(-KEPT),
    lines: lines.slice(-KEPT),
    note: known?.note ?? "",
    is_refusal: known?.is_refusal ?? false,
  };
}

function recordedNote({ same, file, trace_lines, command }: Extract<Answer, { kind: "recorded" }>): string {
  if (!same) return `${file}: run again it gives ANOTHER trace: a defect of the simulator`;
  return `recorded; run again: the same trace, ${trace_lines} lines (${command})`;
}

/** What is known after an answer; the first one is always a welcome. */
export function learn(known: Known | undefined, answer: Answer): Known | undefined {
  if (answer.kind === "welcome") return welcomed(answer, known);
  if (known === undefined) return undefined;
  switch (answer.kind) {
    case "state":
      return {
        ...known,
        state: answer.state,
        events: [...known.events, ...answer.events].slice(-KEPT),
        lines: [...known.lines, ...answer.lines].slice(-KEPT),
        expectations: [...known.expectations, ...answer.expectations],
      };
    case "snapshots":
      return { ...known, snapshots: answer.snapshots };
    case "scenarios":
      return { ...known, scenarios: answer.scenarios };
    case "recorded":
      return { ...known, note: recordedNote(answer), is_refusal: !answer.same };
    case "refused":
      return { ...known, note: answer.text, is_refusal: true };
    default:
      return known;
  }
}
