/**
 * Live lines: the program of a run whose steps are not all known when it begins.
 *
 * A world reads the next line as soon as it has done the one before (sim/world/main.ts), and what it has read waits in
 * its queue. So that a step can still come before it, the line that waits can be taken back: it is read again, in the
 * form that it then has, for a card's number depends on the cards before it.
 */
import type { CompileOptions, ProgramParts } from "../scenario/compile";
import { compileParts } from "../scenario/compile";
import type { FlowRows } from "../scenario/flow_csv";
import type { Step } from "../scenario/schema";
import { timeMs } from "../scenario/times";

interface Place {
  /** The next step, row of the flow and line of the end. */
  step: number;
  row: number;
  tail: number;
}

export class LiveLines {
  readonly parts: ProgramParts;
  private readonly flow: FlowRows | undefined;
  private place: Place = { step: 0, row: 0, tail: 0 };
  /** Where the line that waits was read. */
  private before: Place = { step: 0, row: 0, tail: 0 };
  private opening = 0;
  /** Further lines of the step that is being done. */
  private rest: string[] = [];

  /** `steps` may grow behind those that have been done. */
  constructor(
    options: CompileOptions,
    private readonly steps: Step[],
  ) {
    this.parts = compileParts(options);
    this.flow = options.flow;
  }

  /** The next line of the program. */
  read(): string {
    const { opening, start_utc_s } = this.parts;
    if (this.opening < opening.length) return opening[this.opening++];
    const more = this.rest.shift();
    if (more !== undefined) return more;
    this.before = { ...this.place };
    const step = this.steps.at(this.place.step);
    const step_ms = step === undefined ? this.parts.end_ms : timeMs(step.at);
    const row_ms = ((this.flow?.epoch_s[this.place.row] ?? Infinity) - start_utc_s) * 1000;
    // A step comes before the flow of its second; the flow's last row before the end.
    if (row_ms < step_ms || (step === undefined && row_ms <= step_ms)) {
      return `${row_ms} flow ${(this.flow as FlowRows).flow_ml[this.place.row++]}`;
    }
    return step === undefined ? this.readTail() : this.readStep(step, step_ms);
  }

  /** Takes the line that waits back. Only while no step is half done, which is so whenever the world has come to rest. */
  takeBack(): void {
    this.rest = [];
    this.place = { ...this.before };
  }

  /** Steps that have been done, when the line that waits is not counted. */
  doneSteps(): number {
    return Math.min(this.before.step, this.steps.length);
  }

  /** Puts steps before all that have not been done. Call it after takeBack. */
  insert(steps: readonly Step[]): void {
    this.steps.splice(this.place.step, 0, ...steps);
  }

  private readStep(step: Step, step_ms: number): string {
    const words = this.parts.step_words(step, this.steps.slice(0, this.place.step));
    this.place.step++;
    const [first, ...rest] = words.map((line) => `${step_ms} ${line}`);
    this.rest = rest;
    return first;
  }

  private readTail(): string {
    const { expected, end_ms } = this.parts;
    const words = this.place.tail < expected.length ? expected[this.place.tail] : "end";
    this.place.tail++;
    return `${end_ms} ${words}`;
  }
}
