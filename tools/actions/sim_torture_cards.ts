/**
 * What `curbstop sim torture --cards` does: cards pulled and power cut, alone and together, in every kind of session.
 */
import {
  SESSION_NAMES,
  replayCards,
  tortureCards,
  type CardTortureResult,
  type Counted,
} from "../../sim/card_torture/torture";
import { EXIT_NO, type Context } from "../context";
import { table } from "../output";
import { createProgress } from "../progress";

export interface CardTortureWords {
  session?: string[];
  geometries: readonly string[];
  seed: number;
  json: boolean;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function rows(counted: Record<string, Counted>): string[][] {
  return Object.entries(counted).map(([name, { combinations, violations }]) => [
    name,
    number(combinations).padStart(12),
    number(violations).padStart(10),
  ]);
}

function summary(result: CardTortureResult): string {
  return (
    table([["session", "combinations", "violations"], ...rows(result.sessions)]) +
    "\n" +
    table([["geometry", "combinations", "violations"], ...rows(result.geometries)]) +
    `\n${number(result.combinations)} combinations, ${number(result.violations)} violations, ` +
    `${number(result.combinations_per_s)} combinations/s, seed ${result.seed}\n`
  );
}

export function simReplayCards(id: string, json: boolean, context: Context): void {
  const { output } = context;
  const lines: string[] = [];
  const counted = replayCards(id, (line) => lines.push(line));
  output.out(json ? JSON.stringify({ id, ...counted, lines }, null, 2) + "\n" : lines.join("\n") + "\n");
  if (counted.violations > 0) context.exit_code = EXIT_NO;
}

export function simTortureCards(words: CardTortureWords, context: Context): void {
  const { output } = context;
  const sessions = words.session ?? SESSION_NAMES;
  const progress = createProgress(output);
  let done = 0;
  progress.start(sessions.length * words.geometries.length, 0, { doing: "" });
  let result: CardTortureResult;
  try {
    result = tortureCards({
      seed: words.seed,
      sessions,
      geometries: words.geometries,
      stride: 1,
      on_progress: (doing, combinations) => {
        done += 1;
        progress.update(done, { doing: `${number(combinations)} combinations, ${doing}` });
      },
    });
  } finally {
    progress.stop();
  }
  output.out(words.json ? JSON.stringify(result, null, 2) + "\n" : summary(result));
  for (const { id, invariant } of result.failures) output.err(`curbstop: ${invariant}: ${id}\n`);
  if (result.violations > 0) {
    output.err(`curbstop: replay with: npx curbstop sim torture --replay ${result.failures[0]?.id ?? "ID"}\n`);
    context.exit_code = EXIT_NO;
  }
}
